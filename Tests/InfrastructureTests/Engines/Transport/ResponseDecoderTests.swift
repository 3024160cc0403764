import NIOCore
import TestSupport
import Testing

@testable import Infrastructure

/// What came out of a decoder in the end.
struct DecodedResponse: Equatable {
    var head: ResponseHead?
    var body: [UInt8] = []
    var isEnded = false
    var failure: String?
    var keepsAlive = true
    var hasLeftOver = false

    /// Feeds the pieces one after the other, then closes if told to.
    static func decode(_ pieces: [[UInt8]], closes: Bool = false) -> DecodedResponse {
        var decoder = ResponseDecoder()
        var result = DecodedResponse()
        do {
            for piece in pieces {
                var buffer = ByteBuffer(bytes: piece)
                decoder.append(&buffer)
                while let part = try decoder.next() { result.take(part) }
                // As a connection does.
                decoder.release()
            }
            if closes, let part = try decoder.close() { result.take(part) }
        } catch {
            result.failure = error.reason
        }
        result.keepsAlive = decoder.keepsAlive
        result.hasLeftOver = decoder.hasLeftOver
        return result
    }

    static func decode(_ text: String, closes: Bool = false) -> DecodedResponse {
        self.decode([Array(text.utf8)], closes: closes)
    }

    private mutating func take(_ part: ResponseDecoder.Part) {
        switch part {
        case .head(let head): self.head = head
        case .body(let body): self.body += body.readableBytesView
        case .end: self.isEnded = true
        }
    }

    var text: String { String(decoding: self.body, as: UTF8.self) }
}

@Suite("Decoding responses")
struct ResponseDecoderTests {
    /// A response and what it says.
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: String
        let body: String
        var status = 200
        var closes = false
        var keepsAlive = true
        var testDescription: String { self.name }
    }

    static let samples = [
        Sample(name: "a length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
        Sample(name: "a length of zero", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: ""),
        Sample(
            name: "the same length twice",
            bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nhi",
            body: "hi"
        ),
        Sample(
            name: "chunks",
            bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
            body: "hello world"
        ),
        Sample(
            name: "chunks with extensions, trailers and capitals",
            bytes:
                "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n"
                + "00A;x=\"y\"\r\n0123456789\r\n000\r\nX: y\r\nZ: 1\r\n\r\n",
            body: "0123456789"
        ),
        Sample(
            name: "chunks whose length stands beside them",
            bytes: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            body: "hi"
        ),
        Sample(
            name: "the end of the connection",
            bytes: "HTTP/1.1 200 OK\r\n\r\nall of it",
            body: "all of it",
            closes: true,
            keepsAlive: false
        ),
        Sample(name: "204", bytes: "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", body: "", status: 204),
        Sample(name: "304", bytes: "HTTP/1.1 304 Not Modified\r\n\r\n", body: "", status: 304),
        Sample(
            name: "interim heads",
            bytes:
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                + "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
            body: "ok",
            status: 201
        ),
        Sample(name: "bare line feeds", bytes: "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", body: "hi"),
        Sample(name: "no reason", bytes: "HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n", body: "", status: 503),
        Sample(
            name: "blanks around values",
            bytes: "HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\nContent-Type:text/plain\r\n\r\nhi",
            body: "hi"
        ),
        Sample(
            name: "Connection: close",
            bytes: "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi",
            keepsAlive: false
        ),
        Sample(
            name: "HTTP/1.0",
            bytes: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi",
            keepsAlive: false
        ),
        Sample(
            name: "HTTP/1.0 that stays",
            bytes: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi"
        ),
    ]

    @Test("A response is read whatever its framing, cut at any two places", arguments: samples)
    func splits(sample: Sample) {
        let bytes = Array(sample.bytes.utf8)
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 7) {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                let result = DecodedResponse.decode(pieces, closes: sample.closes)
                #expect(result.failure == nil && result.isEnded, "\(first), \(second)")
                #expect(result.head?.status == sample.status && result.text == sample.body, "\(first), \(second)")
                #expect(result.keepsAlive == sample.keepsAlive && !result.hasLeftOver)
            }
        }
        #expect(DecodedResponse.decode(bytes.map { [$0] }, closes: sample.closes).text == sample.body)
    }

    @Test("A response that is cut off anywhere is never complete", arguments: samples)
    func truncated(sample: Sample) {
        let bytes = Array(sample.bytes.utf8)
        for end in bytes.indices {
            let open = DecodedResponse.decode([Array(bytes[..<end])])
            #expect(open.failure == nil && !open.isEnded, "\(end)")
            let closed = DecodedResponse.decode([Array(bytes[..<end])], closes: true)
            let hasHead = closed.head != nil
            #expect(closed.isEnded == (sample.closes && hasHead), "\(end)")
            #expect((closed.failure == nil) == closed.isEnded, "\(end)")
        }
    }

    @Test("What follows a response is noticed, and gone after a reset")
    func leftOver() throws {
        var decoder = ResponseDecoder()
        var buffer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200")
        decoder.append(&buffer)
        #expect(try decoder.next() == .head(ResponseHead(status: 200, contentLength: 2)))
        #expect(try decoder.next() == .body(ByteBuffer(string: "hi")))
        #expect(try decoder.next() == .end)
        #expect(try decoder.next() == nil && decoder.hasLeftOver)
        decoder.reset()
        #expect(!decoder.hasLeftOver && !decoder.hasBegun)
    }

    @Test("An answer that has a head only ends with it, whatever the head says")
    func headOnly() throws {
        for field in ["Content-Length: 102\r\n", "Transfer-Encoding: chunked\r\n", ""] {
            var decoder = ResponseDecoder()
            decoder.reset(hasBody: false)
            var buffer = ByteBuffer(string: "HTTP/1.1 404 Not Found\r\n\(field)\r\n")
            decoder.append(&buffer)
            let length = field.hasPrefix("Content") ? 102 : nil
            #expect(try decoder.next() == .head(ResponseHead(status: 404, contentLength: length)))
            #expect(try decoder.next() == .end)
            #expect(decoder.keepsAlive && !decoder.hasLeftOver)
        }
    }

    @Test("The content type is kept in lower case")
    func contentType() {
        let bytes = "HTTP/1.1 200 OK\r\nCONTENT-TYPE: Application/JSON; charset=UTF-8\r\nContent-Length: 0\r\n\r\n"
        #expect(DecodedResponse.decode(bytes).head?.contentType == "application/json; charset=utf-8")
    }

    /// Bytes that are no response.
    static let hostile = [
        "nonsense\r\n\r\n", "\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/1.1 1000 High\r\n\r\n", "HTTP/1.1 -200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    ]

    @Test("What is no response is refused with a reason", arguments: hostile)
    func refused(bytes: String) {
        let whole = DecodedResponse.decode(bytes)
        #expect(whole.failure?.isEmpty == false && !whole.isEnded)
        #expect(DecodedResponse.decode(Array(bytes.utf8).map { [$0] }).failure == whole.failure)
    }

    @Test("A head, a chunk's size or a trailer without end is refused, not collected")
    func unbounded() {
        let filler = String(repeating: "x", count: 70_000)
        for start in [
            "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        ] {
            #expect(DecodedResponse.decode(start + filler).failure != nil, "\(start)")
        }
    }

    @Test("Random bytes never trap and never end a response that has no head")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let alphabet = Array("HTP/1. 20\r\n:;0Fxchunked-Length".utf8)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...80, using: &random)
            let noise = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let prefix = Bool.random(using: &random) ? Array("HTTP/1.1 200 OK\r\n".utf8) : []
            let result = DecodedResponse.decode([prefix + noise], closes: Bool.random(using: &random))
            #expect(!result.isEnded || result.head != nil)
            #expect(!result.isEnded || result.failure == nil)
        }
    }
}
