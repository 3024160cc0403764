import Domain

extension Scheduler {
    /// The index of an engine; one that is not known yet is down.
    mutating func index(of name: EngineName) -> EngineIndex {
        if let index = self.engineIndices[name] { return index }
        self.engines.append(ScheduledEngine(name: name))
        self.engineIndices[name] = self.engines.count - 1
        return self.engines.count - 1
    }

    // MARK: Engines

    mutating func engineUp(_ name: EngineName, _ capacity: EngineCapacity, _ loaded: [ModelName]) {
        let index = self.index(of: name)
        // Of an engine that has been up, the scheduler knows better what is loaded than an answer that was on its way.
        guard !self.engines[index].isUp else { return self.change(name) { $0.capacity = capacity } }
        self.changeSlots(of: index) { [now] engine in
            engine.isUp = true
            engine.capacity = capacity
            engine.blocked = [:]
            for model in loaded where engine.resident(model) == nil {
                engine.residents.append(Resident(model: model, since: now, lastUsed: now))
            }
        }
        for id in self.lineOrder where self.lines[id]?.mayUse(index) ?? false { self.agenda.remove(.orphaned(id)) }
        self.markAll(index)
    }

    mutating func engineDown(_ name: EngineName) {
        let index = self.index(of: name)
        guard self.engines[index].isUp else { return }
        if self.engines[index].transition != nil { self.transitions -= 1 }
        self.changeSlots(of: index) { engine in
            engine.isUp = false
            engine.residents = []
            engine.transition = nil
        }
        self.agenda.remove(.review(index))
        self.causes.note(.engineGone)
        self.markAll(index)
        for id in self.lineOrder where self.lines[id]?.mayUse(index) ?? false { self.noteOrphan(id) }
    }

    /// Gives the tickets of a line without engines a while: an engine of ours is started again.
    mutating func noteOrphan(_ id: LineID) {
        guard self.isOrphaned(id), self.agenda.key(of: .orphaned(id)) == nil else { return }
        self.agenda.set(.orphaned(id), to: self.now.advanced(by: self.settings.engineGrace))
    }

    private func isOrphaned(_ id: LineID) -> Bool {
        guard let line = self.lines[id], !line.all.isEmpty else { return false }
        return line.engines.allSatisfy { !self.engines[$0].isUp }
    }

    private mutating func refuseOrphans(_ id: LineID) {
        guard self.isOrphaned(id) else { return }
        while let ticket = self.lines[id]?.all.first(in: self.waiting) { self.refuse(ticket.id, .engineGone) }
    }

    /// Changes the limits of an engine.
    mutating func change(_ name: EngineName, _ body: (inout ScheduledEngine) -> Void) {
        let index = self.index(of: name)
        self.changeSlots(of: index, body)
        self.causes.note(.engineGone)
        self.markAll(index)
    }

    // MARK: Models

    mutating func loaded(_ model: ModelName, _ name: EngineName, _ took: Duration?) {
        let index = self.index(of: name)
        if let took { self.speeds.noteLoad(model, took: took) }
        guard self.engines[index].isUp, self.engines[index].resident(model) == nil else { return }
        let transition = self.engines[index].transition
        let isExpected = transition?.incoming == model
        if isExpected { self.transitions -= 1 }
        self.changeSlots(of: index) { [now] engine in
            let since = isExpected ? transition?.decided ?? now : now
            engine.residents.append(Resident(model: model, since: since, lastUsed: now))
            engine.blocked[model] = nil
            guard isExpected else { return }
            engine.transition = nil
            if let draining = transition?.draining, let place = engine.resident(draining) {
                engine.residents[place].isDraining = false
            }
        }
        if isExpected, let draining = transition?.draining { self.actions.append(.resume(draining, name)) }
        self.mark(index)
        self.markLines(of: model)
    }

    mutating func unloaded(_ model: ModelName, _ name: EngineName) {
        let index = self.index(of: name)
        guard self.engines[index].isUp, self.engines[index].resident(model) != nil else { return }
        self.changeSlots(of: index) { engine in engine.residents.removeAll { $0.model == model } }
        if let transition = self.engines[index].transition {
            switch transition.phase {
            case .draining(model), .unloading(model): self.proceed(index, transition)
            default: break
            }
        }
        self.mark(index)
        self.markLines(of: model)
    }

    /// The place is free: loads the model that it was made for, if that is still wanted.
    private mutating func proceed(_ index: EngineIndex, _ transition: Transition) {
        let isWanted = (self.models[transition.incoming]?.lines ?? []).contains {
            self.lines[$0]?.mayUse(index) ?? false
        }
        guard isWanted, self.engines[index].hasPlace else {
            self.transitions -= 1
            return self.changeSlots(of: index) { $0.transition = nil }
        }
        self.engines[index].transition?.phase = .loading
        self.actions.append(.load(transition.incoming, self.engines[index].name))
    }

    mutating func loadFailed(_ model: ModelName, _ name: EngineName) {
        let index = self.index(of: name)
        guard self.engines[index].isUp, self.engines[index].resident(model) == nil else { return }
        if self.engines[index].transition?.incoming == model, case .loading = self.engines[index].transition?.phase {
            self.transitions -= 1
            self.changeSlots(of: index) { $0.transition = nil }
        }
        self.engines[index].blocked[model] = self.now.advanced(by: self.settings.loadRetry)
        self.causes.note(.engineGone)
        self.mark(index)
        for id in self.models[model]?.lines ?? [] {
            self.markHungry(id)
            guard self.isUnavailable(id) else { continue }
            while let ticket = self.lines[id]?.all.first(in: self.waiting) { self.refuse(ticket.id, .modelUnavailable) }
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
        guard engine.isUp else { return }
        for resident in engine.residents {
            let slots = resident.isDraining ? 0 : engine.slots(of: resident.model)
            self.add(factor * slots, places: factor, to: resident.model)
        }
        if let model = engine.transition?.incoming, engine.resident(model) == nil {
            self.add(factor * engine.slots(of: model), places: factor, to: model)
        }
    }

    private mutating func add(_ slots: Int, places: Int, to model: ModelName) {
        self.models[model, default: ModelState()].supply += slots
        self.models[model]?.places += places
        self.dropIfEmpty(model)
    }

    private mutating func markAll(_ index: EngineIndex) {
        self.mark(index)
        for id in self.lineOrder where self.lines[id]?.mayUse(index) ?? false { self.markHungry(id) }
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
            case .forget(let flow): self.forget(flow)
            case .orphaned(let line): self.refuseOrphans(line)
            }
        }
    }
}
