import Domain

/// The places for models of an engine, of which each may be kept for one.
extension ScheduledEngine {
    /// Whether it can take a model without giving one up; nothing may ever make it evict one itself.
    ///
    /// A place that is kept for another model is none, even if that is not there.
    func hasPlace(for model: ModelName) -> Bool {
        guard self.residents.count < self.capacity.maxLoadedModels else { return false }
        guard !self.pinned.isEmpty, !self.pinned.contains(model) else { return true }
        let others = self.residents.count { !self.pinned.contains($0.model) }
        return others < self.capacity.maxLoadedModels - self.pinned.count
    }

    /// Whether a model can never run here, for all places are kept for others.
    ///
    /// One that is there all the same is used until it has to go.
    @inline(__always)
    func bars(_ model: ModelName) -> Bool {
        guard self.isUp, !self.pinned.isEmpty, self.pinned.count >= self.capacity.maxLoadedModels,
            !self.pinned.contains(model)
        else { return false }
        return self.resident(model).map { self.residents[$0].isDraining } ?? true
    }

    /// The pinned models that are not there, in an order that is always the same.
    var absentPins: [ModelName] {
        self.pinned.filter { self.resident($0) == nil }.sorted { $0.canonical < $1.canonical }
    }

    /// The model that is missed least among those that may go: an unused one, else the one used longest ago.
    var easiestVictim: ModelName? {
        func weight(_ resident: Resident) -> (Int, MonotonicInstant) {
            (self.running(resident.model) == 0 ? 0 : 1, resident.lastUsed)
        }
        return self.residents.filter { !$0.isDraining && !self.pinned.contains($0.model) }
            .min { weight($0) < weight($1) }?.model
    }
}
