import NIOCore
import NIOHTTP1
import NIOPosix

/// An engine that answers probes as Ollama does and everything else byte by byte as a test writes it down: for what no
/// truthful engine would do.
final class ScriptedEngine: Sendable {
    /// What it does in answer to a request for text.
    enum Step: Sendable {
        /// Sends these bytes as they are.
        case send(String)
        /// Sends bytes that need not be text.
        case bytes([UInt8])
        /// Waits.
        case pause(Duration)
        /// Closes the connection.
        case close
    }

    /// A request for text as it came.
    struct Seen: Sendable {
        /// The connection's number, counted from one.
        let connection: Int
        let path: String
    }

    /// What came so far.
    struct State: Sendable {
        var connections = 0
        var open = 0
        var seen: [Seen] = []
        /// Connections that the service closed.
        var closed: [Int] = []
    }

    let port: Int
    let state: Watched<State>
    private let listener: any Channel

    private init(listener: any Channel, state: Watched<State>) {
        self.listener = listener
        self.port = listener.localAddress?.port ?? 0
        self.state = state
    }

    var url: String { "http://127.0.0.1:\(self.port)" }

    /// Runs a test with the service in front of such an engine.
    ///
    /// - Parameter script: what to do with a request for text, by its number, counted from zero.
    static func run(
        settings: [String: String] = [:],
        script: @escaping @Sendable (Int) -> [Step],
        _ test: (ServiceUnderTest, ScriptedEngine) async throws -> Void
    ) async throws {
        let state = Watched(State())
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
                        ScriptHandler(state: state, script: script),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let engine = ScriptedEngine(listener: listener, state: state)
        let service = ServiceUnderTest.Settings(engineURL: engine.url, environment: settings)
        do {
            try await ServiceUnderTest.run(service) { try await test($0, engine) }
        } catch {
            try? await listener.close().get()
            throw error
        }
        try await listener.close().get()
    }

    // MARK: Pieces of scripts

    /// The head of a stream in chunks.
    static let streamHead =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// One chunk.
    static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    /// One chunk of bytes.
    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    /// A line with a token.
    static func token(_ text: String) -> String {
        #"{"model":"m","message":{"role":"assistant","content":\#(JSON.quoted(text))},"done":false}"# + "\n"
    }

    /// The last line.
    static let done =
        #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","#
        + #""total_duration":3000000,"load_duration":1000000,"prompt_eval_count":7,"eval_count":2}"#
        + "\n"

    /// A whole stream of two tokens.
    static let wholeStream = [
        Step.send(streamHead), .send(chunk(token("a"))), .send(chunk(token("b"))), .send(chunk(done)),
        .send("0\r\n\r\n"),
    ]
}

/// Answers probes itself and requests for text by the script.
private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let state: Watched<ScriptedEngine.State>
    private let script: @Sendable (Int) -> [ScriptedEngine.Step]
    private var number = 0
    private var path = ""
    private var isClosing = false

    init(state: Watched<ScriptedEngine.State>, script: @escaping @Sendable (Int) -> [ScriptedEngine.Step]) {
        self.state = state
        self.script = script
    }

    func channelActive(context: ChannelHandlerContext) {
        self.state.change { state in
            state.connections += 1
            state.open += 1
            self.number = state.connections
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.state.change { state in
            state.open -= 1
            if !self.isClosing { state.closed.append(self.number) }
        }
        self.isClosing = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.path = head.uri
        case .body: break
        case .end: self.answer(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ context: ChannelHandlerContext) {
        switch self.path {
        case "/api/version": self.json(#"{"version":"0.0.0"}"#, context)
        case "/api/tags":
            self.json(#"{"models":[{"name":"m:latest","digest":"d","size":1,"capabilities":["completion"]}]}"#, context)
        case "/api/ps": self.json(#"{"models":[{"name":"m:latest","context_length":4096}]}"#, context)
        default:
            var index = 0
            self.state.change { state in
                index = state.seen.count
                state.seen.append(.init(connection: self.number, path: self.path))
            }
            self.perform(self.script(index)[...], context)
        }
    }

    private func json(_ body: String, _ context: ChannelHandlerContext) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: head + body)), promise: nil)
    }

    private func perform(_ steps: ArraySlice<ScriptedEngine.Step>, _ context: ChannelHandlerContext) {
        guard let step = steps.first, !self.isClosing else { return }
        switch step {
        case .send(let text):
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .bytes(let bytes):
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        case .pause(let duration):
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
                self.perform(steps.dropFirst(), context)
            }
            return
        case .close:
            self.isClosing = true
            context.close(promise: nil)
        }
        self.perform(steps.dropFirst(), context)
    }
}
