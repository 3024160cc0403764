import Domain

/// A model that is loaded on an engine.
struct Resident: Sendable {
    let model: ModelName
    /// Since when it has had its place: from the decision to load it.
    let since: MonotonicInstant
    /// When a ticket of it was last started or ended.
    var lastUsed: MonotonicInstant
    var isDraining = false
}

/// A change of an engine's models, one at a time.
struct Transition: Sendable {
    enum Phase: Sendable {
        case draining(ModelName)
        case unloading(ModelName)
        case loading
    }

    /// The model that comes.
    let incoming: ModelName
    let decided: MonotonicInstant
    var phase: Phase

    /// Whether the engine has been asked to unload the model that goes.
    var isUnloading: Bool {
        if case .unloading = self.phase { true } else { false }
    }

    /// The model that goes, while it can still stay.
    var draining: ModelName? {
        if case .draining(let model) = self.phase { model } else { nil }
    }
}

/// What the scheduler knows about an engine.
struct ScheduledEngine: Sendable {
    let name: EngineName
    var isUp = false
    /// Whether it has been heard of, and not been removed since.
    var isKnown = false
    /// Whether it was there and has been removed.
    var isRemoved = false
    /// Lines that name it.
    var lines = 0
    var capacity = EngineCapacity()
    /// Slots of models that do not have the usual number.
    var modelSlots: [ModelName: Int] = [:]
    /// The models for which a place is kept, loaded or not.
    var pinned: Set<ModelName> = []
    var residents: [Resident] = []
    var transition: Transition?
    /// Tickets that run, by model; they count until they are released, whatever became of the model.
    private(set) var running: [ModelName: Int] = [:]
    private(set) var runningTotal = 0
    /// The greatest start tag so far, by class: where new contests join.
    var time = ClassValues(0.0)
    var batchCredit = BatchCredit()
    /// When a model that failed to load may be tried again.
    var blocked: [ModelName: MonotonicInstant] = [:]
    /// Whether it is to be looked at when the event has been taken in.
    var isDirty = false

    init(name: EngineName) {
        self.name = name
    }

    @inline(__always)
    func slots(of model: ModelName) -> Int {
        self.modelSlots.isEmpty ? self.capacity.parallel : self.modelSlots[model] ?? self.capacity.parallel
    }

    @inline(__always)
    func resident(_ model: ModelName) -> Int? {
        self.residents.firstIndex { $0.model == model }
    }

    /// The slots that a model has or will have here; nil if it has no place.
    @inline(__always)
    func supply(of model: ModelName) -> Int? {
        guard self.isUp else { return nil }
        if let place = self.resident(model) { return self.residents[place].isDraining ? 0 : self.slots(of: model) }
        return self.transition?.incoming == model ? self.slots(of: model) : nil
    }

    @inline(__always)
    func running(_ model: ModelName) -> Int {
        self.running[model] ?? 0
    }

    /// Whether one ticket more may start.
    @inline(__always)
    func hasRoom(for resident: Resident) -> Bool {
        self.isUp && !resident.isDraining && self.hasRoomInTotal
            && self.running(resident.model) < self.slots(of: resident.model)
    }

    @inline(__always)
    func hasRoom(for model: ModelName) -> Bool {
        guard self.isUp, self.hasRoomInTotal, let index = self.resident(model) else { return false }
        return self.hasRoom(for: self.residents[index])
    }

    /// Whether its limit for all models is below what these could use, so that they compete for slots.
    var isBoundInTotal: Bool { self.capacity.total.map { $0 < self.ownSlots } ?? false }

    /// Whether nobody names it any more.
    var isForgotten: Bool { !self.isKnown && self.lines == 0 && self.runningTotal == 0 }

    /// The slots of all models that are loaded.
    private var ownSlots: Int {
        if self.modelSlots.isEmpty { return self.residents.count * self.capacity.parallel }
        return self.residents.reduce(0) { $0 + self.slots(of: $1.model) }
    }

    /// How busy it is for its size.
    var load: Double {
        let size = self.capacity.total ?? self.capacity.parallel * self.capacity.maxLoadedModels
        return Double(self.runningTotal) / (Double(max(1, size)) * self.capacity.weight)
    }

    mutating func start(_ model: ModelName, at now: MonotonicInstant) {
        self.running[model, default: 0] += 1
        self.runningTotal += 1
        if let index = self.resident(model) { self.residents[index].lastUsed = now }
    }

    mutating func end(_ model: ModelName, at now: MonotonicInstant) {
        let count = self.running(model) - 1
        self.running[model] = count > 0 ? count : nil
        self.runningTotal -= 1
        if let index = self.resident(model) { self.residents[index].lastUsed = now }
    }

    /// Limits that were lowered, and models that went while tickets ran, can leave more running than the models' own
    /// limits show.
    @inline(__always)
    private var hasRoomInTotal: Bool {
        if let total = self.capacity.total, self.runningTotal >= total { return false }
        return self.runningTotal < self.ownSlots
    }
}
