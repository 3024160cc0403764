/// A truthful server of llama.cpp on a real socket of the loopback device, for tests.
///
/// It shares faults, counts and the way of generating with `OllamaTestDouble`.
public final class LlamaServerDouble: Sendable {
    /// How a server was told to give vectors.
    public enum Embeddings: Sendable {
        /// It gives none: 501.
        case off
        /// It would give one for each token, which OpenAI's route has no form for: 400.
        case unpooled
        /// It gives one for each text.
        case pooled
    }

    /// What a llama.cpp server is started with.
    public struct Configuration: Sendable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        /// The port to listen on; zero for any free one.
        public var port = 0
        /// The file of the model, which is also its name in answers unless there is an alias.
        public var modelPath = "/models/SmolLM2-135M-Instruct.Q4_1.gguf"
        /// `-a`: the name in answers.
        public var alias: String?
        /// `-np`: requests that are served at a time.
        public var slots = 2
        /// Tokens of context of each slot.
        public var contextLength = 2048
        /// `--embeddings` and `--pooling`.
        public var embeddings = Embeddings.off
        /// Whether the model thinks before it answers.
        public var thinks = false
        /// Whether a projector for pictures is loaded.
        public var vision = false
        /// How long `/health` says 503 after the start.
        public var loadTime = Duration.zero
        /// How it generates until told otherwise.
        public var profile = GenerationProfile()
        /// How many requests are kept for `requests`.
        public var keptRequests = 1000

        /// The configuration of a server that was given a model only.
        public init() {}

        /// The same with changes.
        public init(_ change: (inout Configuration) -> Void) {
            change(&self)
        }
    }

    /// The port that it listens on.
    public let port: Int
    /// Where it listens, without a slash at the end.
    public let url: String
    private let server: LoopbackServer
    private let engine: LlamaEngine

    private init(server: LoopbackServer, engine: LlamaEngine, host: String, port: Int) {
        self.server = server
        self.engine = engine
        self.port = port
        url = "http://\(host == "0.0.0.0" ? "127.0.0.1" : host):\(port)"
    }

    /// Starts one; it accepts connections when this returns, while the model may still load.
    public static func start(configuration: Configuration = Configuration()) async throws -> LlamaServerDouble {
        let ledger = Ledger(keptRequests: configuration.keptRequests)
        let engine = LlamaEngine(configuration: configuration, ledger: ledger)
        let server = LoopbackServer(engine: engine, flavour: .llama, ledger: ledger)
        let port = try await server.start(host: configuration.host, port: configuration.port)
        return LlamaServerDouble(server: server, engine: engine, host: configuration.host, port: port)
    }

    /// Cuts all connections and closes the port.
    public func stop() async { await server.stop() }

    /// The counts until now.
    public var counts: Counts { server.ledger.counts }

    /// The last requests, the oldest first.
    public var requests: [RecordedRequest] { server.ledger.requests }

    /// Waits until the counts satisfy a condition; throws `WaitTimedOut` when they do not in time.
    public func waitUntil(
        timeout: Duration = .seconds(180),
        _ condition: @escaping @Sendable (Counts) -> Bool
    ) async throws {
        try await server.ledger.waitUntil(timeout: timeout, on: server.eventLoop, condition)
    }

    /// Adds a fault, see `OllamaTestDouble.set`.
    ///
    /// - Parameters:
    ///   - fault: The misbehaviour. The death of the runner is here the death of the connection.
    ///   - times: For how many requests, or connections; nil until `clearFaults()`.
    ///   - scope: Which requests.
    public func set(_ fault: Fault, times: Int? = nil, on scope: FaultScope = .inference) {
        server.faults.set(fault, times: times, scope: scope)
    }

    /// Takes all faults back; requests that began with one keep it.
    public func clearFaults() { server.faults.clear() }

    /// Ends the load of the model, however long it was to take.
    public func finishLoad() { engine.finishLoad() }

    /// Changes how text is generated.
    public func setProfile(_ profile: GenerationProfile) { engine.setProfile(profile) }

    /// Cuts all connections that are open now, and goes on.
    public func cutConnections() async { await server.cutConnections() }
}
