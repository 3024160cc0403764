public import Domain

/// What changes at the engines, as far as it matters to who runs when; in the order in which it happened.
public enum EngineEvent: Sendable, Equatable {
    /// An engine takes requests, and has these models loaded.
    case up(EngineName, EngineCapacity, loaded: [ModelName])
    /// An engine that takes requests has other limits than before.
    case changed(EngineName, EngineCapacity)
    /// An engine takes no requests.
    case down(EngineName)
    /// An engine is not used any more: whoever waits for it alone waits for nothing.
    case removed(EngineName)
    /// A model is loaded, by us or by somebody else; the time it took is known if we did it.
    case loaded(ModelName, EngineName, took: Duration?)
    /// A model is no longer loaded, by us or by somebody else.
    case unloaded(ModelName, EngineName)
    /// A model that we tried to load could not be loaded, and why.
    case loadFailed(ModelName, EngineName, ServiceError)
    /// How many requests of a model an engine runs at once, where that is not its `parallel`: 0 while the model is held
    /// back there. Nil is again.
    case modelSlots(ModelName, EngineName, Int?)
    /// A model is to stay on an engine, or need not any more; said before the engine is up.
    case pinned(ModelName, EngineName, Bool)

    /// The same for the scheduler.
    public var schedulerEvent: SchedulerEvent {
        switch self {
        case .up(let engine, let capacity, let loaded): .engineUp(engine, capacity, loaded: loaded)
        case .changed(let engine, let capacity): .engineChanged(engine, capacity)
        case .down(let engine): .engineDown(engine)
        case .removed(let engine): .engineRemoved(engine)
        case .loaded(let model, let engine, let took): .loaded(model, engine, took: took)
        case .unloaded(let model, let engine): .unloaded(model, engine)
        case .loadFailed(let model, let engine, _): .loadFailed(model, engine)
        case .modelSlots(let model, let engine, let slots): .modelSlots(model, engine, slots)
        case .pinned(let model, let engine, let isPinned): .pinned(model, engine, isPinned)
        }
    }
}

/// What the configuration says of how much an engine runs at once; nil asks the engine.
public struct EngineLimits: Sendable, Hashable {
    /// Requests that a model of it runs at once; at least 1.
    public var parallel: Int?
    /// Models that it holds at once; at least 1.
    public var maxLoadedModels: Int?
    /// How much of the work it should get beside other engines; above 0.
    public var weight: Double

    /// Creates limits; without more they are the engine's own.
    public init(parallel: Int? = nil, maxLoadedModels: Int? = nil, weight: Double = 1) {
        self.parallel = parallel
        self.maxLoadedModels = maxLoadedModels
        self.weight = weight
    }
}

/// Hands events on one after the other, in the order in which they were added, whichever task adds them.
///
/// No lock is held meanwhile, so that whoever is told may ask the directory.
struct EventOutbox: Sendable {
    private var pending: [EngineEvent] = []
    private var isDelivering = false

    mutating func add(_ events: [EngineEvent]) {
        self.pending += events
    }

    /// What is to be delivered next; nil if there is nothing or somebody else is at it.
    mutating func begin() -> [EngineEvent]? {
        guard !self.isDelivering, !self.pending.isEmpty else { return nil }
        self.isDelivering = true
        defer { self.pending = [] }
        return self.pending
    }

    mutating func end() {
        self.isDelivering = false
    }
}
