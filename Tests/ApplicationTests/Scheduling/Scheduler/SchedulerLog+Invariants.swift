import Application
import Domain

extension SchedulerLog {
    /// Invariant 1, and 4 in so far as no lower class overtakes.
    mutating func grant(_ id: TicketID, _ name: EngineName) {
        guard let entry = self.waiting[id] else { return self.fault("\(id) runs without having waited") }
        let kind = self.kind(of: entry.ticket)
        if !self.hasRoom(kind.model, on: name) { self.fault("\(id) runs on \(name) without a slot") }
        if !kind.engines.contains(name) { self.fault("\(id) runs on a foreign engine") }
        if self.isHeld(kind) { self.fault("\(id) runs beyond its project's or queue's limit") }
        // A ticket whose model loads when its time is over may wait on for as long as that takes, and a little longer.
        let timeout = self.settings[kind.queue].timeout
        let grace = self.loadEnds[kind.model].map { $0.advanced(by: max(.seconds(1), timeout / 10)) }
        if entry.arrival.advanced(by: timeout) <= self.now, (grace ?? self.now) <= self.now {
            self.fault("\(id) runs late")
        }
        self.checkClass(entry, name)
        self.leave(id, nil)
        self.running[id] = Run(ticket: entry.ticket, engine: name, start: self.now)
        self.engines[name]?.running[kind.model, default: 0] += 1
        self.projects[kind.project]?.running += 1
        self.queueRunning[kind.queue, default: 0] += 1
    }

    private mutating func checkClass(_ entry: Entry, _ name: EngineName) {
        let level = self.level(of: entry)
        for (kind, _) in self.kinds where kind.model == entry.ticket.model && kind.requestClass < level {
            guard kind.engines.contains(name), !self.isHeld(kind) else { continue }
            if entry.ticket.requestClass == .batch && self.settings.batchShare > 0 {
                self.overtaken += 1
            } else {
                self.fault("\(entry.ticket.id) of class \(level) overtakes \(kind.requestClass)")
            }
            return
        }
    }

    /// Invariant 3, when an event has been dealt with: nothing waits that could run.
    ///
    /// And what is pinned is there, or on its way, and nobody waits for a place that is kept.
    mutating func checkWork() {
        for (name, engine) in self.engines {
            if let model = self.neglected(on: engine).first {
                self.fault("\(model) is pinned on \(name) and not loaded")
            }
        }
        for (kind, _) in self.kinds where self.hasNoPlace(kind.model, kind.engines) {
            return self.fault("\(kind.project) waits for a place for \(kind.model) that is kept for others")
        }
        for (kind, _) in self.kinds where !self.isHeld(kind) {
            for name in kind.engines where self.hasRoom(kind.model, on: name) {
                return self.fault("a slot of \(kind.model) on \(name) is free while \(kind.project) waits")
            }
        }
    }

    /// Invariant 6: work of the same class goes before a swap, up to the patience.
    mutating func drain(_ model: ModelName, _ name: EngineName, _ incoming: ModelName) {
        self.drains += 1
        self.seen.swaps += 1
        if self.engines[name]?.draining != nil { self.fault("two drains at once on \(name)") }
        self.engines[name]?.draining = model
        if self.engines[name]?.pinned.contains(model) ?? false { self.fault("\(model) is drained though pinned") }
        // What is pinned waits for nobody.
        if self.engines[name]?.pinned.contains(incoming) ?? false { return }
        let staying = self.kinds.filter {
            $0.key.model == model && $0.key.engines.contains(name) && !self.isHeldByProject($0.key)
        }
        let coming = self.kinds.filter { $0.key.model == incoming && $0.key.engines.contains(name) }
        guard let oldest = coming.values.compactMap({ self.oldest($0) }).min() else {
            return self.fault("\(model) makes room for nobody")
        }
        let levels = coming.values.joined().compactMap { self.waiting[$0].map { self.level(of: $0) } }
        guard let stays = staying.keys.map(\.requestClass).min(), let level = levels.min(), level >= stays else {
            return
        }
        let waited = self.now - oldest
        if waited < self.settings.patience / 4 { self.fault("\(model) is swapped out after \(waited)") }
    }

    func isHeldByProject(_ kind: Kind) -> Bool {
        guard let limit = self.projects[kind.project]?.share.concurrency else { return false }
        return (self.projects[kind.project]?.running ?? 0) >= limit
    }

    /// Invariant 7: whether a cause that a caller is told has been there since it was told something before.
    func happened(_ cause: QueueCause, since before: Seen, to id: TicketID) -> Bool {
        switch cause {
        case .higherClassArrived:
            guard let own = self.waiting[id]?.ticket.requestClass else { return false }
            return RequestClass.allCases.contains {
                $0 < own && self.seen.arrivals[$0, default: 0] > before.arrivals[$0, default: 0]
            }
        case .engineGone: return self.seen.lostEngines > before.lostEngines
        case .modelSwap: return self.seen.swaps > before.swaps
        case .projectBelowShare: return self.seen.events > before.events
        }
    }
}
