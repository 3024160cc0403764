/// The name of a trace: 16 bytes, not all of them zero.
///
/// Source: W3C Trace Context, section 3.2.2.3.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes.
    public let high: UInt64
    /// The last eight bytes; those of a random id are random.
    public let low: UInt64

    /// Makes an id of its bytes; nil if all of them are zero.
    public init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits in lower case; nil for anything else.
    public init?(hex: some Collection<UInt8>) {
        guard hex.count == 32, let high = UInt64(lowerHex: hex.prefix(16)), let low = UInt64(lowerHex: hex.suffix(16))
        else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 hexadecimal digits in lower case.
    public var description: String { self.high.lowerHex + self.low.lowerHex }
}

/// The name of a span within its trace: 8 bytes, not all of them zero.
///
/// Source: W3C Trace Context, section 3.2.2.4.
public struct SpanID: Sendable, Hashable, CustomStringConvertible {
    /// The bytes.
    public let value: UInt64

    /// Makes an id of its bytes; nil if all of them are zero.
    public init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    /// Reads 16 hexadecimal digits in lower case; nil for anything else.
    public init?(hex: some Collection<UInt8>) {
        guard hex.count == 16, let value = UInt64(lowerHex: hex) else { return nil }
        self.init(value)
    }

    /// 16 hexadecimal digits in lower case.
    public var description: String { self.value.lowerHex }

    /// Another id that belongs to this one: always the same for a number, and as good as random beside all others.
    ///
    /// So one random number names all spans of a request. The mixing is that of SplitMix64.
    public func derived(_ number: Int) -> SpanID {
        var mixed = self.value &+ UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return SpanID(mixed) ?? self
    }
}

extension UInt64 {
    /// Reads up to 16 hexadecimal digits in lower case; nil for anything else.
    fileprivate init?(lowerHex digits: some Collection<UInt8>) {
        var value: UInt64 = 0
        for digit in digits {
            guard let nibble = digit.lowerHexValue else { return nil }
            value = value << 4 | UInt64(nibble)
        }
        self = value
    }

    /// 16 hexadecimal digits in lower case.
    fileprivate var lowerHex: String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: self >> UInt64(60 - place * 4)) & 15
                digits[place] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            return 16
        }
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit in lower case; nil for anything else.
    var lowerHexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
