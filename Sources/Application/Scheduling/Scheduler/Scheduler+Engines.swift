import Domain

extension Scheduler {
    /// The index of an engine; one that is not known yet is down.
    mutating func index(of name: EngineName) -> EngineIndex {
        if let index = self.engineIndices[name] { return index }
        let index = self.freeEngines.popLast() ?? self.engines.count
        if index == self.engines.count {
            self.engines.append(ScheduledEngine(name: name))
        } else {
            self.engines[index] = ScheduledEngine(name: name)
        }
        self.engineIndices[name] = index
        return index
    }

    /// The index of an engine that is heard of, which is remembered from now on.
    private mutating func known(_ name: EngineName) -> EngineIndex {
        let index = self.index(of: name)
        self.engines[index].isKnown = true
        self.engines[index].isRemoved = false
        return index
    }

    /// Gives up the place of an engine that nobody names any more: names come from outside.
    mutating func forgetIfUnused(_ index: EngineIndex) {
        let name = self.engines[index].name
        guard self.engines[index].isForgotten, self.engineIndices[name] == index else { return }
        self.engineIndices[name] = nil
        self.freeEngines.append(index)
        self.spareLines = SpareLines()
    }

    // MARK: Engines

    mutating func engineUp(_ name: EngineName, _ capacity: EngineCapacity, _ loaded: [ModelName]) {
        let index = self.known(name)
        // Of an engine that has been up, the scheduler knows better what is loaded than an answer that was on its way.
        guard !self.engines[index].isUp else { return self.change(name, capacity) }
        self.changeSlots(of: index) { [now] engine in
            engine.isUp = true
            engine.capacity = capacity
            engine.blocked = [:]
            for model in loaded where engine.resident(model) == nil {
                engine.residents.append(Resident(model: model, since: now, lastUsed: now))
            }
        }
        for id in self.lineOrder where self.lines.slots[id]?.mayUse(index) ?? false {
            self.agenda.remove(.orphaned(id))
            self.noteOrphan(id)
        }
        self.markAll(index)
        self.refuseBarred(index)
    }

    mutating func engineDown(_ name: EngineName) {
        guard let index = self.engineIndices[name], self.engines[index].isUp else { return }
        if self.engines[index].transition != nil { self.transitions -= 1 }
        self.changeSlots(of: index) { engine in
            engine.isUp = false
            engine.residents = []
            engine.transition = nil
            // All that is special about its models is said anew before it is up again.
            engine.modelSlots = [:]
            engine.pinned = []
        }
        self.agenda.remove(.review(index))
        self.agenda.remove(.overdue(index))
        self.causes.note(.engineGone)
        self.markAll(index)
        for id in self.lineOrder where self.lines.slots[id]?.mayUse(index) ?? false { self.noteOrphan(id) }
    }

    /// Gives the tickets of a line without engines a while: an engine of ours is started again.
    mutating func noteOrphan(_ id: LineID) {
        guard self.isOrphaned(id), self.agenda.key(of: .orphaned(id)) == nil else { return }
        self.agenda.set(.orphaned(id), to: self.now.advanced(by: self.settings.engineGrace))
    }

    private func isOrphaned(_ id: LineID) -> Bool {
        guard let line = self.lines.slots[id], !line.all.isEmpty else { return false }
        return line.engines.allSatisfy { !self.engines[$0].isUp || self.engines[$0].bars(line.model) }
    }

    private mutating func refuseOrphans(_ id: LineID) {
        if self.isOrphaned(id) { self.refuseAll(of: id, .engineGone) }
    }

    mutating func engineRemoved(_ name: EngineName) {
        self.engineDown(name)
        guard let index = self.engineIndices[name] else { return }
        self.engines[index].isKnown = false
        self.engines[index].isRemoved = true
        self.engines[index].modelSlots = [:]
        self.engines[index].pinned = []
        for id in self.lineOrder where self.lines.slots[id]?.mayUse(index) ?? false {
            guard self.lines.slots[id]?.engines.allSatisfy({ self.engines[$0].isRemoved }) ?? false else { continue }
            self.refuseAll(of: id, .engineGone)
        }
        self.forgetIfUnused(index)
    }

    /// Changes the limits of an engine.
    mutating func change(_ name: EngineName, _ capacity: EngineCapacity) {
        let index = self.known(name)
        guard self.engines[index].capacity != capacity else { return }
        self.changeSlots(of: index) { $0.capacity = capacity }
        self.causes.note(.engineGone)
        self.markAll(index)
        self.refuseBarred(index)
    }

    /// Changes how many requests of a model an engine runs at once.
    mutating func change(_ name: EngineName, _ model: ModelName, _ slots: Int?) {
        let index = self.known(name)
        let slots = slots.map { max(0, $0) }
        guard self.engines[index].modelSlots[model] != slots else { return }
        self.changeSlots(of: index) { $0.modelSlots[model] = slots }
        self.causes.note(.engineGone)
        self.markAll(index)
    }

    /// Keeps a place for a model on an engine, or gives it to all again.
    mutating func pin(_ model: ModelName, _ name: EngineName, _ isPinned: Bool) {
        let index = self.known(name)
        guard self.engines[index].pinned.contains(model) != isPinned else { return }
        if isPinned { self.engines[index].pinned.insert(model) } else { self.engines[index].pinned.remove(model) }
        self.causes.note(.engineGone)
        self.markAll(index)
        self.refuseBarred(index)
    }

    /// Refuses whoever has no place to wait for any more: all are kept for other models.
    private mutating func refuseBarred(_ index: EngineIndex) {
        guard !self.engines[index].pinned.isEmpty else { return }
        for id in self.lineOrder where self.lines.slots[id]?.mayUse(index) ?? false {
            if self.refusal(of: id) == .pinned { self.refuseAll(of: id, .pinned) } else { self.noteOrphan(id) }
        }
    }

    // MARK: Models

    mutating func loaded(_ model: ModelName, _ name: EngineName, _ took: Duration?) {
        if let took { self.speeds.noteLoad(model, took: took) }
        guard let index = self.engineIndices[name], self.engines[index].isUp,
            self.engines[index].resident(model) == nil
        else { return }
        let transition = self.engines[index].transition
        // What is being unloaded for it goes all the same: the engine has been asked already.
        let isExpected = transition?.incoming == model && transition?.isUnloading == false
        if isExpected { self.endTransition(index) }
        self.changeSlots(of: index) { [now] engine in
            let since = isExpected ? transition?.decided ?? now : now
            engine.residents.append(Resident(model: model, since: since, lastUsed: now))
            engine.blocked[model] = nil
            guard isExpected else { return }
            if let draining = transition?.draining, let place = engine.resident(draining) {
                engine.residents[place].isDraining = false
            }
        }
        if isExpected, let draining = transition?.draining { self.actions.append(.resume(draining, name)) }
        self.mark(index)
        self.markLines(of: model)
    }

    mutating func unloaded(_ model: ModelName, _ name: EngineName) {
        guard let index = self.engineIndices[name], self.engines[index].isUp,
            self.engines[index].resident(model) != nil
        else { return }
        self.changeSlots(of: index) { engine in engine.residents.removeAll { $0.model == model } }
        if let transition = self.engines[index].transition {
            switch transition.phase {
            case .draining(model), .unloading(model): self.proceed(index, transition)
            default: break
            }
        }
        self.mark(index)
        self.refuseUnavailable(model)
    }

    mutating func unloadFailed(_ model: ModelName, _ name: EngineName) {
        guard let index = self.engineIndices[name], let transition = self.engines[index].transition,
            case .unloading(model) = transition.phase
        else { return }
        self.endTransition(index)
        self.changeSlots(of: index) { engine in
            if let place = engine.resident(model) { engine.residents[place].isDraining = false }
        }
        // Not at once again, or it would be drained and asked without end.
        self.engines[index].blocked[transition.incoming] = self.now.advanced(by: self.settings.loadRetry)
        self.actions.append(.resume(model, name))
        self.causes.note(.engineGone)
        self.mark(index)
        self.refuseUnavailable(transition.incoming)
        self.markLines(of: model)
    }

    /// The place is free: loads the model that it was made for, if that is still wanted.
    private mutating func proceed(_ index: EngineIndex, _ transition: Transition) {
        let incoming = transition.incoming
        let isWanted =
            self.engines[index].pinned.contains(incoming)
            || (self.models[incoming]?.lines ?? []).contains { self.lines.slots[$0]?.mayUse(index) ?? false }
        let isBlocked = self.engines[index].blocked[incoming].map { $0 > self.now } ?? false
        guard isWanted, !isBlocked, self.engines[index].hasPlace(for: incoming),
            self.engines[index].resident(incoming) == nil
        else { return self.endTransition(index) }
        self.engines[index].transition?.phase = .loading
        self.expectAnswer(index)
        self.actions.append(.load(incoming, self.engines[index].name))
    }

    mutating func loadFailed(_ model: ModelName, _ name: EngineName) {
        // The end of a load that nobody asked for, or no longer, says nothing of one that is asked for now.
        guard let index = self.engineIndices[name], let transition = self.engines[index].transition,
            transition.incoming == model, case .loading = transition.phase
        else { return }
        self.endTransition(index)
        self.engines[index].blocked[model] = self.now.advanced(by: self.settings.loadRetry)
        self.causes.note(.engineGone)
        self.mark(index)
        self.refuseUnavailable(model)
    }

    /// Refuses the tickets of a model that none of their engines can load.
    mutating func refuseUnavailable(_ model: ModelName) {
        for id in self.models[model]?.lines ?? [] {
            self.markHungry(id)
            if let refusal = self.refusal(of: id) { self.refuseAll(of: id, refusal) }
        }
    }

    private mutating func refuseAll(of line: LineID, _ reason: SchedulerAction.Refusal) {
        while let ticket = self.lines.slots[line]?.all.first(in: self.waiting) { self.refuse(ticket.id, reason) }
    }

    /// Ends a change of models, whatever it has come to.
    private mutating func endTransition(_ index: EngineIndex) {
        self.transitions -= 1
        self.agenda.remove(.overdue(index))
        self.changeSlots(of: index) { $0.transition = nil }
    }

    /// Gives up a change of models of which nothing has been heard.
    private mutating func giveUp(_ index: EngineIndex) {
        guard let transition = self.engines[index].transition else { return }
        let name = self.engines[index].name
        switch transition.phase {
        case .draining: break
        case .unloading(let model): self.unloadFailed(model, name)
        case .loading: self.loadFailed(transition.incoming, name)
        }
    }

    // MARK: Parts

    /// Changes an engine, and with it the slots that its models have in all.
    mutating func changeSlots(of index: EngineIndex, _ body: (inout ScheduledEngine) -> Void) {
        self.addSlots(of: index, times: -1)
        body(&self.engines[index])
        self.addSlots(of: index, times: 1)
    }

    private mutating func addSlots(of index: EngineIndex, times factor: Int) {
        let engine = self.engines[index]
        for resident in engine.residents { self.add(engine, index, resident.model, times: factor) }
        if let model = engine.transition?.incoming, engine.resident(model) == nil {
            self.add(engine, index, model, times: factor)
        }
    }

    private mutating func add(_ engine: ScheduledEngine, _ index: EngineIndex, _ model: ModelName, times factor: Int) {
        guard let slots = engine.supply(of: model) else { return }
        for id in self.models[model]?.lines ?? [] where self.lines.slots[id]?.mayUse(index) ?? false {
            self.lines.slots[id]?.supply += factor * slots
            self.lines.slots[id]?.places += factor
        }
        self.models[model, default: ModelState()].supply += factor * slots
        self.models[model]?.places += factor
        self.dropIfEmpty(model)
    }

    private mutating func markAll(_ index: EngineIndex) {
        self.mark(index)
        for id in self.lineOrder where self.lines.slots[id]?.mayUse(index) ?? false { self.markHungry(id) }
    }

    private mutating func markLines(of model: ModelName) {
        for id in self.models[model]?.lines ?? [] { self.markHungry(id) }
    }

    // MARK: Time

    /// Does what has become due.
    mutating func passTime() {
        while let next = self.agenda.first, next.key <= self.now {
            self.agenda.remove(next.id)
            switch next.id {
            case .expiry(let ticket): self.expire(ticket)
            case .ageing(let line, let flow): self.refresh(flow, in: line)
            case .review(let index): self.mark(index)
            case .overdue(let index): self.giveUp(index)
            case .end(let contest): self.end(contest)
            case .forget(let flow): self.forget(flow)
            case .orphaned(let line): self.refuseOrphans(line)
            }
        }
    }
}
