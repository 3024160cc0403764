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
///
/// What matters to who runs when is told to an observer as it happens, in order.
public final class EngineDirectory: Sendable {
    /// One engine as it was last seen.
    public struct Engine: Sendable {
        /// How to talk to it.
        public let client: any EngineClient
        /// How much the configuration lets it run at once.
        public internal(set) var limits: EngineLimits
        /// How it is.
        public internal(set) var state = EngineState.unknown
        /// What it last said of itself.
        public internal(set) var report: EngineReport?
        /// Why it does not answer, as a code.
        public var reason: String? {
            self.state == .up ? nil : self.isWedged ? "engine_wedged" : self.fault ?? self.probeFault
        }
        /// What its process manager says is wrong with it.
        var fault: String?
        /// What the last probe says is wrong with it.
        var probeFault: String?
        /// Whether it answers questions and runs nothing: until it is repaired it gets nothing.
        var isWedged = false
        /// What we have done to its models since a probe was last under way without us; by what they are.
        var moves: ModelMoves
        /// The models of which no request may start there, by what they are, and how often each was held.
        var held: [ModelName: Int] = [:]
        /// What the observer knows of it.
        var told: Told?
        /// How often the observer has been told that it takes no requests any more.
        var absences = 0

        /// A new engine, or one that takes the place of another.
        init(client: any EngineClient, limits: EngineLimits, registration: Int, told: Told? = nil) {
            self.client = client
            self.limits = limits
            self.moves = ModelMoves(registration: registration)
            self.told = told
        }

        /// How many requests of a model it runs at once.
        public var slots: Int { self.limits.parallel ?? self.report?.slots ?? 1 }

        /// The model in its memory, if it is there.
        public func loadedModel(_ name: ModelName) -> LoadedModel? {
            self.report?.loaded.first { $0.name == name }
        }

        /// What it calls a model.
        public func engineName(of name: ModelName) -> String {
            self.model(name)?.engineName ?? name.spelling
        }

        /// What it says of a model, if it has it.
        public func model(_ name: ModelName) -> ModelInfo? {
            self.report?.models.first { $0.name == name }
        }

        func has(_ name: ModelName) -> Bool { self.model(name) != nil }

        /// To be taken before a probe begins; see ``EngineDirectory/update(_:with:since:)``.
        var mark: ModelMoves.Mark { self.moves.mark }
    }

    /// What an observer has been told of an engine that takes requests.
    struct Told: Sendable, Equatable {
        var capacity: EngineCapacity
        var loaded: [ModelName]
        var modelSlots: [ModelName: Int]
        var pinned: Set<ModelName>
    }

    struct State {
        var order: [EngineName] = []
        var engines = EngineTable()
        var registrations = 0
        var aliases = ModelAliases()
        /// The models that are to stay in memory, by engine, whether that is there or not.
        var pins: [EngineName: [EnginePin]] = [:]
        var outbox = EventOutbox()
        var breakers: BreakerBoard
        var watchdog: Watchdog
        /// The loads that are under way, by number.
        var loads: [Int: WatchedLoad] = [:]
        /// The requests that engines are busy with, by number.
        var attempts: [Int: EngineAttempt.Weak] = [:]
        var attemptsBegun = 0
    }

    let state: Mutex<State>
    let clock: any ServiceClock
    private let observer: @Sendable (EngineEvent) -> Void

    /// Creates an empty directory.
    ///
    /// - Parameters:
    ///   - clock: the time.
    ///   - breaker: when an engine, or a model on it, is left alone for a while.
    ///   - watchdog: when an engine counts as wedged.
    ///   - observer: told of every change that matters to who runs when; one call at a time, in order. It may ask the
    ///     directory, but what it changes there is told after it has returned.
    public init(
        clock: any ServiceClock,
        breaker: BreakerSettings = BreakerSettings(),
        watchdog: WatchdogSettings = WatchdogSettings(),
        observer: @escaping @Sendable (EngineEvent) -> Void
    ) {
        self.clock = clock
        self.state = Mutex(State(breakers: BreakerBoard(breaker), watchdog: Watchdog(watchdog)))
        self.observer = observer
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
    ///
    /// An engine that is left alone for a while, or on which the model is, is not among them.
    public func engines(having model: ModelName) -> [EngineName] {
        let now = self.clock.now
        return self.state.withLock { state in
            let canonical = state.aliases.canonical(model)
            var (found, ranks): ([EngineName], [Int]) = ([], [])
            for name in state.order {
                guard let rank = state.rank(of: name, for: model, canonical),
                    state.breakers.refusal(of: canonical, on: name, at: now) == nil
                else { continue }
                let index = ranks.firstIndex { $0 > rank } ?? found.endIndex
                found.insert(name, at: index)
                ranks.insert(rank, at: index)
            }
            return found
        }
    }

    /// The name under which a model is scheduled: models of the same weights share one runner, and so one name.
    public func scheduledName(of model: ModelName) -> ModelName {
        self.state.withLock { $0.aliases.canonical(model) }
    }

    /// A model in an engine's memory, which may be there under another name of the same weights.
    func residentModel(_ model: ModelName, on name: EngineName) -> LoadedModel? {
        self.state.withLock { $0.residentModel(model, on: name) }
    }

    /// What a request has to know of the engine that it goes to; nil if that is gone.
    func seat(of model: ModelName, on name: EngineName) -> EngineSeat? {
        self.state.withLock { state in
            let resident = state.residentModel(model, on: name)
            let stays = state.stays(model, on: name)
            return state.engines.read(name) { engine in
                EngineSeat(
                    client: engine.client,
                    modelName: engine.engineName(of: model),
                    resident: resident,
                    stays: stays
                )
            }
        }
    }

    /// What an engine calls a model in its memory, which may be another name of the same weights.
    public func residentName(of model: ModelName, on name: EngineName) -> String? {
        self.residentModel(model, on: name).flatMap { self.engine(name)?.engineName(of: $0.name) }
    }

    // MARK: Changing

    /// Adds an engine, or replaces the one of the same name.
    ///
    /// To the observer an engine that is replaced goes down until the new one answers, so that whoever waits for it goes
    /// on waiting. What was on its way from the old one, a probe's answer or the end of a load, does not count any more.
    public func register(_ client: any EngineClient, limits: EngineLimits = EngineLimits()) {
        let name = client.identity.name
        self.change { state in
            let old = state.engines[name]
            if old == nil { state.order.append(name) }
            state.registrations += 1
            state.engines[name] = Engine(
                client: client,
                limits: limits,
                registration: state.registrations,
                told: old?.told
            )
            state.forget(name)
        }
    }

    /// Gives an engine other limits; what it has loaded and what it runs stays.
    public func setLimits(_ limits: EngineLimits, of name: EngineName) {
        self.change(name) { $0.limits = limits }
    }

    /// Takes an engine out: whoever waits for it alone is refused.
    ///
    /// Requests that it runs go on.
    public func remove(_ name: EngineName) {
        self.change { state in
            guard state.engines.remove(name) else { return }
            state.order.removeAll { $0 == name }
            state.forget(name)
            state.outbox.add([.removed(name)])
        }
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
    ///
    /// `mark`: the ``Engine/mark`` from before the probe, so that an answer that was on its way while we loaded or
    /// unloaded a model does not undo that, and one of an engine that has been replaced says nothing of the new one.
    func update(_ name: EngineName, with result: Result<EngineReport, any Error>, since mark: ModelMoves.Mark) {
        self.change { state in
            guard var engine = state.engines[name], engine.moves.mayCount(mark) else { return }
            switch result {
            case .success(let report):
                let corrected = engine.moves.corrected(report, previous: engine.report, since: mark)
                // What is on its way into memory is listed already, and shows that the engine is at it.
                let onTheWay = report.loaded.filter { engine.moves.underWay.contains($0.name) }
                let listed = (corrected.loaded + onTheWay).map { state.aliases.canonical($0.name) }
                state.watchdog.listed(Set(listed), on: name, at: self.clock.now)
                engine.report = corrected
                engine.fault = nil
                engine.probeFault = nil
                if engine.state != .draining { engine.state = engine.isWedged ? .down : .up }
            case .failure(let error):
                state.watchdog.forget(name)
                let isTalking = (error as? ServiceError)?.code == .engineError
                engine.probeFault = isTalking ? "engine_error" : "engine_unreachable"
                if engine.state != .draining { engine.state = .down }
            }
            state.engines[name] = engine
            state.refreshAliases()
        }
    }

    /// Notes that an engine could not be reached just now.
    func suspect(_ name: EngineName) {
        self.change(name) { $0.suspect() }
    }

    /// Notes that an engine has just answered with a model, which is therefore in its memory.
    func noteLoaded(_ model: ModelName, on name: EngineName, context: Int? = nil) {
        self.change { state in
            state.engines[name]?.noteLoaded(model, context: context)
            state.watchdog.loaded(state.aliases.canonical(model), on: name, at: self.clock.now)
        }
    }

    // MARK: Telling

    func change(_ name: EngineName, _ body: (inout Engine) -> Void) {
        self.change { state in
            guard var engine = state.engines[name] else { return }
            body(&engine)
            state.engines[name] = engine
        }
    }

    /// Changes something, and tells what follows from it.
    func change<Result: Sendable>(_ body: (inout State) throws -> Result) rethrows -> Result {
        defer { self.deliver() }
        return try self.state.withLock { state in
            defer { state.notice(at: self.clock.now) }
            return try body(&state)
        }
    }

    /// Changes breakers only: as long as none has anything to remember, there is nothing to look for.
    func judge<Result: Sendable>(_ body: (inout State) throws -> Result) rethrows -> Result {
        let (result, isQuiet) = try self.state.withLock { state in
            let wasQuiet = state.breakers.isQuiet
            defer { if !(wasQuiet && state.breakers.isQuiet) { state.notice(at: self.clock.now) } }
            let result = try body(&state)
            return (result, wasQuiet && state.breakers.isQuiet)
        }
        if !isQuiet { self.deliver() }
        return result
    }

    private func deliver() {
        while let events = self.state.withLock({ $0.outbox.begin() }) {
            for event in events { self.observer(event) }
            self.state.withLock { $0.outbox.end() }
        }
    }
}
