import Domain

/// A ticket that could start, and by which right.
private struct Choice {
    let line: LineID
    let level: RequestClass
    let turn: Turn
}

extension Scheduler {
    /// Takes up what has changed until nothing follows from it any more.
    mutating func settle() {
        while !self.dirtyEngines.isEmpty || !self.dirtyLines.isEmpty {
            let engines = self.dirtyEngines
            let lines = self.dirtyLines
            self.dirtyEngines = []
            self.dirtyLines = []
            for index in engines { self.engines[index].isDirty = false }
            for index in engines { while self.startNext(on: index) {} }
            self.placeBest(of: lines)
            for index in engines { self.review(index) }
            for line in lines { self.seekEngine(for: line) }
        }
    }

    /// Starts tickets where a line has free slots.
    mutating func place(_ id: LineID) {
        while let engine = self.freeEngine(for: id), self.startNext(on: engine) {}
    }

    /// Starts tickets of several lines, the best first: they may compete for one place of their queue.
    private mutating func placeBest(of lines: [LineID]) {
        if lines.count == 1 { return self.place(lines[0]) }
        while true {
            let placeable = lines.filter { self.freeEngine(for: $0) != nil }
            guard let choice = self.choose(among: placeable), let engine = self.freeEngine(for: choice.line) else {
                return
            }
            self.start(choice, on: engine)
        }
    }

    /// The least busy engine on which a line's next ticket could start now.
    private func freeEngine(for id: LineID) -> EngineIndex? {
        guard self.lines[id]?.level != nil, let model = self.lines[id]?.model, let queue = self.lines[id]?.queue,
            !self.isFull(queue)
        else { return nil }
        var best: (index: EngineIndex, load: Double)?
        for index in self.lines[id]?.engines ?? [] where self.engines[index].hasRoom(for: model) {
            let load = self.engines[index].load
            if load < best?.load ?? .infinity { best = (index, load) }
        }
        return best?.index
    }

    /// Starts the best ticket that has a free slot on an engine.
    ///
    /// - Returns: whether there was one.
    private mutating func startNext(on index: EngineIndex) -> Bool {
        var lines: [LineID] = []
        for resident in self.engines[index].residents where self.engines[index].hasRoom(for: resident) {
            for id in self.models[resident.model]?.lines ?? [] {
                guard self.lines[id]?.mayUse(index) ?? false, let queue = self.lines[id]?.queue, !self.isFull(queue)
                else { continue }
                lines.append(id)
            }
        }
        guard let choice = self.choose(among: lines) else { return false }
        self.start(choice, on: index)
        return true
    }

    /// The ticket that is next among lines: the most urgent class, in it the smallest tag.
    ///
    /// Aged tickets of lower classes compete with the most urgent class of which one waits. So age protects from higher
    /// classes, and between tickets of one class weights decide, however old they are.
    private func choose(among ids: [LineID]) -> Choice? {
        var own: RequestClass?
        for id in ids {
            guard let other = self.lines[id]?.nativeClass else { continue }
            own = min(own ?? other, other)
        }
        guard let level = own else { return nil }
        if level != .batch, self.batchCredit.seconds > 0, let owed = self.first(among: ids, at: .batch),
            let cost = self.waiting[owed.turn.ticket]?.cost, self.batchCredit.covers(cost)
        {
            return owed
        }
        return self.first(among: ids, at: level)
    }

    private func first(among ids: [LineID], at level: RequestClass) -> Choice? {
        var best: Choice?
        for id in ids {
            guard let turn = self.lines[id]?.turns[level].first?.key else { continue }
            if best.map({ turn < $0.turn }) ?? true { best = Choice(line: id, level: level, turn: turn) }
        }
        return best
    }

    private mutating func start(_ choice: Choice, on index: EngineIndex) {
        guard let entry = self.take(choice.turn.ticket) else { return }
        if let told = entry.told { self.estimates.note(self.now - told.start) }
        let start = self.shares.charge(entry.flow, entry.cost, at: choice.level)
        self.engines[index].time[choice.level] = max(self.engines[index].time[choice.level], start)
        self.engines[index].start(entry.ticket.model, at: self.now)
        self.shares[entry.flow]?.running += 1
        self.queues[entry.ticket.queue]?.running += 1
        self.projects[entry.ticket.project.name]?.running += 1
        if entry.ticket.requestClass == .batch {
            self.batchCredit.spend(entry.cost)
        } else if self.waitingBatch > 0 {
            self.batchCredit.earn(entry.cost, share: min(0.99, max(0, self.settings.batchShare)))
        }
        self.running[entry.id] = RunningTicket(
            ticket: entry.ticket,
            engine: index,
            flow: entry.flow,
            granted: self.now,
            cost: entry.cost,
            level: choice.level
        )
        self.actions.append(.grant(entry.id, self.engines[index].name))
        let isHeld = self.projects[entry.ticket.project.name]?.isHeld ?? false
        if isHeld { self.refreshAll(of: entry.ticket.project.name) } else { self.rekey(entry.flow) }
    }
}
