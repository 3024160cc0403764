/// Checks bytes for valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
public enum UTF8Check {
    /// The index of the first byte that is not part of valid UTF-8, or nil if all are.
    public static func firstInvalid(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
        var index = start
        while index < end {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            guard let (length, second) = UTF8Check.sequence(after: lead), index + length <= end,
                second.contains(bytes[index + 1]),
                bytes[(index + 2)..<(index + length)].allSatisfy({ 0x80...0xBF ~= $0 })
            else { return index }
            index += length
        }
        return nil
    }

    /// The length of the sequence that a lead byte opens, and the range of its second byte (RFC 3629, section 4).
    private static func sequence(after lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }
}
