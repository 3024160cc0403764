/// Walks over JSON text without building a tree: the reader of the token path, and the ground of ``JSONParser``.
///
/// It is strict (RFC 8259): what it passes over is valid JSON in valid UTF-8, so its bytes may be copied into another
/// JSON text as they are.
public struct JSONScanner {
    /// How deep arrays and objects may be nested before the text is refused.
    public static let maximumDepth = 128

    private let bytes: [UInt8]
    private let start: Int
    private let end: Int
    private var depth = 0
    /// The index of the next byte to be read.
    public private(set) var index: Int

    /// Starts at the beginning of a range of bytes.
    public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        self.start = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? bytes.count
        self.index = self.start
    }

    // MARK: Single tokens

    /// Passes over white space and returns the byte after it, or nil at the end of the text.
    public mutating func peek() -> UInt8? {
        while self.index < self.end {
            switch self.bytes[self.index] {
            case 0x20, 0x0A, 0x0D, 0x09: self.index += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Fails unless only white space is left.
    public mutating func expectEnd() throws(JSONError) {
        guard self.peek() == nil else { throw self.error("there is text after the end of the value") }
    }

    /// Reads a string and returns what is between its quotes.
    public mutating func string() throws(JSONError) -> JSONText {
        guard self.peek() == UInt8(ascii: "\"") else { throw self.error("a string is expected") }
        let content = self.index + 1
        var (cursor, isASCII) = WordSearch.plain(in: self.bytes, range: content..<self.end)
        var hasEscapes = false
        while cursor < self.end {
            let byte = self.bytes[cursor]
            if byte == UInt8(ascii: "\"") {
                if !isASCII, let bad = UTF8Check.firstInvalid(in: self.bytes, from: content, to: cursor) {
                    self.index = bad
                    throw self.error("the string is not valid UTF-8")
                }
                self.index = cursor + 1
                return JSONText(validated: self.bytes[content..<cursor], hasEscapes: hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                let plain = WordSearch.plain(in: self.bytes, range: try self.escape(at: cursor)..<self.end)
                (cursor, isASCII) = (plain.end, isASCII && plain.isASCII)
            } else if byte < 0x20 {
                self.index = cursor
                throw self.error("a control character stands in a string")
            } else {
                isASCII = isASCII && byte < 0x80
                cursor += 1
            }
        }
        self.index = self.end
        throw self.error("the text ends inside a string")
    }

    /// Reads a number and returns the range of its digits.
    public mutating func number() throws(JSONError) -> Range<Int> {
        _ = self.peek()
        let first = self.index
        if self.current == UInt8(ascii: "-") { self.index += 1 }
        if self.current == UInt8(ascii: "0") {
            self.index += 1
        } else {
            try self.digits()
        }
        if self.current == UInt8(ascii: ".") {
            self.index += 1
            try self.digits()
        }
        if self.current == UInt8(ascii: "e") || self.current == UInt8(ascii: "E") {
            self.index += 1
            if self.current == UInt8(ascii: "+") || self.current == UInt8(ascii: "-") { self.index += 1 }
            try self.digits()
        }
        return first..<self.index
    }

    /// Reads a number as an integer; a fraction is cut off, and a number out of range gives nil.
    public mutating func integer() throws(JSONError) -> Int? {
        let digits = String(decoding: self.bytes[try self.number()], as: UTF8.self)
        return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0.rounded(.towardZero)) }
    }

    /// Reads a number as an integer, as ``JSONNumber/integer`` does: nil for one with a fraction, or out of range.
    public mutating func wholeNumber() throws(JSONError) -> Int? {
        let range = try self.number()
        // As nearly everybody writes it: digits, and few enough to fit.
        if range.count <= 18 {
            var number = 0
            for index in range {
                let digit = Int(self.bytes[index]) - 0x30
                guard (0...9).contains(digit) else { break }
                number = number * 10 + digit
                if index == range.upperBound - 1 { return number }
            }
        }
        return JSONNumber(validated: String(decoding: self.bytes[range], as: UTF8.self)).integer
    }

    /// Reads a number as a floating-point value.
    public mutating func double() throws(JSONError) -> Double {
        Double(String(decoding: self.bytes[try self.number()], as: UTF8.self)) ?? 0
    }

    /// Reads `true` or `false`.
    public mutating func bool() throws(JSONError) -> Bool {
        if self.peek() == UInt8(ascii: "t") {
            try self.literal("true")
            return true
        }
        try self.literal("false")
        return false
    }

    /// Passes over `null` if it is next.
    public mutating func skipNull() throws(JSONError) -> Bool {
        guard self.peek() == UInt8(ascii: "n") else { return false }
        try self.literal("null")
        return true
    }

    // MARK: Structures

    /// Reads an object: the body is called after each key and must read or skip the value.
    public mutating func object<Failure: Error>(
        _ body: (inout JSONScanner, JSONText) throws(Failure) -> Void
    ) throws {
        try self.open(UInt8(ascii: "{"), what: "an object")
        if self.peek() == UInt8(ascii: "}") { return self.close() }
        while true {
            guard self.peek() == UInt8(ascii: "\"") else { throw self.error("a field name in quotes is expected") }
            let key = try self.string()
            guard self.peek() == UInt8(ascii: ":") else { throw self.error("a colon is expected") }
            self.index += 1
            try body(&self, key)
            if try self.isClosed(by: UInt8(ascii: "}")) { return self.close() }
        }
    }

    /// Reads an array: the body is called before each element and must read or skip it.
    public mutating func array<Failure: Error>(_ body: (inout JSONScanner) throws(Failure) -> Void) throws {
        try self.open(UInt8(ascii: "["), what: "an array")
        if self.peek() == UInt8(ascii: "]") { return self.close() }
        while true {
            try body(&self)
            if try self.isClosed(by: UInt8(ascii: "]")) { return self.close() }
        }
    }

    /// Passes over one value of any kind, checking it.
    public mutating func skip() throws {
        switch self.peek() {
        case UInt8(ascii: "{"): try self.object { scanner, _ in try scanner.skip() }
        case UInt8(ascii: "["): try self.array { scanner in try scanner.skip() }
        case UInt8(ascii: "\""): _ = try self.string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try self.bool()
        case UInt8(ascii: "n"): _ = try self.skipNull()
        case nil: throw self.error("the text ends where a value is expected")
        default: _ = try self.number()
        }
    }

    /// Passes over one value and returns its bytes.
    public mutating func raw() throws -> ArraySlice<UInt8> {
        _ = self.peek()
        let first = self.index
        try self.skip()
        return self.bytes[first..<self.index]
    }

    /// An error at the present place.
    public func error(_ reason: String) -> JSONError {
        JSONError(offset: self.index - self.start, reason: reason)
    }

    // MARK: Parts

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private var current: UInt8? { self.index < self.end ? self.bytes[self.index] : nil }

    private mutating func digits() throws(JSONError) {
        let first = self.index
        while let byte = self.current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.index += 1 }
        guard self.index > first else {
            throw self.error(self.current == nil ? "the text ends where a value is expected" : "a value is expected")
        }
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        _ = self.peek()
        let count = word.utf8CodeUnitCount
        let matches =
            self.index + count <= self.end
            && word.withUTF8Buffer { $0.elementsEqual(self.bytes[self.index..<self.index + count]) }
        guard matches else { throw self.error("a value is expected") }
        self.index += count
    }

    /// Checks the escape that starts at a backslash and returns the index behind it.
    private mutating func escape(at backslash: Int) throws(JSONError) -> Int {
        self.index = backslash
        guard backslash + 1 < self.end else { throw self.error("the text ends inside a string") }
        switch self.bytes[backslash + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return backslash + 2
        case UInt8(ascii: "u"):
            guard backslash + 6 <= self.end else { throw self.error("the text ends inside a string") }
            for byte in self.bytes[(backslash + 2)..<(backslash + 6)] where JSONScanner.hexDigit(byte) == nil {
                throw self.error("four hex digits are expected after \\u")
            }
            return backslash + 6
        default:
            throw self.error("an unknown escape stands in a string")
        }
    }

    private mutating func open(_ bracket: UInt8, what: String) throws(JSONError) {
        guard self.peek() == bracket else { throw self.error("\(what) is expected") }
        guard self.depth < JSONScanner.maximumDepth else {
            throw self.error("it is nested deeper than \(JSONScanner.maximumDepth) levels")
        }
        self.depth += 1
        self.index += 1
    }

    private mutating func close() {
        self.depth -= 1
        self.index += 1
    }

    /// Whether the structure ends here; a comma is passed over.
    private mutating func isClosed(by bracket: UInt8) throws(JSONError) -> Bool {
        switch self.peek() {
        case bracket: return true
        case UInt8(ascii: ","):
            self.index += 1
            return false
        case nil: throw self.error("the text ends inside an object or array")
        default: throw self.error("a comma or a closing bracket is expected")
        }
    }
}
