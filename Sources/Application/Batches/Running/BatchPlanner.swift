import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Chooses whose item gets the next ticket: a value without I/O and without a clock.
///
/// It keeps for each model at most twice the tickets that its slots could run, and for each model with work at least one,
/// so that the scheduler, which knows the engines, always has something to choose from and never a crowd. Models are not
/// mixed beyond that: a slot that becomes free goes on with the model that is loaded. For one model projects take turns by
/// weight, and a project's batches go by their deadlines.
struct BatchPlanner: Sendable {
    /// The items of one batch that want the same model.
    struct Lot: Sendable, Hashable {
        let batch: BatchID
        /// The model's canonical name; empty where the items leave it to the service.
        let model: String
        /// Whose batch it is.
        let project: ProjectName
    }

    /// What waits of a lot.
    private struct Waiting {
        let lot: Lot
        let weight: Double
        let deadline: Date
        let createdAt: Date
        var count: Int
    }

    private var waiting: [Waiting] = []
    private var inFlight: [Lot: Int] = [:]
    /// What projects have been given of a model, in turns for their weight.
    private var turns: [String: [ProjectName: Double]] = [:]
    private var heldProjects: [ProjectName: MonotonicInstant] = [:]
    private var slots: [String: Int] = [:]
    private var totalSlots = 1

    /// How many tickets there are for each slot that could run them.
    static let ticketsPerSlot = 2

    // MARK: What is known

    /// Takes what waits now in place of what was known.
    ///
    /// `weight`: a project's share beside others, above 0.
    mutating func update(_ work: [BatchWork], weight: (ProjectName) -> Double) {
        self.waiting = work.map { work in
            Waiting(
                lot: Lot(batch: work.batch, model: work.model, project: work.project),
                weight: weight(work.project),
                deadline: work.expiresAt,
                createdAt: work.createdAt,
                count: work.waiting
            )
        }
        var known: [String: Set<ProjectName>] = [:]
        for lot in self.waiting.map(\.lot) + self.inFlight.keys { known[lot.model, default: []].insert(lot.project) }
        for (model, turns) in self.turns {
            let kept = turns.filter { known[model]?.contains($0.key) ?? false }
            self.turns[model] = kept.isEmpty ? nil : kept
        }
        // Who comes new is level with whoever has been given least, from now on: it may not be overtaken for ever.
        for (model, projects) in known {
            let level = self.turns[model]?.values.min() ?? 0
            for project in projects where self.turns[model]?[project] == nil {
                self.turns[model, default: [:]][project] = level
            }
        }
    }

    /// The models of all that waits or is on its way.
    var models: Set<String> { Set(self.waiting.map(\.lot.model)).union(self.inFlight.keys.map(\.model)) }

    /// Takes how many requests of each model the engines could run at once, and how many of all models together.
    mutating func update(slots: [String: Int], total: Int) {
        self.slots = slots
        self.totalSlots = max(1, total)
    }

    /// A project's limits are reached: nothing of it starts before an instant.
    mutating func hold(_ project: ProjectName, until instant: MonotonicInstant) {
        self.heldProjects[project] = max(self.heldProjects[project] ?? instant, instant)
    }

    /// How many items are on their way.
    var running: Int { self.inFlight.values.reduce(0, +) }

    /// When the first project that is held may go on; nil if none is.
    func nextRelease(after now: MonotonicInstant) -> MonotonicInstant? {
        self.heldProjects.values.filter { $0 > now }.min()
    }

    // MARK: Choosing

    /// Chooses the lot that gets the next ticket, and counts an item of it as on its way; nil if nothing may start.
    mutating func next(at now: MonotonicInstant) -> Lot? {
        self.heldProjects = self.heldProjects.filter { $0.value > now }
        let ready = self.waiting.indices.filter { index in
            self.waiting[index].count > 0 && self.heldProjects[self.waiting[index].lot.project] == nil
        }
        guard let model = self.model(among: ready),
            let index = self.first(among: ready.filter { self.waiting[$0].lot.model == model })
        else { return nil }
        let (lot, weight) = (self.waiting[index].lot, self.waiting[index].weight)
        self.waiting[index].count -= 1
        self.inFlight[lot, default: 0] += 1
        self.turns[model, default: [:]][lot.project] = self.served(lot.project, model) + 1 / weight
        return lot
    }

    /// An item that was on its way is not any more.
    mutating func ended(_ lot: Lot) {
        guard let count = self.inFlight[lot] else { return }
        self.inFlight[lot] = count > 1 ? count - 1 : nil
    }

    /// An item that was on its way waits again.
    mutating func returned(_ lot: Lot) {
        self.ended(lot)
        if let index = self.waiting.firstIndex(where: { $0.lot == lot }) { self.waiting[index].count += 1 }
    }

    /// There were fewer items than were known: nothing more is expected of the lot until the next look.
    mutating func exhausted(_ lot: Lot) {
        if let index = self.waiting.firstIndex(where: { $0.lot == lot }) { self.waiting[index].count = 0 }
    }

    // MARK: Parts

    /// The model that gets the next ticket: one that has none before all others, else that of the most urgent batch.
    private func model(among ready: [Int]) -> String? {
        var tickets: [String: Int] = [:]
        for (lot, count) in self.inFlight { tickets[lot.model, default: 0] += count }
        let isFull = self.running >= Self.ticketsPerSlot * self.totalSlots
        var best: (model: String, hasTickets: Bool, deadline: Date)?
        for index in ready {
            let (model, deadline) = (self.waiting[index].lot.model, self.waiting[index].deadline)
            let count = tickets[model] ?? 0
            guard count == 0 || !isFull && count < Self.ticketsPerSlot * (self.slots[model] ?? 0) else { continue }
            let hasTickets = count > 0
            if let best {
                let isLater = best.hasTickets == hasTickets ? best.deadline <= deadline : !best.hasTickets
                if isLater { continue }
            }
            best = (model, hasTickets, deadline)
        }
        return best?.model
    }

    /// Of the items for one model those of the project whose turn it is, and of its batches the one that expires first.
    private func first(among ready: [Int]) -> Int? {
        ready.min { left, right in
            let (left, right) = (self.waiting[left], self.waiting[right])
            if left.lot.project != right.lot.project {
                let turns = (
                    self.served(left.lot.project, left.lot.model), self.served(right.lot.project, right.lot.model)
                )
                if turns.0 != turns.1 { return turns.0 < turns.1 }
            }
            return (left.deadline, left.createdAt, left.lot.batch.description)
                < (right.deadline, right.createdAt, right.lot.batch.description)
        }
    }

    /// What a project has been given of a model; one that comes new is level with whoever has been given least.
    private func served(_ project: ProjectName, _ model: String) -> Double {
        let turns = self.turns[model] ?? [:]
        return turns[project] ?? turns.values.min() ?? 0
    }
}
