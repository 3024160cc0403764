/// A truthful Ollama on a real socket of the loopback device, for tests.
///
/// It answers with the statuses, headers, texts and stream shapes of the real one, schedules models as it does, and
/// misbehaves when told to. All members may be used from any task.
///
/// ```swift
/// let ollama = try await OllamaTestDouble.start()
/// ollama.set(.cut(afterTokens: 3), times: 1)
/// // … requests to ollama.url …
/// try await ollama.waitUntil { $0.generationsOpen == 0 }
/// await ollama.stop()
/// ```
public final class OllamaTestDouble: Sendable {
    /// What an Ollama is started with.
    public struct Configuration: Sendable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        /// The port to listen on; zero for any free one.
        public var port = 0
        /// The version that it reports.
        public var version = "0.32.15"
        /// The models on its disk.
        public var models = ModelDescription.presets
        /// How it generates until told otherwise.
        public var profile = GenerationProfile()
        /// How long a load takes, unless the model says otherwise.
        public var loadTime = Duration.milliseconds(5)
        /// `OLLAMA_NUM_PARALLEL`: requests that one runner serves at a time.
        public var parallel = 1
        /// `OLLAMA_MAX_LOADED_MODELS`.
        public var maxLoadedModels = 3
        /// `OLLAMA_MAX_QUEUE`: requests that may wait for a load, behind the one that is being prepared.
        public var maxQueue = 512
        /// `OLLAMA_KEEP_ALIVE`.
        public var keepAlive = KeepAlive.duration(.seconds(300))
        /// `OLLAMA_CONTEXT_LENGTH`.
        public var contextLength = 4096
        /// `OLLAMA_ORIGINS`, besides those that are always allowed.
        public var origins: [String] = []
        /// Whether a request to a model that is about to be evicted keeps it loaded.
        ///
        /// The load that waits for its place then waits for ever. The real Ollama does this; a test that is not about it is easier without.
        public var resurrectsVictims = false
        /// Whether the line of loads stands still, see `OllamaTestDouble.setStallsLoads`.
        public var stallsLoads = false
        /// How many requests are kept for `requests`.
        public var keptRequests = 1000
        /// Names that a pull finds at the registry; any other pull fails.
        public var pullable: [String] = []
        /// What every pull fails with, such as the text of a network that is down.
        public var pullFailure: String?
        /// Digests of blobs on the disk besides the weights of the models, with `sha256:` before them.
        public var blobs: Set<String> = []
        /// How long a pull pauses between two lines of progress.
        public var pullPace = Duration.zero

        /// The configuration of an Ollama that nobody configured.
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
    private let engine: OllamaEngine

    private init(server: LoopbackServer, engine: OllamaEngine, host: String, port: Int) {
        self.server = server
        self.engine = engine
        self.port = port
        url = "http://\(host == "0.0.0.0" ? "127.0.0.1" : host):\(port)"
    }

    /// Starts one; it accepts connections when this returns.
    public static func start(configuration: Configuration = Configuration()) async throws -> OllamaTestDouble {
        let ledger = Ledger(keptRequests: configuration.keptRequests)
        let engine = OllamaEngine(configuration: configuration, ledger: ledger)
        let server = LoopbackServer(engine: engine, flavour: .go, ledger: ledger)
        let port = try await server.start(host: configuration.host, port: configuration.port)
        return OllamaTestDouble(server: server, engine: engine, host: configuration.host, port: port)
    }

    /// Cuts all connections and closes the port.
    public func stop() async {
        await server.stop()
        engine.scheduler.stop()
    }

    // MARK: What it saw

    /// The counts until now.
    public var counts: Counts { server.ledger.counts }

    /// The last requests, the oldest first.
    public var requests: [RecordedRequest] { server.ledger.requests }

    /// The names of the models that are loaded or load now.
    public var loadedModels: [String] { engine.scheduler.loaded.map(\.model.name) }

    /// Waits until the counts satisfy a condition; throws `WaitTimedOut` when they do not in time.
    public func waitUntil(
        timeout: Duration = .seconds(180),
        _ condition: @escaping @Sendable (Counts) -> Bool
    ) async throws {
        try await server.ledger.waitUntil(timeout: timeout, on: server.eventLoop, condition)
    }

    // MARK: What it does

    /// Adds a fault.
    ///
    /// - Parameters:
    ///   - fault: The misbehaviour.
    ///   - times: For how many requests, or connections; nil until `clearFaults()`.
    ///   - scope: Which requests; by default those that a model answers, so that probes do not use it up.
    public func set(_ fault: Fault, times: Int? = nil, on scope: FaultScope = .inference) {
        server.faults.set(fault, times: times, scope: scope)
    }

    /// Takes all faults back; requests that began with one keep it.
    public func clearFaults() { server.faults.clear() }

    /// Changes how text is generated, for all models or for one.
    public func setProfile(_ profile: GenerationProfile, model: String? = nil) {
        engine.setProfile(profile, model: model)
    }

    /// Changes the time that loads take from now on, for models that do not say otherwise themselves.
    public func setLoadTime(_ time: Duration) {
        engine.scheduler.change { $0.loadTime = time }
    }

    /// Ends the load that is under way, if there is one; with a long load time loads last until the test says so.
    public func finishLoad() { engine.scheduler.finishLoad() }

    /// Changes whether a victim of eviction is resurrected by a request, see `Configuration.resurrectsVictims`.
    public func setResurrectsVictims(_ resurrects: Bool) {
        engine.scheduler.change { $0.resurrectsVictims = resurrects }
    }

    /// Stops the line of loads, or lets it go on.
    ///
    /// This is what the resurrection of a victim ends in, without its prelude: requests that need a load wait for ever,
    /// while loaded models answer and all lists look healthy.
    public func setStallsLoads(_ stalls: Bool) {
        engine.scheduler.change { $0.stallsLoads = stalls }
    }

    /// Changes how many requests one runner serves at a time, from its next load on.
    public func setParallel(_ parallel: Int) {
        engine.scheduler.change { $0.parallel = parallel }
    }

    /// Kills the runner of a model now: all its requests, those that wait included, see its death as recorded.
    public func killRunner(_ model: String) {
        if let model = engine.store.find(model) { engine.scheduler.kill(model) }
    }

    /// Puts a model on the disk, in the place of one of the same name.
    public func add(_ model: ModelDescription) { engine.store.put(model) }

    /// Takes a model off the disk; a loaded one stays loaded, as with Ollama.
    public func remove(_ name: String) { _ = engine.store.remove(name) }

    /// Cuts all connections that are open now, and goes on.
    public func cutConnections() async { await server.cutConnections() }
}
