import DequeModule
import Domain

/// First in, first out: what the scheduler is compared with.
///
/// A ticket goes to the engine with the shortest line, to one that worked with its model last where lines are equal, and
/// each line is served strictly in order: whoever is first gets its model loaded for it, and nobody passes.
public struct FIFOScheduler: SchedulingPolicy {
    private struct Engine {
        let name: EngineName
        var capacity: EngineCapacity
        var line: Deque<SchedulerTicket> = []
        var loaded: [ModelName]
        var running: [ModelName: Int] = [:]
        var lastModel: ModelName?
        /// Whether a load or an unload is under way.
        var isBusy = false

        var total: Int { self.running.values.reduce(0, +) }
    }

    private let settings: SchedulerSettings
    private var engines: [Engine] = []
    private var indices: [EngineName: Int] = [:]
    private var waiting = 0
    private var timeouts = KeyedHeap<TicketID, MonotonicInstant>()
    private var places: [TicketID: Int] = [:]
    private var models: [TicketID: ModelName] = [:]

    /// Starts without engines.
    public init(settings: SchedulerSettings) {
        self.settings = settings
    }

    /// When the next ticket has waited too long.
    public var nextWakeup: MonotonicInstant? { self.timeouts.first?.key }

    /// Takes in an event and tells what is to be done.
    public mutating func handle(_ event: SchedulerEvent, at instant: MonotonicInstant) -> [SchedulerAction] {
        var actions: [SchedulerAction] = []
        while let next = self.timeouts.first, next.key <= instant {
            self.timeouts.remove(next.id)
            guard let place = self.places.removeValue(forKey: next.id) else { continue }
            self.engines[place].line.removeAll { $0.id == next.id }
            self.models[next.id] = nil
            self.waiting -= 1
            actions.append(.expire(next.id, .queueTimeout))
            self.serve(place, &actions)
        }
        switch event {
        case .arrived(let ticket): self.arrive(ticket, instant, &actions)
        case .released(let id, _):
            guard let place = self.places.removeValue(forKey: id), let model = self.models.removeValue(forKey: id)
            else { break }
            self.engines[place].running[model, default: 1] -= 1
            self.serve(place, &actions)
        case .engineUp(let name, let capacity, let loaded):
            self.indices[name] = self.engines.count
            self.engines.append(Engine(name: name, capacity: capacity, loaded: loaded))
        case .loaded(let model, let name, _):
            guard let place = self.indices[name] else { break }
            self.engines[place].loaded.append(model)
            self.engines[place].isBusy = false
            self.serve(place, &actions)
        case .unloaded(let model, let name):
            guard let place = self.indices[name] else { break }
            self.engines[place].loaded.removeAll { $0 == model }
            self.engines[place].isBusy = false
            self.serve(place, &actions)
        default: break
        }
        return actions
    }

    private mutating func arrive(
        _ ticket: SchedulerTicket,
        _ instant: MonotonicInstant,
        _ actions: inout [SchedulerAction]
    ) {
        let candidates = ticket.engines.compactMap { self.indices[$0] }
        guard self.waiting < self.settings[ticket.queue].maxQueueSize,
            let place = candidates.min(by: { self.weight($0, ticket.model) < self.weight($1, ticket.model) })
        else { return actions.append(.refuse(ticket.id, .queueFull)) }
        self.waiting += 1
        self.places[ticket.id] = place
        self.models[ticket.id] = ticket.model
        self.timeouts.set(ticket.id, to: instant.advanced(by: self.settings[ticket.queue].timeout))
        self.engines[place].line.append(ticket)
        self.engines[place].lastModel = ticket.model
        self.serve(place, &actions)
    }

    private func weight(_ place: Int, _ model: ModelName) -> (Int, Int) {
        let engine = self.engines[place]
        return (engine.line.count + engine.total, engine.lastModel == model ? 0 : 1)
    }

    private mutating func serve(_ place: Int, _ actions: inout [SchedulerAction]) {
        while !self.engines[place].isBusy, let first = self.engines[place].line.first {
            let engine = self.engines[place]
            guard engine.loaded.contains(first.model) else { return self.makeRoom(place, first.model, &actions) }
            guard engine.running[first.model, default: 0] < engine.capacity.parallel,
                engine.total < engine.capacity.total ?? .max
            else { return }
            self.engines[place].line.removeFirst()
            self.engines[place].running[first.model, default: 0] += 1
            self.waiting -= 1
            self.timeouts.remove(first.id)
            actions.append(.grant(first.id, engine.name))
        }
    }

    private mutating func makeRoom(_ place: Int, _ model: ModelName, _ actions: inout [SchedulerAction]) {
        let engine = self.engines[place]
        if engine.loaded.count < engine.capacity.maxLoadedModels {
            actions.append(.load(model, engine.name))
        } else if let idle = engine.loaded.first(where: { engine.running[$0, default: 0] == 0 }) {
            actions.append(.unload(idle, engine.name))
        } else {
            return
        }
        self.engines[place].isBusy = true
    }
}
