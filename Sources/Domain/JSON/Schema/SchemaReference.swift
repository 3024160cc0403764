/// References of a schema into itself: a JSON pointer (RFC 6901) as the fragment of a URI.
enum SchemaReference {
    /// Why a reference cannot be followed, as a sentence.
    struct Unsupported: Error {
        let message: String
    }

    /// What a reference points at.
    ///
    /// - Returns: the value and the tokens of its pointer; nil if there is nothing.
    /// - Throws: ``Unsupported`` for a reference to somewhere else, or to a name given by `$anchor`.
    static func resolve(
        _ reference: String,
        in root: JSONObject
    ) throws(Unsupported) -> (value: JSONValue, tokens: [String])? {
        guard reference.utf8.first == UInt8(ascii: "#") else {
            throw Unsupported(message: "Only references into the schema itself are followed, such as '#/$defs/name'.")
        }
        let fragment = SchemaReference.percentDecoded(reference.utf8.dropFirst())
        guard fragment.isEmpty || fragment.first == UInt8(ascii: "/") else {
            throw Unsupported(message: "A reference must be '#' or a JSON pointer such as '#/$defs/name'.")
        }
        var value = JSONValue.object(root)
        var tokens: [String] = []
        for part in fragment.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
            let token = SchemaReference.unescaped(String(decoding: part, as: UTF8.self))
            switch value {
            case .object(let object):
                guard let next = object[token] else { return nil }
                value = next
            case .array(let elements):
                guard let index = Int(token), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
            tokens.append(token)
        }
        return (value, tokens)
    }

    /// Writes a JSON pointer; long names are cut, it is for people to read.
    static func pointer(_ tokens: some Sequence<String>) -> String {
        tokens.reduce(into: "") { pointer, token in
            pointer += "/"
            pointer += SchemaReference.escaped(token.utf8.count <= 64 ? token : String(token.prefix(64)))
        }
    }

    /// A name as a part of a JSON pointer.
    static func escaped(_ token: String) -> String {
        // Nearly all names are written as they are.
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return token }
        var escaped = ""
        for character in token {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    private static func unescaped(_ token: String) -> String {
        guard token.utf8.contains(UInt8(ascii: "~")) else { return token }
        var result = ""
        var isEscape = false
        for character in token {
            if isEscape {
                result += character == "1" ? "/" : character == "0" ? "~" : "~\(character)"
                isEscape = false
            } else if character == "~" {
                isEscape = true
            } else {
                result.append(character)
            }
        }
        return isEscape ? result + "~" : result
    }

    private static func percentDecoded(_ bytes: Substring.UTF8View) -> [UInt8] {
        let bytes = Array(bytes)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = JSONScanner.hexDigit(bytes[index + 1]), let low = JSONScanner.hexDigit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }
}
