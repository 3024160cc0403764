/// Reads JSON (RFC 8259) strictly; nothing that comes over the wire makes it recurse without bound.
struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    /// How deep lists and objects may be inside each other.
    private static let maximumDepth = 256

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads bytes that hold one value.
    ///
    /// - Throws: ``SharedOllamaError`` with the code ``SharedOllamaError/Code/unreadableAnswer``.
    static func parse(_ bytes: [UInt8]) throws(SharedOllamaError) -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.fault() }
        return value
    }

    private func fault() -> SharedOllamaError {
        SharedOllamaError(.unreadableAnswer, "not JSON at byte \(self.index)")
    }

    private mutating func skipSpace() {
        while let byte = self.peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.index += 1 }
    }

    private func peek() -> UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func take(_ byte: Character) -> Bool {
        guard self.peek() == byte.asciiValue else { return false }
        self.index += 1
        return true
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(SharedOllamaError) -> JSONValue {
        let count = text.utf8CodeUnitCount
        guard self.bytes[self.index...].prefix(count).elementsEqual("\(text)".utf8) else { throw self.fault() }
        self.index += count
        return value
    }

    private mutating func value() throws(SharedOllamaError) -> JSONValue {
        self.skipSpace()
        switch self.peek() {
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "["): return try self.array()
        case UInt8(ascii: "{"): return try self.object()
        default: return try self.number()
        }
    }

    private mutating func enter() throws(SharedOllamaError) {
        self.index += 1
        self.depth += 1
        guard self.depth <= JSONParser.maximumDepth else { throw self.fault() }
        self.skipSpace()
    }

    private mutating func array() throws(SharedOllamaError) -> JSONValue {
        try self.enter()
        defer { self.depth -= 1 }
        var elements: [JSONValue] = []
        if self.take("]") { return .array(elements) }
        while true {
            elements.append(try self.value())
            self.skipSpace()
            if self.take("]") { return .array(elements) }
            guard self.take(",") else { throw self.fault() }
        }
    }

    private mutating func object() throws(SharedOllamaError) -> JSONValue {
        try self.enter()
        defer { self.depth -= 1 }
        var members: [JSONValue.Member] = []
        if self.take("}") { return .object(members) }
        while true {
            self.skipSpace()
            guard self.peek() == UInt8(ascii: "\"") else { throw self.fault() }
            let name = try self.string()
            self.skipSpace()
            guard self.take(":") else { throw self.fault() }
            members.append(JSONValue.Member(name, try self.value()))
            self.skipSpace()
            if self.take("}") { return .object(members) }
            guard self.take(",") else { throw self.fault() }
        }
    }

    // MARK: Numbers

    private mutating func digits() throws(SharedOllamaError) {
        let start = self.index
        while let byte = self.peek(), (0x30...0x39).contains(byte) { self.index += 1 }
        guard self.index > start else { throw self.fault() }
    }

    private mutating func number() throws(SharedOllamaError) -> JSONValue {
        let start = self.index
        var isWhole = true
        _ = self.take("-")
        if !self.take("0") { try self.digits() }
        if self.take(".") {
            isWhole = false
            try self.digits()
        }
        if self.take("e") || self.take("E") {
            isWhole = false
            if !self.take("+") { _ = self.take("-") }
            try self.digits()
        }
        let text = String(decoding: self.bytes[start..<self.index], as: UTF8.self)
        if isWhole, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else { throw self.fault() }
        return .number(value)
    }

    // MARK: Texts

    private mutating func string() throws(SharedOllamaError) -> String {
        self.index += 1
        var text: [UInt8] = []
        while let byte = self.peek() {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw self.fault() }
                return string
            case UInt8(ascii: "\\"): try self.escape(to: &text)
            case 0x00..<0x20: throw self.fault()
            default: text.append(byte)
            }
        }
        throw self.fault()
    }

    private mutating func escape(to text: inout [UInt8]) throws(SharedOllamaError) {
        guard let byte = self.peek() else { throw self.fault() }
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += String(Character(try self.scalar())).utf8
        default: throw self.fault()
        }
    }

    /// The scalar behind `\u`, of one or two units; half a pair becomes U+FFFD.
    private mutating func scalar() throws(SharedOllamaError) -> Unicode.Scalar {
        let first = try self.unit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        let start = self.index
        if UTF16.isLeadSurrogate(first), self.take("\\"), self.take("u") {
            let second = try self.unit()
            if UTF16.isTrailSurrogate(second) { return UTF16.decode(UTF16.EncodedScalar([first, second])) }
        }
        self.index = start
        return "\u{FFFD}"
    }

    private mutating func unit() throws(SharedOllamaError) -> UInt16 {
        let digits = self.bytes[self.index...].prefix(4)
        let hexadecimal = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }
        guard digits.count == 4, hexadecimal, let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw self.fault() }
        self.index += 4
        return value
    }
}
