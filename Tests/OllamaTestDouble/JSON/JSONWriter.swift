extension JSONValue {
    /// How a string is escaped: Go escapes `<`, `>` and `&` too, llama.cpp's library does not.
    enum Escaping: Sendable {
        case go
        case plain
    }

    /// The compact text of the value.
    func encoded(_ escaping: Escaping = .go) -> String {
        var text = ""
        write(into: &text, escaping)
        return text
    }

    private func write(into text: inout String, _ escaping: Escaping) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += Self.format(value)
        case .string(let string): Self.write(string, into: &text, escaping)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(into: &text, escaping)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.key, into: &text, escaping)
                text += ":"
                member.value.write(into: &text, escaping)
            }
            text += "}"
        }
    }

    private static func format(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : "\(value)"
    }

    private static func write(_ string: String, into text: inout String, _ escaping: Escaping) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case "<", ">", "&", "\u{2028}", "\u{2029}":
                if escaping == .go { text += escape(scalar) } else { text.unicodeScalars.append(scalar) }
            default:
                if scalar.value < 0x20 { text += escape(scalar) } else { text.unicodeScalars.append(scalar) }
            }
        }
        text += "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
