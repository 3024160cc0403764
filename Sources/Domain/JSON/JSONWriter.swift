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
        var key = key
        key.withUTF8 { self.quote($0, isKey: true) }
        self.needsComma = false
    }

    /// Writes a string value.
    public mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { self.quote($0, isKey: false) }
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
        self.separate()
        self.bytes.append(decimal: value)
    }

    /// Writes a number; an infinite one or NaN, which JSON cannot say, is written as null.
    public mutating func number(_ value: Double) {
        guard value.isFinite else { return self.null() }
        if let whole = Int(exactly: value) { return self.number(whole) }
        // Numbers with three places, as durations are rounded to, need no search for the shortest text.
        let thousandths = (value * 1000).rounded()
        guard abs(thousandths) < 1e15, thousandths / 1000 == value else { return self.raw(String(value).utf8) }
        self.separate()
        self.bytes.append(thousandths: Int(thousandths))
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
        string.withUTF8 { self.bytes.append(escaping: $0) }
    }

    /// Writes a text in quotes, with the comma before it, or the colon behind a key.
    private mutating func quote(_ utf8: UnsafeBufferPointer<UInt8>, isKey: Bool) {
        let needsComma = self.needsComma
        self.needsComma = true
        let plain = WordSearch.plain(in: UnsafeRawBufferPointer(utf8))
        guard plain == utf8.count else {
            self.bytes.append(contentsOf: needsComma ? ",\"".utf8 : "\"".utf8)
            self.bytes.append(escaping: utf8)
            return self.bytes.append(contentsOf: isKey ? "\":".utf8 : "\"".utf8)
        }
        // Most texts need no escapes, and are short: they are written in one go.
        self.bytes.append(upTo: utf8.count + 4) { start in
            var end = start
            func put(_ byte: UInt8) {
                end.pointee = byte
                end += 1
            }
            if needsComma { put(UInt8(ascii: ",")) }
            put(UInt8(ascii: "\""))
            if let text = utf8.baseAddress { end.update(from: text, count: utf8.count) }
            end += utf8.count
            put(UInt8(ascii: "\""))
            if isKey { put(UInt8(ascii: ":")) }
            return end - start
        }
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
