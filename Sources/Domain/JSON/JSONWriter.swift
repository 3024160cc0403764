/// Writes JSON text, field by field, without white space.
///
/// Commas are its own affair: `begin`, `key` and the values put them where they belong.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Starts with nothing written.
    public init(capacity: Int = 0) {
        self.bytes.reserveCapacity(capacity)
    }

    /// Writes an object around what the body writes.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        self.structure(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    /// Writes an array around what the body writes.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        self.structure(UInt8(ascii: "["), UInt8(ascii: "]"), body)
    }

    /// Writes an array of the elements of a sequence.
    public mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        self.array { writer in
            for element in elements { body(&writer, element) }
        }
    }

    /// Writes a field's name; its value must follow.
    public mutating func key(_ key: String) {
        self.string(key)
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    /// Writes a string value.
    public mutating func string(_ value: String) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        self.escape(value)
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a string value whose bytes are already escaped.
    public mutating func string(_ value: JSONText) {
        self.separate()
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(contentsOf: value.escaped)
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a whole number.
    public mutating func number(_ value: Int) {
        self.raw(String(value).utf8)
    }

    /// Writes a number; an infinite one or NaN, which JSON cannot say, is written as null.
    public mutating func number(_ value: Double) {
        guard value.isFinite else { return self.null() }
        if let whole = Int(exactly: value) { return self.number(whole) }
        self.raw(String(value).utf8)
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        self.raw((value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    public mutating func null() {
        self.raw("null".utf8)
    }

    /// Writes a value that is JSON text already.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: json)
    }

    /// Writes a value of any kind.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: self.null()
        case .bool(let bool): self.bool(bool)
        case .number(let number): self.raw(number.text.utf8)
        case .string(let string): self.string(string)
        case .array(let elements): self.array(elements) { $0.value($1) }
        case .object(let object):
            self.object { writer in
                for member in object.members {
                    writer.key(member.key)
                    writer.value(member.value)
                }
            }
        }
    }

    // MARK: Fields

    /// Writes a field with a string, or nothing for nil.
    public mutating func field(_ key: String, _ value: String?) {
        guard let value else { return }
        self.key(key)
        self.string(value)
    }

    /// Writes a field with a whole number, or nothing for nil.
    public mutating func field(_ key: String, _ value: Int?) {
        guard let value else { return }
        self.key(key)
        self.number(value)
    }

    /// Writes a field with a number, or nothing for nil.
    public mutating func field(_ key: String, _ value: Double?) {
        guard let value else { return }
        self.key(key)
        self.number(value)
    }

    /// Writes a field with a boolean, or nothing for nil.
    public mutating func field(_ key: String, _ value: Bool?) {
        guard let value else { return }
        self.key(key)
        self.bool(value)
    }

    /// Writes a field with a value of any kind, or nothing for nil.
    public mutating func field(_ key: String, _ value: JSONValue?) {
        guard let value else { return }
        self.key(key)
        self.value(value)
    }

    /// Writes a field with an already escaped string, or nothing for nil.
    public mutating func field(_ key: String, _ value: JSONText?) {
        guard let value else { return }
        self.key(key)
        self.string(value)
    }

    /// Writes a field with a string, or with `null` for nil.
    public mutating func nullable(_ key: String, _ value: String?) {
        if let value { self.field(key, value) } else { self.nullField(key) }
    }

    /// Writes a field with a whole number, or with `null` for nil.
    public mutating func nullable(_ key: String, _ value: Int?) {
        if let value { self.field(key, value) } else { self.nullField(key) }
    }

    /// Writes a field with a number, or with `null` for nil.
    public mutating func nullable(_ key: String, _ value: Double?) {
        if let value { self.field(key, value) } else { self.nullField(key) }
    }

    /// Writes a field with `null`.
    public mutating func nullField(_ key: String) {
        self.key(key)
        self.null()
    }

    // MARK: Parts

    mutating func escape(_ string: String) {
        var string = string
        string.withUTF8 { self.escape($0) }
    }

    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) {
        // Most strings need no escapes and are copied whole.
        guard utf8.contains(where: JSONWriter.needsEscape) else { return self.bytes.append(contentsOf: utf8) }
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0x0A: self.bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: self.bytes.append(contentsOf: "\\r".utf8)
            case 0x09: self.bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                self.bytes.append(contentsOf: "\\u00".utf8)
                self.bytes.append(digits[Int(byte >> 4)])
                self.bytes.append(digits[Int(byte & 15)])
            default: self.bytes.append(byte)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
        self.needsComma = true
    }

    private mutating func structure(_ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) -> Void) {
        self.separate()
        self.bytes.append(open)
        self.needsComma = false
        body(&self)
        self.bytes.append(close)
        self.needsComma = true
    }
}
