public import Domain
import Synchronization

/// How an engine is.
public enum EngineState: String, Sendable {
    /// It has not been asked yet.
    case unknown
    /// It answers.
    case up
    /// It does not answer.
    case down
    /// It finishes what it has and gets nothing new.
    case draining
}

/// The engines, how each of them is and what it has: the service's one view of them.
public final class EngineDirectory: Sendable {
    /// One engine as it was last seen.
    public struct Engine: Sendable {
        /// How to talk to it.
        public let client: any EngineClient
        /// The slots a model that the configuration gives it; nil asks the engine itself.
        public let configuredSlots: Int?
        /// How it is.
        public internal(set) var state = EngineState.unknown
        /// What it last said of itself.
        public internal(set) var report: EngineReport?
        /// Why it does not answer, as a code.
        public var reason: String? { self.state == .up ? nil : self.fault ?? self.probeFault }
        /// What its process manager says is wrong with it.
        var fault: String?
        /// What the last probe says is wrong with it.
        var probeFault: String?

        /// How many requests it runs at once.
        public var slots: Int { self.configuredSlots ?? self.report?.slots ?? 1 }

        /// The model in its memory, if it is there.
        public func loadedModel(_ name: ModelName) -> LoadedModel? {
            self.report?.loaded.first { $0.name == name }
        }

        /// What it calls a model.
        public func engineName(of name: ModelName) -> String {
            self.report?.models.first { $0.name == name }?.engineName ?? name.spelling
        }

        func has(_ name: ModelName) -> Bool {
            self.report?.models.contains { $0.name == name } ?? false
        }
    }

    private struct State {
        var order: [EngineName] = []
        var engines: [EngineName: Engine] = [:]
    }

    private let state = Mutex(State())
    private let metrics: any Metrics
    private let onSlots: @Sendable (EngineName, Int) -> Void

    /// Creates an empty directory.
    ///
    /// `onSlots`: told whenever the number of requests that an engine may run changes; 0 for none.
    public init(metrics: any Metrics, onSlots: @escaping @Sendable (EngineName, Int) -> Void) {
        self.metrics = metrics
        self.onSlots = onSlots
    }

    // MARK: Reading

    /// All engines, in the order of their registration.
    public var engines: [Engine] {
        self.state.withLock { state in state.order.compactMap { state.engines[$0] } }
    }

    /// One engine.
    public func engine(_ name: EngineName) -> Engine? {
        self.state.withLock { $0.engines[name] }
    }

    /// The engines that answer and have a model: those that have it loaded first, the bundled one last.
    public func engines(having model: ModelName) -> [Engine] {
        func rank(_ engine: Engine) -> Int {
            (engine.loadedModel(model) == nil ? 1 : 0) + (engine.client.identity.isBundled ? 2 : 0)
        }
        return self.engines.filter { $0.state == .up && $0.has(model) }.sorted { rank($0) < rank($1) }
    }

    // MARK: Changing

    /// Adds an engine, or replaces the one of the same name.
    public func register(_ client: any EngineClient, slots: Int?) {
        let name = client.identity.name
        self.state.withLock { state in
            if state.engines[name] == nil { state.order.append(name) }
            state.engines[name] = Engine(client: client, configuredSlots: slots)
        }
        self.publish(name)
    }

    /// Takes an engine out.
    ///
    /// Requests that it runs go on.
    public func remove(_ name: EngineName) {
        self.state.withLock { state in
            state.order.removeAll { $0 == name }
            state.engines[name] = nil
        }
        self.publish(name)
    }

    /// Lets an engine finish what it has and gives it nothing new, or takes it back.
    public func setDraining(_ isDraining: Bool, _ name: EngineName) {
        self.change(name) { engine in
            if isDraining {
                engine.state = .draining
            } else if engine.state == .draining {
                engine.state = .unknown
            }
        }
    }

    /// Notes what is wrong with an engine that we run, as a code.
    ///
    /// It holds until the engine answers again.
    public func setFault(_ code: String, of name: EngineName) {
        self.change(name) { $0.fault = code }
    }

    /// Notes what a probe of an engine found.
    func update(_ name: EngineName, with result: Result<EngineReport, any Error>) {
        self.change(name) { engine in
            switch result {
            case .success(let report):
                engine.report = report
                engine.fault = nil
                engine.probeFault = nil
                if engine.state != .draining { engine.state = .up }
            case .failure(let error):
                let isTalking = (error as? ServiceError)?.code == .engineError
                engine.probeFault = isTalking ? "engine_error" : "engine_unreachable"
                if engine.state != .draining { engine.state = .down }
            }
        }
    }

    /// Notes that an engine could not be reached just now.
    func suspect(_ name: EngineName) {
        self.change(name) { engine in
            guard engine.state == .up else { return }
            engine.state = .down
            engine.probeFault = "engine_unreachable"
        }
    }

    /// Notes that an engine has just answered with a model, which is therefore in its memory.
    func noteLoaded(_ model: ModelName, on name: EngineName) {
        self.change(name) { engine in
            guard engine.loadedModel(model) == nil else { return }
            engine.report?.loaded.append(LoadedModel(name: model))
        }
    }

    private func change(_ name: EngineName, _ body: (inout Engine) -> Void) {
        self.state.withLock { state in
            guard var engine = state.engines[name] else { return }
            body(&engine)
            state.engines[name] = engine
        }
        self.publish(name)
    }

    private func publish(_ name: EngineName) {
        let engine = self.engine(name)
        let isUp = engine?.state == .up
        self.metrics.set(.engineUp, to: isUp ? 1 : 0, MetricLabel("engine", name.description))
        self.onSlots(name, isUp ? engine?.slots ?? 0 : 0)
    }
}
