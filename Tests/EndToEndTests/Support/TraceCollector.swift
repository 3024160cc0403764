import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

/// A collector of traces that reads what it gets as strictly as the schema allows.
final class TraceCollector: Sendable {
    /// What it says to a batch.
    enum Manner: Sendable {
        /// Takes it.
        case takes
        /// Answers with this status.
        case answers(Int, headers: HTTPHeaders = [:])
        /// Never answers.
        case hangs
    }

    /// What came so far.
    struct State: Sendable {
        var manner = Manner.takes
        /// The spans of all batches that were taken.
        var spans: [TraceSpan] = []
        /// The bodies of all requests, whatever was said to them.
        var bodies: [[UInt8]] = []
        var headers: [HTTPHeaders] = []
        /// What was wrong with what came.
        var faults: [String] = []
    }

    let state: Watched<State>
    private let listener: any Channel

    var url: String {
        "\(self.isSecure ? "https" : "http")://127.0.0.1:\(self.listener.localAddress?.port ?? 0)"
    }

    private let isSecure: Bool

    private init(_ state: Watched<State>, _ listener: any Channel, isSecure: Bool) {
        self.isSecure = isSecure
        self.state = state
        self.listener = listener
    }

    /// Runs a test with such a collector; what it got must have kept to the schema.
    ///
    /// `certificate`: by what it proves who it is; nil speaks without TLS.
    static func run(
        certificate: TestCertificate? = nil,
        _ test: (TraceCollector) async throws -> Void
    ) async throws {
        let state = Watched(State())
        let tls = try certificate?.serverContext()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(CollectorHandler(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let collector = TraceCollector(state, listener, isSecure: tls != nil)
        do {
            try await test(collector)
        } catch {
            try? await listener.close().get()
            throw error
        }
        try await listener.close().get()
        let (faults, spans) = state.read { ($0.faults, $0.spans) }
        #expect(faults.isEmpty)
        // Ids name one span each.
        let ids = spans.map { "\($0.traceID) \($0.spanID)" }
        #expect(Set(ids).count == ids.count)
    }

    /// How it answers from now on.
    func behaves(_ manner: Manner) {
        self.state.change { $0.manner = manner }
    }

    /// Waits for the trace of a request, and checks that its spans lie in one another.
    func trace(ofRequest id: String) async throws -> TracedRequest {
        let state = try await self.state.wait(for: "the spans of request '\(id)'") { state in
            state.spans.contains { $0["shared_ollama.request_id"] == .string(id) }
        }
        let root = try #require(state.spans.first { $0["shared_ollama.request_id"] == .string(id) })
        // The spans of a request come together.
        let trace = TracedRequest(root: root, all: state.spans.filter { $0.traceID == root.traceID })
        trace.check()
        return trace
    }
}

/// The spans of one request.
struct TracedRequest: Sendable {
    let root: TraceSpan
    let spans: [TraceSpan]

    init(root: TraceSpan, all: [TraceSpan]) {
        self.root = root
        var inside: Set<String> = [root.spanID]
        var own = [root]
        var isGrowing = true
        while isGrowing {
            let more = all.filter { span in !inside.contains(span.spanID) && inside.contains(span.parentID ?? "") }
            inside.formUnion(more.map(\.spanID))
            own += more
            isGrowing = !more.isEmpty
        }
        self.spans = own
    }

    /// The names, sorted.
    var names: [String] { self.spans.map(\.name).sorted() }

    /// The only span with a name.
    func one(_ name: String, _ location: SourceLocation = #_sourceLocation) throws -> TraceSpan {
        let found = self.spans.filter { $0.name == name }
        try #require(found.count == 1, "\(name) in \(self.names)", sourceLocation: location)
        return found[0]
    }

    /// Each span has its parent among the others, lies within it and is of its trace.
    fileprivate func check() {
        for span in self.spans.dropFirst() {
            let parent = self.spans.first { $0.spanID == span.parentID }
            #expect(parent != nil, "\(span.name) has no parent")
            guard let parent else { continue }
            #expect(parent.start <= span.start && span.end <= parent.end, "\(span.name) is not within \(parent.name)")
            #expect(!span.isParentRemote, "\(span.name) has a parent of its own process")
        }
    }
}

private final class CollectorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: Watched<TraceCollector.State>
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ state: Watched<TraceCollector.State>) {
        self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body = []
        case .body(let piece): self.body += piece.readableBytesView
        case .end: self.answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head = self.head else { return }
        var manner = TraceCollector.Manner.takes
        let body = self.body
        self.state.change { state in
            manner = state.manner
            state.headers.append(head.headers)
            state.bodies.append(body)
            do {
                guard head.method == .POST, head.uri == "/v1/traces",
                    head.headers[canonicalForm: "content-type"] == ["application/json"]
                else { throw TraceFault("\(head.method) \(head.uri) \(head.headers)") }
                let spans = try TraceSpan.all(in: body)
                if case .takes = manner { state.spans += spans }
            } catch {
                state.faults.append("\(error)")
            }
        }
        switch manner {
        case .takes: self.write(.ok, [:], "{}", context)
        case .answers(let status, let headers): self.write(.init(statusCode: status), headers, "no", context)
        case .hangs: break
        }
    }

    private func write(
        _ status: HTTPResponseStatus,
        _ headers: HTTPHeaders,
        _ body: String,
        _ context: ChannelHandlerContext
    ) {
        var headers = headers
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "Content-Length", value: String(body.utf8.count))
        context.write(
            self.wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))),
            promise: nil
        )
        context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
