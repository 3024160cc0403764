import Domain

/// All breakers: one an engine, for connections and silence, and one for each model on an engine that has failed lately.
struct BreakerBoard: Sendable {
    /// What a request was let through by.
    struct Passes: Sendable {
        let engine: Breaker.Pass
        let model: Breaker.Pass
    }

    private struct Key: Hashable {
        let engine: EngineName
        let model: ModelName
    }

    private struct ModelEntry {
        var breaker: Breaker
        /// What the last failure was.
        var error: ServiceError?
        var changed: MonotonicInstant
    }

    /// The most models that are remembered; the one whose failures are eldest is forgotten.
    static let limit = 512

    private let settings: BreakerSettings
    private var engines: [EngineName: Breaker] = [:]
    private var models: [Key: ModelEntry] = [:]

    init(_ settings: BreakerSettings) {
        self.settings = settings
    }

    /// Whether nothing has failed lately.
    var isQuiet: Bool { self.engines.isEmpty && self.models.isEmpty }

    /// How many models are remembered.
    var rememberedModels: Int { self.models.count }

    // MARK: Asking

    func state(of engine: EngineName, at now: MonotonicInstant) -> BreakerState {
        self.engines[engine]?.state(at: now) ?? .closed
    }

    func state(of model: ModelName, on engine: EngineName, at now: MonotonicInstant) -> BreakerState {
        self.models[Key(engine: engine, model: model)]?.breaker.state(at: now) ?? .closed
    }

    /// The models of an engine that are held back, and how many requests of each may run: none, or the probe.
    func heldBack(on engine: EngineName, at now: MonotonicInstant) -> [ModelName: Int] {
        var held: [ModelName: Int] = [:]
        for (key, entry) in self.models where key.engine == engine {
            switch entry.breaker.state(at: now) {
            case .closed: continue
            case .open: held[key.model] = 0
            case .halfOpen: held[key.model] = 1
            }
        }
        return held
    }

    /// Why a model is not asked for on an engine now, or nil if it may be.
    func refusal(of model: ModelName, on engine: EngineName, at now: MonotonicInstant) -> ServiceError? {
        guard !self.isQuiet else { return nil }
        if let breaker = self.engines[engine], breaker.state(at: now) == .open {
            return .engineHeldBack(for: breaker.pause(at: now))
        }
        guard let entry = self.models[Key(engine: engine, model: model)], entry.breaker.state(at: now) == .open else {
            return nil
        }
        return .modelHeldBack(entry.error, for: entry.breaker.pause(at: now))
    }

    // MARK: Changing

    /// Lets a request through, or says why not.
    ///
    /// A half-open breaker lets one through at a time.
    mutating func pass(
        _ model: ModelName,
        on engine: EngineName,
        at now: MonotonicInstant
    ) throws(ServiceError) -> Passes {
        guard !self.isQuiet else { return Passes(engine: .ordinary, model: .ordinary) }
        let key = Key(engine: engine, model: model)
        var whole = self.engines[engine] ?? Breaker(self.settings)
        var single = self.models[key]?.breaker ?? Breaker(self.settings)
        guard let first = whole.pass(at: now) else { throw .engineHeldBack(for: whole.pause(at: now)) }
        // Nothing is kept of the engine's probe if the model refuses.
        guard let second = single.pass(at: now) else {
            throw .modelHeldBack(self.models[key]?.error, for: single.pause(at: now))
        }
        self.set(whole, of: engine)
        if self.models[key] != nil { self.models[key]?.breaker = single }
        return Passes(engine: first, model: second)
    }

    mutating func answered(_ passes: Passes, _ model: ModelName, on engine: EngineName) {
        guard !self.isQuiet else { return }
        self.engines[engine]?.answered(passes.engine)
        self.models[Key(engine: engine, model: model)]?.breaker.answered(passes.model)
    }

    mutating func succeeded(_ passes: Passes, _ model: ModelName, on engine: EngineName) {
        guard !self.isQuiet else { return }
        self.engines[engine]?.succeeded(passes.engine)
        let key = Key(engine: engine, model: model)
        self.models[key]?.breaker.succeeded(passes.model)
        self.tidy(engine, key)
    }

    /// Notes an error; one without blame ends the request without a verdict.
    mutating func failed(
        _ error: ServiceError,
        _ passes: Passes,
        _ model: ModelName,
        on engine: EngineName,
        at now: MonotonicInstant
    ) {
        let key = Key(engine: engine, model: model)
        switch error.blame {
        case .engine:
            var breaker = self.engines[engine] ?? Breaker(self.settings)
            breaker.failed(passes.engine, at: now)
            self.set(breaker, of: engine)
            self.models[key]?.breaker.abandoned(passes.model, at: now)
        case .model:
            // It was the engine that said so: it can be reached.
            self.engines[engine]?.succeeded(passes.engine)
            var entry = self.models[key] ?? ModelEntry(breaker: Breaker(self.settings), error: nil, changed: now)
            entry.breaker.failed(passes.model, at: now)
            entry.error = error
            entry.changed = now
            self.models[key] = entry
            self.forgetEldest()
        case nil: self.abandoned(passes, model, on: engine, at: now)
        }
        self.tidy(engine, key)
    }

    mutating func abandoned(_ passes: Passes, _ model: ModelName, on engine: EngineName, at now: MonotonicInstant) {
        self.engines[engine]?.abandoned(passes.engine, at: now)
        self.models[Key(engine: engine, model: model)]?.breaker.abandoned(passes.model, at: now)
    }

    /// A model could not be loaded: it is held back at once, for the scheduler does not try again either.
    mutating func cannotLoad(_ error: ServiceError, _ model: ModelName, on engine: EngineName, at now: MonotonicInstant)
    {
        var breaker = Breaker(self.settings)
        breaker.open(at: now)
        self.models[Key(engine: engine, model: model)] = ModelEntry(breaker: breaker, error: error, changed: now)
        self.forgetEldest()
    }

    /// A model has been loaded: whatever kept it from that is over.
    mutating func loaded(_ model: ModelName, on engine: EngineName) {
        self.models[Key(engine: engine, model: model)] = nil
    }

    /// An engine is another, or is gone.
    mutating func forget(_ engine: EngineName) {
        self.engines[engine] = nil
        self.models = self.models.filter { $0.key.engine != engine }
    }

    // MARK: Parts

    private mutating func set(_ breaker: Breaker, of engine: EngineName) {
        self.engines[engine] = breaker.isFresh ? nil : breaker
    }

    private mutating func tidy(_ engine: EngineName, _ key: Key) {
        if self.engines[engine]?.isFresh ?? false { self.engines[engine] = nil }
        if self.models[key]?.breaker.isFresh ?? false { self.models[key] = nil }
    }

    private mutating func forgetEldest() {
        guard self.models.count > Self.limit,
            let eldest = self.models.min(by: { $0.value.changed < $1.value.changed })
        else { return }
        self.models[eldest.key] = nil
    }
}

extension ServiceError {
    /// An engine that could not be reached too often is left alone for a while.
    static func engineHeldBack(for pause: Duration) -> ServiceError {
        ServiceError(
            .engineUnavailable,
            "The engine has failed too often and is left alone for a while.",
            retryAfter: max(pause, .seconds(1)),
            blame: .engine
        )
    }

    /// A model that has failed too often is left alone for a while; the last failure says why.
    static func modelHeldBack(_ error: ServiceError?, for pause: Duration) -> ServiceError {
        if let error, error.code == .modelNotFound { return error }
        return ServiceError(
            .modelUnavailable,
            error?.message ?? "The model has failed too often and is left alone for a while.",
            retryAfter: max(pause, .seconds(1)),
            blame: .model
        )
    }
}
