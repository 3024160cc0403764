import Domain

extension EngineDirectory.Engine {
    mutating func noteLoaded(_ model: ModelName, context: Int? = nil) {
        self.moves.touch(model)
        let known = self.loadedModel(model)
        guard known == nil || context != nil else { return }
        self.report?.loaded.removeAll { $0.name == model }
        self.report?.loaded.append(LoadedModel(name: model, context: context ?? known?.context))
    }

    /// It could not be reached just now.
    mutating func suspect() {
        guard self.state == .up else { return }
        self.state = .down
        self.probeFault = "engine_unreachable"
    }

    /// What an observer should know of the engine; nil while it takes no requests.
    fileprivate func tellable(
        _ aliases: ModelAliases,
        _ breakers: BreakerBoard,
        pinned: Set<ModelName>,
        at now: MonotonicInstant
    ) -> EngineDirectory.Told? {
        let name = self.client.identity.name
        let breaker = breakers.state(of: name, at: now)
        guard self.state == .up, breaker != .open else { return nil }
        var slots = Dictionary(self.singleSlotModels(aliases).map { ($0, 1) }) { $1 }
        slots.merge(breakers.heldBack(on: name, at: now)) { min($0, $1) }
        slots.merge(self.held.mapValues { _ in 0 }) { min($0, $1) }
        var capacity = self.capacity
        // One request finds out whether the engine works again.
        if breaker == .halfOpen { capacity.total = 1 }
        // A model that we move is as it was before, until the move has ended.
        let moving = Set(self.moves.underWay.map(aliases.canonical))
        let before = (self.told?.loaded ?? []).filter { moving.contains($0) }
        return EngineDirectory.Told(
            capacity: capacity,
            loaded: before + self.residents(aliases).filter { !moving.contains($0) },
            modelSlots: slots,
            pinned: pinned
        )
    }
}

extension EngineDirectory.State {
    /// Finds out anew which models have the same weights.
    mutating func refreshAliases() {
        self.aliases = ModelAliases(self.order.compactMap { self.engines[$0]?.report })
    }

    /// Forgets what was learnt of an engine that is another now, or is gone.
    mutating func forget(_ name: EngineName) {
        self.breakers.forget(name)
        self.watchdog.forget(name)
        self.refreshAliases()
    }

    /// Puts everything into the outbox in which the engines differ from what the observer knows.
    mutating func notice(at now: MonotonicInstant) {
        for name in self.order {
            guard let engine = self.engines[name] else { continue }
            let new = engine.tellable(self.aliases, self.breakers, pinned: self.pinned(on: engine), at: now)
            guard new != engine.told else { continue }
            self.outbox.add(EngineDirectory.differences(of: name, from: engine.told, to: new))
            self.engines[name]?.told = new
            if new == nil { self.engines[name]?.absences += 1 }
        }
    }
}

extension EngineDirectory {
    /// The events that lead from what an observer knows to what is true.
    static func differences(of name: EngineName, from old: Told?, to new: Told?) -> [EngineEvent] {
        guard let new else { return old == nil ? [] : [.down(name)] }
        var events: [EngineEvent] = []
        let slots = Set(new.modelSlots.keys).union(old?.modelSlots.keys ?? [:].keys)
            .filter { new.modelSlots[$0] != old?.modelSlots[$0] }
            .sorted { $0.canonical < $1.canonical }
            .map { EngineEvent.modelSlots($0, name, new.modelSlots[$0]) }
        let pins = new.pinned.symmetricDifference(old?.pinned ?? []).sorted { $0.canonical < $1.canonical }
            .map { EngineEvent.pinned($0, name, new.pinned.contains($0)) }
        guard let old else { return slots + pins + [.up(name, new.capacity, loaded: new.loaded)] }
        if old.capacity != new.capacity { events.append(.changed(name, new.capacity)) }
        events += slots + pins
        events += old.loaded.filter { !new.loaded.contains($0) }.map { .unloaded($0, name) }
        events += new.loaded.filter { !old.loaded.contains($0) }.map { .loaded($0, name, took: nil) }
        return events
    }
}
