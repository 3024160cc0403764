import HTTPTypes
import NIOCore
import Testing

@testable import Adapters

@Suite("How an answer is written")
struct AnswerEncoderTests {
    private func head(_ status: HTTPResponse.Status = .ok, _ fields: HTTPFields = [:]) -> HTTPResponse {
        HTTPResponse(status: status, headerFields: fields)
    }

    private func text(_ encoder: inout AnswerEncoder) -> String {
        encoder.take().map { String(buffer: $0) } ?? ""
    }

    @Test("An answer whose length is known is one buffer, its fields in their order and as they are spelt")
    func whole() {
        var encoder = AnswerEncoder()
        _ = encoder.append(
            self.head(.ok, [.contentType: "application/json", .contentLength: "2", .xEngine: "local é"])
        )
        #expect(encoder.append(ByteBuffer(string: "{}")) == nil)
        encoder.appendEnd(nil)
        let expected =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nx-engine: local é\r\n\r\n{}"
        #expect(self.text(&encoder) == expected)
        #expect(encoder.take() == nil)
    }

    @Test("An answer without a length goes out in chunks, whatever its fields say of it")
    func chunks() {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head(.ok, [.transferEncoding: "identity"]))
        #expect(encoder.append(ByteBuffer(string: "0123456789abcdef")) == nil)
        #expect(encoder.append(ByteBuffer()) == nil)
        #expect(encoder.append(ByteBuffer(string: "z")) == nil)
        encoder.appendEnd(nil)
        let expected =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n1\r\nz\r\n0\r\n\r\n"
        #expect(self.text(&encoder) == expected)
    }

    @Test("Fields that are ready stand behind the others, and may say how long the body is")
    func ready() {
        var encoder = AnswerEncoder()
        var lines = FieldLines()
        lines.add(bodyLength: 2)
        lines.add("x-engine", "a")
        _ = encoder.append(self.head(.ok, [.vary: "Origin"]), lines)
        #expect(encoder.append(ByteBuffer(string: "{}")) == nil)
        encoder.appendEnd(nil)
        let expected = "HTTP/1.1 200 OK\r\nVary: Origin\r\nContent-Length: 2\r\nx-engine: a\r\n\r\n{}"
        #expect(self.text(&encoder) == expected)
    }

    @Test("A head that closes the connection says so", arguments: [("close", true), ("keep-alive", false)])
    func closes(option: String, closes: Bool) {
        var encoder = AnswerEncoder()
        let told = encoder.append(self.head(.ok, [.connection: option]))
        #expect(told == closes)
    }

    @Test("A piece that has not left yet is not written over by the next one")
    func room() {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head())
        _ = encoder.take()
        var taken: [ByteBuffer] = []
        for piece in ["one", "two", "three"] {
            _ = encoder.append(ByteBuffer(string: piece))
            if let buffer = encoder.take() { taken.append(buffer) }
        }
        encoder.appendEnd(nil)
        if let buffer = encoder.take() { taken.append(buffer) }
        let expected = ["3\r\none\r\n", "3\r\ntwo\r\n", "5\r\nthree\r\n", "0\r\n\r\n"]
        #expect(taken.map { String(buffer: $0) } == expected)
    }

    @Test("Trailers stand behind the last chunk")
    func trailers() {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head())
        encoder.appendEnd([.xEngine: "a"])
        #expect(self.text(&encoder).hasSuffix("\r\n\r\n0\r\nx-engine: a\r\n\r\n"))
    }

    @Test("A status without a body has neither length nor chunks", arguments: [204, 304])
    func bodyless(status: Int) {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head(.init(code: status), [.contentLength: "0", .xEngine: "a"]))
        encoder.appendEnd(nil)
        #expect(self.text(&encoder).hasSuffix("\r\nx-engine: a\r\n\r\n"))
    }

    @Test(
        "The size of a chunk is told in as few hexadecimal digits as it has",
        arguments: [1, 9, 10, 15, 16, 255, 256, 4096]
    )
    func sizes(count: Int) {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head())
        _ = encoder.take()
        #expect(encoder.append(ByteBuffer(repeating: 0x61, count: count)) == nil)
        #expect(self.text(&encoder) == "\(String(count, radix: 16))\r\n\(String(repeating: "a", count: count))\r\n")
    }

    @Test("A large piece is not copied: its frame stands around it")
    func large() {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head())
        _ = encoder.take()
        let piece = ByteBuffer(repeating: 0x61, count: AnswerEncoder.copyLimit + 1)
        #expect(encoder.append(piece) == piece)
        #expect(self.text(&encoder) == "4001\r\n")
        encoder.appendEndOfPiece()
        encoder.appendEnd(nil)
        #expect(self.text(&encoder) == "\r\n0\r\n\r\n")
    }

    @Test("A value cannot end its line")
    func injection() {
        var encoder = AnswerEncoder()
        _ = encoder.append(self.head(.ok, [.xEngine: "a\r\nset-cookie: b"]))
        #expect(!self.text(&encoder).contains("\r\nset-cookie"))
    }
}
