import Domain
import Testing

@testable import Adapters

@Suite("The fields of an answer that are ready as bytes")
struct FieldLinesTests {
    private func text(_ lines: FieldLines) -> String { String(decoding: lines.bytes, as: UTF8.self) }

    @Test("Each is a line, in the order in which they came")
    func lines() {
        var lines = FieldLines()
        lines.add("x-model", "llama3.2:3b")
        lines.add("x-count") { $0.append(decimal: -7) }
        lines.add(bodyLength: 12)
        #expect(self.text(lines) == "x-model: llama3.2:3b\r\nx-count: -7\r\nContent-Length: 12\r\n")
        #expect(lines.bodyLength == 12)
        #expect(lines.pairs.map(\.name) == ["x-model", "x-count", "Content-Length"])
        #expect(lines.pairs.map(\.value) == ["llama3.2:3b", "-7", "12"])
    }

    @Test("A value cannot begin a line of its own", arguments: ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\u{0}b"])
    func injection(value: String) {
        var lines = FieldLines()
        lines.add("x-ignored-fields", value)
        let text = self.text(lines)
        #expect(text.hasSuffix("\r\n") && !text.dropLast(1).contains { $0 == "\r\n" || $0 == "\n" || $0 == "\r" })
        #expect(text.utf8.filter { $0 < 0x20 } == [0x0D, 0x0A])
        #expect(lines.pairs.count == 1)
    }

    @Test("Those of a route and those around it become one answer's, and are handed out once")
    func gathered() {
        let fields = AnswerFields()
        var lines = FieldLines()
        lines.add(bodyLength: 3)
        fields.add { [lines] in $0.add(lines) }
        fields.add { $0.add("date", "now") }
        var rest = FieldLines()
        rest.add("x-a", "b")
        fields.add { [rest] in $0.add(rest) }
        let taken = fields.take()
        #expect(self.text(taken) == "Content-Length: 3\r\ndate: now\r\nx-a: b\r\n")
        #expect(taken.bodyLength == 3)
        #expect(fields.take().bytes.isEmpty)
    }
}
