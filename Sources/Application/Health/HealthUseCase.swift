public import Domain

/// Tells how the service and its engines are, from what is known; no engine is asked.
public struct HealthUseCase: Sendable {
    /// How it all is.
    public enum Status: String, Sendable {
        /// Every engine answers.
        case healthy
        /// Some engine answers.
        case degraded
        /// No engine answers.
        case unhealthy
    }

    /// Why the service is not ready: a component and a code.
    public struct Reason: Sendable, Equatable {
        /// What is not ready.
        public let component: String
        /// Why, as a code.
        public let reason: String

        /// Creates a reason.
        public init(component: String, reason: String) {
            self.component = component
            self.reason = reason
        }
    }

    private let directory: EngineDirectory
    private let store: StoreState
    private let drain: DrainState
    private let processes: (any EngineProcesses)?
    private let running: @Sendable (EngineName) -> Int

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - directory: the engines.
    ///   - store: whether what must survive a restart can be written.
    ///   - drain: whether the service is on its way out.
    ///   - processes: who runs engines on this machine, if anybody does.
    ///   - running: how many requests run on an engine.
    public init(
        directory: EngineDirectory,
        store: StoreState,
        drain: DrainState,
        processes: (any EngineProcesses)?,
        running: @escaping @Sendable (EngineName) -> Int
    ) {
        self.directory = directory
        self.store = store
        self.drain = drain
        self.processes = processes
        self.running = running
    }

    /// Whether the service is on its way out.
    public var isDraining: Bool { self.drain.isDraining }

    /// All engines as they were last seen.
    public var engines: [EngineDirectory.Engine] { self.directory.engines }

    /// How many requests run on an engine.
    public func runningRequests(on engine: EngineName) -> Int {
        self.running(engine)
    }

    /// Whether a model is to stay in an engine's memory.
    public func isPinned(_ model: ModelName, on engine: EngineName) -> Bool {
        self.directory.isPinned(model, on: engine)
    }

    /// How the breaker of an engine is.
    public func breaker(of engine: EngineName) -> BreakerState {
        self.directory.breaker(of: engine)
    }

    /// The process of an engine, or nil if this service does not run it.
    public func process(of engine: EngineName) -> EngineProcessReport? {
        self.processes?.report(on: engine)
    }

    /// How it all is.
    ///
    /// A draining engine counts as one that answers.
    public var status: Status {
        let answering = self.engines.filter { $0.state == .up || $0.state == .draining }.count
        if answering == 0 { return .unhealthy }
        return answering == self.engines.count ? .healthy : .degraded
    }

    /// Why the service cannot take requests now; empty if it can.
    public var obstacles: [Reason] {
        if self.drain.isDraining { return [Reason(component: "server", reason: "shutting_down")] }
        let store = self.store.isWritable ? [] : [Reason(component: "store", reason: "store_unwritable")]
        return self.obstaclesOfEngines + store
    }

    private var obstaclesOfEngines: [Reason] {
        let engines = self.engines
        if engines.contains(where: { $0.state == .up }) { return [] }
        if engines.isEmpty { return [Reason(component: "engines", reason: "no_engine")] }
        return engines.map { engine in
            let reason = engine.reason ?? (engine.state == .unknown ? "engine_not_asked_yet" : "engine_unreachable")
            return Reason(component: "engine:\(engine.client.identity.name)", reason: reason)
        }
    }
}
