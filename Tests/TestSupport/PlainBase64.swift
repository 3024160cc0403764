public import Application

/// Base64 in the plainest way: slow, and without line ends.
public struct PlainBase64: Base64Coding {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Creates it.
    public init() {}

    /// The bytes of a text.
    public func decode(_ text: some Collection<UInt8>) throws(Base64Fault) -> [UInt8] {
        let text = Array(text)
        let digits = text.prefix { $0 != UInt8(ascii: "=") }
        let padding = text[digits.endIndex...]
        guard text.count % 4 == 0, padding.count <= 2, padding.allSatisfy({ $0 == UInt8(ascii: "=") }) else {
            throw Base64Fault(offset: digits.endIndex)
        }
        var (bytes, bits, count): ([UInt8], UInt32, Int) = ([], 0, 0)
        for (offset, digit) in digits.enumerated() {
            guard let value = PlainBase64.digits.firstIndex(of: digit) else { throw Base64Fault(offset: offset) }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        return bytes
    }

    /// The text of some bytes.
    public func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        return stride(from: 0, to: bytes.count, by: 3).flatMap { start -> [UInt8] in
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = Array(group) + repeatElement(0, count: 3 - group.count)
            let bits = UInt32(padded[0]) << 16 | UInt32(padded[1]) << 8 | UInt32(padded[2])
            return (0..<4).map { index in
                guard index <= group.count else { return UInt8(ascii: "=") }
                return PlainBase64.digits[Int(bits >> UInt32(18 - 6 * index)) & 63]
            }
        }
    }
}
