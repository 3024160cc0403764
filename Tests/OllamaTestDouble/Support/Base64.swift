/// Base64 with the error texts of Go.
enum Base64 {
    struct IllegalData: Error {
        var offset: Int
        var message: String { "illegal base64 data at input byte \(offset)" }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
            for index in 0..<4 {
                let digit = alphabet[Int(bits >> (18 - 6 * UInt32(index)) & 0x3F)]
                text.append(index <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) throws(IllegalData) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var digits = 0
        var offset = 0
        for character in text.utf8 where character != 0x0A && character != 0x0D {
            if character == UInt8(ascii: "=") {
                guard digits % 4 >= 2 else { throw IllegalData(offset: offset) }
                break
            }
            guard let value = alphabet.firstIndex(of: character) else { throw IllegalData(offset: offset) }
            bits = bits << 6 | UInt32(value)
            digits += 1
            offset += 1
            if digits % 4 != 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> [0, 0, 4, 2][digits % 4])) }
        }
        guard digits % 4 == 0 || text.utf8.contains(UInt8(ascii: "=")) else { throw IllegalData(offset: offset) }
        return bytes
    }
}
