/// Why a text is not JSON, in the words of Go's decoder.
enum JSONParseError: Error, Equatable {
    /// Nothing but white space.
    case empty
    /// The text stops in the middle of a value.
    case unexpectedEnd
    /// A character that cannot stand there.
    case invalidCharacter(Character, context: String)

    var goMessage: String {
        switch self {
        case .empty: "EOF"
        case .unexpectedEnd: "unexpected EOF"
        case .invalidCharacter(let character, let context): "invalid character '\(character)' \(context)"
        }
    }
}

/// A strict reader of one JSON value; what follows the value is ignored, as Go's stream decoder does.
struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func parse(_ bytes: [UInt8]) throws(JSONParseError) -> JSONValue {
        var parser = JSONParser(bytes)
        parser.skipSpace()
        guard parser.index < bytes.count else { throw .empty }
        return try parser.value()
    }

    private mutating func value() throws(JSONParseError) -> JSONValue {
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw invalid("looking for beginning of value")
        }
    }

    private mutating func object() throws(JSONParseError) -> JSONValue {
        index += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            index += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else {
                throw invalid("looking for beginning of object key string")
            }
            let key = try string()
            skipSpace()
            guard try peek() == UInt8(ascii: ":") else { throw invalid("after object key") }
            index += 1
            members.append(.init(key: key, value: try value()))
            skipSpace()
            switch try peek() {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"):
                index += 1
                return .object(members)
            default: throw invalid("after object key:value pair")
            }
        }
    }

    private mutating func array() throws(JSONParseError) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            index += 1
            return .array([])
        }
        while true {
            elements.append(try value())
            skipSpace()
            switch try peek() {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"):
                index += 1
                return .array(elements)
            default: throw invalid("after array element")
            }
        }
    }

    private mutating func string() throws(JSONParseError) -> String {
        index += 1
        var raw: [UInt8] = []
        while true {
            let byte = try peek()
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: raw, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &raw)
            case 0..<0x20:
                index -= 1
                throw invalid("in string literal")
            default: raw.append(byte)
            }
        }
    }

    private mutating func escape(into raw: inout [UInt8]) throws(JSONParseError) {
        let byte = try peek()
        index += 1
        switch byte {
        case UInt8(ascii: "n"): raw.append(0x0A)
        case UInt8(ascii: "t"): raw.append(0x09)
        case UInt8(ascii: "r"): raw.append(0x0D)
        case UInt8(ascii: "b"): raw.append(0x08)
        case UInt8(ascii: "f"): raw.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): raw.append(byte)
        case UInt8(ascii: "u"):
            var unit = try hexUnit()
            if (0xD800..<0xDC00).contains(unit), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                let low = try hexUnit()
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low &- 0xDC00)
            }
            let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
            raw.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            index -= 1
            throw invalid("in string escape code")
        }
    }

    private mutating func hexUnit() throws(JSONParseError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
                throw invalid("in \\u hexadecimal character escape")
            }
            index += 1
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    private mutating func number() throws(JSONParseError) -> JSONValue {
        let start = index
        while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if let integer = Int(text) { return .integer(integer) }
        if let number = Double(text) { return .number(number) }
        if index == bytes.count { throw .unexpectedEnd }
        throw invalid("in numeric literal")
    }

    private mutating func literal(_ word: String, _ value: JSONValue) throws(JSONParseError) -> JSONValue {
        for byte in word.utf8 {
            guard try peek() == byte else { throw invalid("in literal \(word)") }
            index += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private func peek() throws(JSONParseError) -> UInt8 {
        guard index < bytes.count else { throw .unexpectedEnd }
        return bytes[index]
    }

    private func invalid(_ context: String) -> JSONParseError {
        guard index < bytes.count else { return .unexpectedEnd }
        return .invalidCharacter(Character(Unicode.Scalar(bytes[index])), context: context)
    }
}
