import Domain
import TestSupport
import Testing

@Suite("JSON under fire", .enabled(if: LongRun.isWanted))
struct JSONFuzzLongTests {
    private static let seeds = [
        #"{"model":"smollm2","messages":[{"role":"user","content":"h\u00e9\ud83d\ude00\n"}],"temperature":0.5e-3}"#,
        #"[1,-0,1e9,true,false,null,"",{},[],{"a":{"b":[{"c":"\\\"/"}]}}]"#,
        #"{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]}"#,
    ]

    @Test("Mutated text is refused or read back as it was written, and never crashes")
    func survivesMutations() async throws {
        await LongRun.repeating { seed in
            var random = SeededRandom(seed: seed)
            for _ in 0..<200 {
                var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
                for _ in 0...Int.random(in: 0..<6, using: &random) { Self.mutate(&bytes, &random) }
                guard let value = try? JSONParser.parse(bytes) else { continue }
                let again = try? JSONParser.parse(Array(value.text.utf8))
                #expect(again == value, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(Array("{}[]\",:\\u0e-".utf8).randomElement(using: &random) ?? 0, at: index)
        case 3: bytes.removeSubrange(index...)
        default: bytes.insert(contentsOf: bytes[index...].prefix(40), at: index)
        }
    }
}
