/// Ids under which calls are known on both sides.
enum RequestIdentifier {
    /// A new one, which nobody else has: 128 bits of chance.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let text = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return "swift-" + digits.joined()
    }

    /// The one that the caller gave, or a new one.
    static func of(_ settings: CallSettings) -> String { settings.requestID ?? RequestIdentifier.make() }

    /// The id as a part of a path (RFC 3986).
    static func escaped(_ id: String) -> String {
        id.utf8.map { byte -> String in
            let character = Character(Unicode.Scalar(byte))
            guard byte >= 0x80 || !(character.isLetter || character.isNumber || "-._~".contains(character)) else {
                return String(character)
            }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
        .joined()
    }
}
