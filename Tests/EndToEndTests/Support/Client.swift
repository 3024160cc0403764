import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An easy client: one call, one connection.
struct Client: Sendable {
    let port: Int
    /// The certificate without which it does not talk; nil is a service without TLS.
    var trusted: TestCertificate?

    func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await self.call(.GET, path, headers: headers)
    }

    /// Calls and waits for the whole answer.
    func call(
        _ method: HTTPMethod,
        _ path: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil
    ) async throws -> Answer {
        let connection = try await Connection.open(port: self.port, trusting: self.trusted)
        let answer = try await connection.send(method, path, headers: headers, body: body).end()
        await connection.close()
        return answer
    }

    func post(_ path: String, _ body: JSON, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await self.call(.POST, path, headers: headers, body: Array(body.description.utf8))
    }

    /// Calls and returns as soon as the request is out.
    func begin(_ path: String, _ body: JSON, headers: HTTPHeaders = [:]) async throws -> Pending {
        let connection = try await Connection.open(port: self.port, trusting: self.trusted)
        return try await connection.send(.POST, path, headers: headers, body: Array(body.description.utf8))
    }
}

/// One connection to the service that speaks HTTP as NIO's client codec does.
final class Connection: Sendable {
    private let channel: any Channel
    let answers: Watched<[Answer]>

    private init(channel: any Channel, answers: Watched<[Answer]>) {
        self.channel = channel
        self.answers = answers
    }

    /// Connects; by TLS, where there is a certificate to trust.
    static func open(port: Int, trusting certificate: TestCertificate? = nil) async throws -> Connection {
        let answers = Watched<[Answer]>([])
        let tls = try certificate?.clientContext()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(AnswerCollector(answers))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return Connection(channel: channel, answers: answers)
    }

    /// Sends a whole request.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil
    ) async throws -> Pending {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: "localhost") }
        if let body { head.headers.add(name: "Content-Length", value: String(body.count)) }
        var index = 0
        self.answers.change { answers in
            index = answers.count
            answers.append(Answer())
        }
        self.channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body {
            self.channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        }
        try await self.channel.writeAndFlush(HTTPClientRequestPart.end(nil)).get()
        return Pending(connection: self, index: index)
    }

    func post(_ path: String, _ body: JSON, headers: HTTPHeaders = [:]) async throws -> Pending {
        try await self.send(.POST, path, headers: headers, body: Array(body.description.utf8))
    }

    /// Leaves as a process that is killed does: without the goodbye of TLS.
    func cut() async throws {
        let channel = self.channel
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self).close(promise: nil)
        }.get()
    }

    /// Leaves.
    func close() async {
        try? await self.channel.close().get()
    }
}

/// An answer that is on its way.
struct Pending: Sendable {
    let connection: Connection
    let index: Int

    var now: Answer { self.connection.answers.value[self.index] }

    /// Waits until the answer is complete, or the connection is gone.
    func end(within limit: Duration = .seconds(180)) async throws -> Answer {
        try await self.wait(for: "end of the answer", within: limit) { $0.isComplete || $0.isClosed }
    }

    /// Waits for the head.
    func head(within limit: Duration = .seconds(180)) async throws -> Answer {
        try await self.wait(for: "head of an answer", within: limit) { $0.status != 0 || $0.isClosed }
    }

    /// Waits for so many frames.
    func frames(_ count: Int, within limit: Duration = .seconds(180)) async throws -> [Frame] {
        try await self.wait(for: "\(count) frames", within: limit) { $0.frames.count >= count || $0.isClosed }.frames
    }

    func wait(
        for what: String,
        within limit: Duration = .seconds(180),
        until condition: @escaping @Sendable (Answer) -> Bool
    ) async throws -> Answer {
        let index = self.index
        return try await self.connection.answers.wait(for: what, within: limit) { condition($0[index]) }[index]
    }

    /// The caller goes away.
    func leave() async {
        await self.connection.close()
    }
}

/// Puts the parts of answers together.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answers: Watched<[Answer]>
    private var index = 0

    init(_ answers: Watched<[Answer]>) {
        self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = ContinuousClock.now
        let part = self.unwrapInboundIn(data)
        if case .head(let head) = part, (100..<200).contains(head.status.code) { return }
        self.answers.change { answers in
            guard answers.indices.contains(self.index) else { return }
            switch part {
            case .head(let head):
                answers[self.index].status = Int(head.status.code)
                answers[self.index].headers = head.headers
            case .body(let bytes):
                answers[self.index].body += bytes.readableBytesView
                answers[self.index].pieces.append((answers[self.index].body.count, now))
            case .end:
                answers[self.index].isComplete = true
                self.index += 1
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answers.change { answers in
            for index in answers.indices { answers[index].isClosed = true }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What a decoder does not understand, or the end of a connection in the middle of an answer.
        context.close(promise: nil)
    }
}
