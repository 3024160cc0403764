/// Builds a ``JSONValue`` from text.
public enum JSONParser {
    /// Parses one value that fills the text.
    ///
    /// - Parameter bytes: JSON in UTF-8 (RFC 8259), nested at most ``JSONScanner/maximumDepth`` levels.
    /// - Returns: the value.
    /// - Throws: ``JSONError`` with the offset of the first fault.
    public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        var scanner = JSONScanner(bytes)
        let value = try JSONParser.value(&scanner)
        try scanner.expectEnd()
        return value
    }

    /// Parses one value at the scanner's place.
    public static func value(_ scanner: inout JSONScanner) throws -> JSONValue {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [JSONObject.Member] = []
            try scanner.object { scanner, key in
                members.append(.init(key: key.decoded, value: try JSONParser.value(&scanner)))
            }
            return .object(JSONObject(members))
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.array { scanner in elements.append(try JSONParser.value(&scanner)) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try scanner.string().decoded)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try scanner.bool())
        case UInt8(ascii: "n"):
            _ = try scanner.skipNull()
            return .null
        default:
            return .number(JSONNumber(validated: String(decoding: try scanner.raw(), as: UTF8.self)))
        }
    }
}
