public import Application
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Ids of 128 bits from the system's random source: nobody can guess them, and no two are the same.
public struct RandomIDGenerator: IDGenerator {
    private let words = RandomWords()

    /// Creates a generator.
    public init() {}

    /// A new id: 32 hexadecimal digits.
    public func next() -> String {
        let (first, second) = self.words.nextTwo()
        return String(unsafeUninitializedCapacity: 32) { digits in
            for place in 0..<16 {
                digits[place] = Self.digit(first, place)
                digits[16 + place] = Self.digit(second, place)
            }
            return 32
        }
    }

    private static func digit(_ word: UInt64, _ place: Int) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - place * 4)) & 15
        return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }
}

/// Words of the system's random source, fetched many at once: asking the kernel takes longer than all else of an id.
private final class RandomWords: Sendable {
    /// As many bytes as `getentropy` gives at once (POSIX.1-2024): 256.
    private static let count = 32

    private let unused = Mutex<[UInt64]>([])

    /// Two words that nobody else gets.
    func nextTwo() -> (UInt64, UInt64) {
        self.unused.withLock { words in
            if words.isEmpty { words = RandomWords.fetched() }
            return (words.removeLast(), words.removeLast())
        }
    }

    private static func fetched() -> [UInt64] {
        var words = [UInt64](repeating: 0, count: RandomWords.count)
        let status = words.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { getentropy($0, bytes.count) } }
        if status == 0 { return words }
        // A kernel without it; the standard library knows other ways.
        var random = SystemRandomNumberGenerator()
        return words.map { _ in random.next() }
    }
}
