import Domain
import Synchronization

/// Fields of an answer's head, as the bytes that they become: what most answers carry is written once, and never looked
/// for.
struct FieldLines: Sendable {
    /// The fields, each with the end of its line.
    private(set) var bytes: [UInt8] = []
    /// How long the body is, if the fields say so.
    private(set) var bodyLength: Int?

    /// Room for what most answers carry.
    static let capacity = 768

    init() {}

    /// Adds a field that is not there yet.
    mutating func add(_ name: StaticString, _ value: String) {
        self.add(name) { $0.append(fieldText: value) }
    }

    /// Adds a field that is not there yet; `write` appends its value: no line breaks and nothing else that ends a line.
    mutating func add(_ name: StaticString, _ write: (inout [UInt8]) -> Void) {
        if self.bytes.isEmpty { self.bytes.reserveCapacity(FieldLines.capacity) }
        self.bytes.append(static: name)
        self.bytes.append(static: ": ")
        write(&self.bytes)
        self.bytes.append(static: "\r\n")
    }

    /// Says how long the body is.
    mutating func add(bodyLength: Int) {
        self.bodyLength = bodyLength
        self.add("Content-Length") { $0.append(decimal: bodyLength) }
    }

    /// Adds all fields of others.
    mutating func add(_ lines: FieldLines) {
        if self.bytes.isEmpty {
            self = lines
            return
        }
        self.bytes.append(contentsOf: lines.bytes)
        self.bodyLength = lines.bodyLength ?? self.bodyLength
    }

    /// The fields by name.
    var pairs: [(name: String, value: String)] {
        self.bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = line[colon...].dropFirst(2).dropLast()
            return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}

/// The fields that are gathered for one answer on its way out: by the route, and by all that stands around it.
final class AnswerFields: Sendable {
    private let lines = Mutex(FieldLines())

    /// Adds fields that are not there yet.
    func add(_ body: (inout FieldLines) -> Void) {
        self.lines.withLock { body(&$0) }
    }

    /// The fields by name.
    var pairs: [(name: String, value: String)] { self.lines.withLock(\.pairs) }

    /// Takes them out, for the head that is about to be written.
    func take() -> FieldLines {
        self.lines.withLock { lines in
            defer { lines = FieldLines() }
            return lines
        }
    }
}

extension [UInt8] {
    /// Appends a word that is known.
    mutating func append(static word: StaticString) {
        word.withUTF8Buffer { self.append(contentsOf: $0) }
    }

    /// Appends the value of a field; what would end its line becomes a space (RFC 9110, section 5.5).
    fileprivate mutating func append(fieldText text: String) {
        let start = self.count
        var text = text
        text.withUTF8 { self.append(contentsOf: $0) }
        for index in start..<self.count {
            let byte = self[index]
            if byte == 0x0A || byte == 0x0D || byte == 0 { self[index] = UInt8(ascii: " ") }
        }
    }
}
