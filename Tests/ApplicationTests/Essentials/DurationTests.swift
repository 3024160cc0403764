import TestSupport
import Testing

@testable import Application

@Suite("Durations in nanoseconds")
struct DurationTests {
    @Test(
        "They are cut off, whatever their length",
        arguments: [
            0, 1, 999_999_999, 1_000_000_000, 1_000_000_001, 4_722_366_482_869_645_213_695, Int128.max, -1,
            -1_999_999_999,
        ]
    )
    func edges(attoseconds: Int128) {
        #expect(Duration(attoseconds: attoseconds).nanoseconds == Int64(clamping: attoseconds / 1_000_000_000))
    }

    @Test("They are what a division of 128 bits makes of them")
    func random() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededRandom(seed: seed)
        for _ in 0..<10_000 {
            let attoseconds = Int128(Int64(bitPattern: generator.next())) << Int128(generator.next() % 40)
            #expect(
                Duration(attoseconds: attoseconds).nanoseconds == Int64(clamping: attoseconds / 1_000_000_000),
                "seed \(seed)"
            )
        }
    }
}
