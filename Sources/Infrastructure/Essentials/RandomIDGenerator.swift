public import Application

/// Ids of 128 bits from the system's random source: nobody can guess them, and no two are the same.
public struct RandomIDGenerator: IDGenerator {
    /// Creates a generator.
    public init() {}

    /// A new id: 32 hexadecimal digits.
    public func next() -> String {
        var random = SystemRandomNumberGenerator()
        let halves: [UInt64] = [random.next(), random.next()]
        return String(unsafeUninitializedCapacity: 32) { digits in
            for (index, half) in halves.enumerated() {
                for place in 0..<16 {
                    let nibble = UInt8(truncatingIfNeeded: half >> UInt64(60 - place * 4)) & 15
                    digits[index * 16 + place] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
                }
            }
            return 32
        }
    }
}
