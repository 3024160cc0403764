import Application
import Domain

/// What an onlooker knows who sees only events and actions: the independent account that tests check against.
///
/// It counts for itself and never asks the scheduler.
struct SchedulerLog {
    struct Engine {
        var isUp = false
        var capacity = EngineCapacity()
        var loaded: Set<ModelName> = []
        var loading: ModelName?
        var draining: ModelName?
        var pinned: Set<ModelName> = []
        /// When a model that failed to load is tried again.
        var blocked: [ModelName: MonotonicInstant] = [:]
        var running: [ModelName: Int] = [:]
        var total: Int { self.running.values.reduce(0, +) }
    }

    struct Entry {
        let ticket: SchedulerTicket
        let arrival: MonotonicInstant
    }

    struct Run {
        let ticket: SchedulerTicket
        let engine: EngineName
        let start: MonotonicInstant
    }

    /// What tickets have in common that decides whether they may start.
    struct Kind: Hashable {
        let project: ProjectName
        let queue: RequestQueue
        let model: ModelName
        let engines: [EngineName]
        let requestClass: RequestClass
    }

    /// How often things have happened that may move a ticket back.
    struct Seen {
        var arrivals: [RequestClass: Int] = [:]
        var lostEngines = 0
        var swaps = 0
        /// Arrivals, ends of runs, and the passing of time: all that can make a project active.
        var events = 0
    }

    enum End: Equatable { case released, cancelled, refused, expired }

    let settings: SchedulerSettings
    var engines: [EngineName: Engine] = [:]
    var waiting: [TicketID: Entry] = [:]
    var running: [TicketID: Run] = [:]
    var kinds: [Kind: Set<TicketID>] = [:]
    var projects: [ProjectName: (running: Int, share: ProjectShare)] = [:]
    var queueRunning: [RequestQueue: Int] = [:]
    var ends: [TicketID: End] = [:]
    var arrived = 0
    var now = MonotonicInstant(nanoseconds: 0)
    var faults: [String] = []
    var drains = 0
    var loads = 0
    /// When the latest load of a model ended.
    var loadEnds: [ModelName: MonotonicInstant] = [:]
    var seen = Seen()
    /// Batch tickets that went before more urgent ones.
    var overtaken = 0

    init(settings: SchedulerSettings) {
        self.settings = settings
    }

    mutating func fault(_ text: String) {
        if self.faults.count < 5 { self.faults.append("at \(self.now.nanoseconds / 1_000_000) ms: \(text)") }
    }

    func kind(of ticket: SchedulerTicket) -> Kind {
        Kind(
            project: ticket.project.name,
            queue: ticket.queue,
            model: ticket.model,
            engines: ticket.engines,
            requestClass: ticket.requestClass
        )
    }

    mutating func take(_ event: SchedulerEvent, at instant: MonotonicInstant) {
        self.now = instant
        self.seen.events += 1
        switch event {
        case .engineDown, .engineRemoved, .engineChanged, .loadFailed, .unloadFailed, .engineUp, .modelSlots, .pinned:
            self.seen.lostEngines += 1
        case .arrived(let ticket): self.seen.arrivals[ticket.requestClass, default: 0] += 1
        default: break
        }
        switch event {
        case .arrived(let ticket):
            self.arrived += 1
            self.waiting[ticket.id] = Entry(ticket: ticket, arrival: instant)
            self.kinds[self.kind(of: ticket), default: []].insert(ticket.id)
            self.projects[ticket.project.name, default: (0, ticket.project)].share = ticket.project
        case .cancelled(let id): if self.waiting[id] != nil { self.leave(id, .cancelled) }
        case .released(let id, _): self.release(id)
        case .engineUp(let name, let capacity, let loaded):
            self.engines[name, default: Engine()].isUp = true
            self.engines[name]?.capacity = capacity
            self.engines[name]?.loaded = Set(loaded)
            self.engines[name]?.blocked = [:]
        case .engineChanged(let name, let capacity): self.engines[name]?.capacity = capacity
        case .modelSlots: break
        case .pinned(let model, let name, true): self.engines[name]?.pinned.insert(model)
        case .pinned(let model, let name, false): self.engines[name]?.pinned.remove(model)
        case .engineDown(let name), .engineRemoved(let name):
            if let model = self.engines[name]?.loading { self.loadEnds[model] = self.now }
            let running = self.engines[name]?.running ?? [:]
            self.engines[name] = Engine()
            self.engines[name]?.running = running
        case .loaded(let model, let name, _):
            self.engines[name]?.loaded.insert(model)
            self.loadEnds[model] = self.now
            self.engines[name]?.blocked[model] = nil
            if self.engines[name]?.loading == model { self.engines[name]?.loading = nil }
        case .unloaded(let model, let name):
            self.engines[name]?.loaded.remove(model)
            if self.engines[name]?.draining == model { self.engines[name]?.draining = nil }
        case .loadFailed(let model, let name):
            self.loadEnds[model] = self.now
            self.engines[name]?.loading = nil
            self.engines[name]?.blocked[model] = instant.advanced(by: self.settings.loadRetry)
        // That the model is used again follows as an action.
        case .unloadFailed: break
        case .projectChanged(let share): self.projects[share.name]?.share = share
        case .tick: break
        }
    }

    mutating func leave(_ id: TicketID, _ end: End?) {
        guard let entry = self.waiting.removeValue(forKey: id) else { return self.fault("\(id) did not wait") }
        let kind = self.kind(of: entry.ticket)
        self.kinds[kind]?.remove(id)
        if self.kinds[kind]?.isEmpty ?? false { self.kinds[kind] = nil }
        if let end { self.end(id, end) }
    }

    private mutating func end(_ id: TicketID, _ end: End) {
        if self.ends.updateValue(end, forKey: id) != nil { self.fault("\(id) ended twice") }
    }

    private mutating func release(_ id: TicketID) {
        guard let run = self.running.removeValue(forKey: id) else { return self.fault("\(id) did not run") }
        self.engines[run.engine]?.running[run.ticket.model, default: 0] -= 1
        self.projects[run.ticket.project.name]?.running -= 1
        self.queueRunning[run.ticket.queue, default: 0] -= 1
        self.end(id, .released)
    }

    mutating func take(_ action: SchedulerAction) {
        switch action {
        case .grant(let id, let name): self.grant(id, name)
        case .refuse(let id, let reason):
            if reason == .pinned, let entry = self.waiting[id],
                !self.hasNoPlace(entry.ticket.model, entry.ticket.engines)
            {
                self.fault("\(id) is refused although there is a place for its model")
            }
            self.leave(id, .refused)
        case .expire(let id, _): self.leave(id, .expired)
        case .drain(let model, let name, let incoming): self.drain(model, name, incoming)
        case .resume(let model, let name):
            if self.engines[name]?.draining != model { self.fault("\(model) was not drained") }
            self.engines[name]?.draining = nil
        case .unload(let model, let name):
            if self.engines[name]?.running[model] ?? 0 > 0 { self.fault("\(model) is unloaded while in use") }
            if self.engines[name]?.draining != model { self.fault("\(model) is unloaded without a drain") }
            if self.engines[name]?.pinned.contains(model) ?? false { self.fault("\(model) is unloaded though pinned") }
        case .load(let model, let name):
            self.loads += 1
            guard let engine = self.engines[name] else { return self.fault("no engine \(name)") }
            if engine.loading != nil { self.fault("two loads at once on \(name)") }
            if engine.loaded.count >= engine.capacity.maxLoadedModels { self.fault("a load on \(name) evicts") }
            let others = engine.loaded.subtracting(engine.pinned).count
            if !engine.pinned.contains(model), others + engine.pinned.count >= engine.capacity.maxLoadedModels {
                self.fault("\(model) takes a place on \(name) that is kept")
            }
            self.engines[name]?.loading = model
        }
    }

    // MARK: Whether a ticket may run

    func isHeld(_ kind: Kind) -> Bool {
        if let limit = self.projects[kind.project]?.share.concurrency {
            if (self.projects[kind.project]?.running ?? 0) >= limit { return true }
        }
        guard let limit = self.settings[kind.queue].maxConcurrent else { return false }
        return self.queueRunning[kind.queue, default: 0] >= limit
    }

    func hasRoom(_ model: ModelName, on name: EngineName) -> Bool {
        guard let engine = self.engines[name], engine.isUp, engine.loaded.contains(model), engine.draining != model
        else { return false }
        let slots = engine.capacity.parallel * engine.loaded.count
        guard engine.total < min(slots, engine.capacity.total ?? slots) else { return false }
        return engine.running[model, default: 0] < engine.capacity.parallel
    }

    func level(of entry: Entry) -> RequestClass {
        let steps = Int((self.now - entry.arrival).nanoseconds / self.settings.ageing.nanoseconds)
        let classes = RequestClass.allCases
        let own = classes.firstIndex(of: entry.ticket.requestClass) ?? 0
        return classes[max(0, own - steps)]
    }

    func oldest(_ ids: Set<TicketID>) -> MonotonicInstant? {
        ids.lazy.compactMap { self.waiting[$0]?.arrival }.min()
    }

    // MARK: Pins

    /// Whether all places of all engines are kept for other models.
    func hasNoPlace(_ model: ModelName, _ engines: [EngineName]) -> Bool {
        !engines.isEmpty
            && engines.allSatisfy { name in
                guard let engine = self.engines[name], engine.isUp, !engine.pinned.contains(model) else { return false }
                return engine.pinned.count >= engine.capacity.maxLoadedModels
                    && (!engine.loaded.contains(model) || engine.draining == model)
            }
    }

    /// The pinned models that an engine could load now, and does not.
    func neglected(on engine: Engine) -> [ModelName] {
        guard engine.isUp, engine.loading == nil, engine.draining == nil else { return [] }
        let hasPlace = engine.loaded.count < engine.capacity.maxLoadedModels
        guard hasPlace || !engine.loaded.isSubset(of: engine.pinned) else { return [] }
        return engine.pinned.subtracting(engine.loaded).filter { engine.blocked[$0].map { $0 <= self.now } ?? true }
    }
}
