import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypesHTTP1
import TestSupport
import Testing

@testable import Adapters

@Suite("Requests whose head is the one before")
struct RequestShortcutTests {
    private static func post(
        _ body: String,
        path: String = "/api/chat",
        fields: String = "",
        after: String = ""
    ) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\(after)\r\n\(body)"
    }

    /// What comes of pieces of bytes behind the decoder, with the shortcut before it or without.
    private static func outcome(_ pieces: [String], isShort: Bool) -> Taker {
        let taker = Taker()
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        do {
            if isShort { try pipeline.addHandler(RequestShortcut(handler: taker)) }
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
            try pipeline.addHandler(taker)
            for piece in pieces { try channel.writeInbound(ByteBuffer(string: piece)) }
            _ = try channel.finish()
        } catch {
            taker.events.append("thrown")
        }
        return taker
    }

    @Test("do not pass the decoder, whatever the length of their bodies")
    func short() {
        let bodies = ["one", "", "three", "four, which is longer than ten bytes"]
        let taker = Self.outcome(bodies.map { Self.post($0, fields: "X-A: 1\r\n", after: "X-B: 2\r\n") }, isShort: true)
        #expect(taker.repeated == 3)
        let heads = bodies.map { "POST /api/chat x-a=1 content-length=\($0.utf8.count) x-b=2 |\($0)|" }
        #expect(taker.events == heads)
    }

    @Test(
        "pass it if anything else is another, if they came in pieces, or if more came with them",
        arguments: [
            [post("a"), post("b", path: "/api/chat2")],
            [post("a"), post("b", fields: "X: 1\r\n")],
            [post("a"), post("b", after: "X: 1\r\n")],
            [post("a"), String(post("bcd").dropLast()), "d"],
            [post("a"), post("b") + post("c")],
            [post("a") + post("b"), post("c")],
            [post("a"), post("b") + "x"],
            [post("a"), post("b").replacing("Content-Length: 1", with: "Content-Length: +1")],
            [post("a"), post("b").replacing("Content-Length: 1", with: "Content-Length: 1, 1")],
            [post("a"), post("b").replacing("Content-Length: 1", with: "Content-Length: 01")],
            [post("a"), post("b").replacing("Content-Length: 1", with: "Content-Length: 0000000001")],
            [post("a"), post("b").replacing("Content-Length: 1", with: "Content-Length: ")],
        ]
    )
    func long(pieces: [String]) {
        let (short, plain) = (Self.outcome(pieces, isShort: true), Self.outcome(pieces, isShort: false))
        #expect(short.events == plain.events)
        #expect(short.repeated == 0)
    }

    @Test(
        "are none behind a head that cannot be found again",
        arguments: [
            "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na",
            "PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\na",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nUpgrade: websocket\r\n\r\na",
            "\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na",
            "POST / HTTP/1.1\nContent-Length: 1\n\na",
            "GET / HTTP/1.1\r\n\r\n",
        ]
    )
    func never(request: String) {
        let pieces = [String](repeating: request, count: 3)
        let (short, plain) = (Self.outcome(pieces, isShort: true), Self.outcome(pieces, isShort: false))
        #expect(short.events == plain.events)
        #expect(short.repeated == 0)
    }

    @Test("are taken for nothing else than what the decoder takes them for, however bytes come")
    func random() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var repeated = 0
        for _ in 0..<3000 {
            var pieces: [String] = []
            let paths = ["/a", "/b"].prefix(Int.random(in: 1...2, using: &random))
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                pieces += RequestShortcutTests.someBytes(paths: Array(paths), using: &random)
            }
            let (short, plain) = (Self.outcome(pieces, isShort: true), Self.outcome(pieces, isShort: false))
            #expect(short.events == plain.events, "seed \(seed), \(pieces)")
            repeated += short.repeated
        }
        #expect(repeated > 500, "seed \(seed)")
    }

    /// A request, mostly one that can be found again, mostly in one piece.
    private static func someBytes(paths: [String], using random: inout SeededRandom) -> [String] {
        let body = String(repeating: "x", count: Int.random(in: 0...12, using: &random))
        var text = Self.post(body, path: paths.randomElement(using: &random) ?? "/")
        switch Int.random(in: 0..<20, using: &random) {
        case 0: text = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        case 1: text = text.replacing("\r\n\r\n", with: "\n\n")
        case 2: text = String(text.dropLast(Int.random(in: 0...text.count, using: &random)))
        case 3: text += ["x", "\r\n", "\r\n\r\n", "POST "].randomElement(using: &random) ?? ""
        case 4: text = "\r\n" + text
        case 5: text = text.replacing("Content-Length", with: "content-length")
        case 6: text = text.replacing("Host: a", with: "Host: a\r\nContent-Length: 1")
        case 7: text = text.replacing("\r\nContent", with: "\r\n Content")
        default: break
        }
        guard Int.random(in: 0..<6, using: &random) == 0, !text.isEmpty else { return [text] }
        let middle = text.index(text.startIndex, offsetBy: Int.random(in: 0..<text.count, using: &random))
        return [String(text[..<middle]), String(text[middle...])].filter { !$0.isEmpty }
    }
}

/// Notes the requests that come, and takes the repeated ones.
private final class Taker: ChannelInboundHandler, RepeatedRequests {
    typealias InboundIn = HTTPServerRequestPart

    var events: [String] = []
    private(set) var repeated = 0
    private(set) var requestsRead = 0
    private(set) var isBetweenRequests = true
    private(set) var lastHead: RequestHead?
    private var heads = RequestHeadReader(isSecure: false)

    private static func text(of head: HTTPRequest) -> String {
        "\(head.method) \(head.path ?? "")" + head.headerFields.map { " \($0.name.canonicalName)=\($0.value)" }.joined()
            + " |"
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.requestsRead += 1
            self.isBetweenRequests = false
            self.lastHead = try? self.heads.read(head)
            self.events.append(self.lastHead.map { Taker.text(of: $0.request) } ?? "no head")
        case .body(let bytes): self.events[self.events.count - 1] += String(buffer: bytes)
        case .end:
            self.isBetweenRequests = true
            self.events[self.events.count - 1] += "|"
        }
    }

    func repeatRequest(_ body: ByteBuffer) -> Bool {
        guard let head = self.lastHead?.with(bodyLength: body.readableBytes) else { return false }
        self.repeated += 1
        self.lastHead = head
        self.events.append(Taker.text(of: head.request) + String(buffer: body) + "|")
        return true
    }

    func answers(through context: ChannelHandlerContext) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.events.append("error \(error)")
    }
}
