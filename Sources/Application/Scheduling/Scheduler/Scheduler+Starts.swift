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
            guard let choice = self.choose(among: placeable, on: nil),
                let engine = self.freeEngine(for: choice.line), self.startNext(on: engine)
            else { return }
        }
    }

    /// The least busy engine on which a line's next ticket could start now.
    private func freeEngine(for id: LineID) -> EngineIndex? {
        guard self.lines.slots[id]?.level != nil, let model = self.lines.slots[id]?.model,
            let queue = self.lines.slots[id]?.queue,
            !self.isFull(queue)
        else { return nil }
        var best: (index: EngineIndex, load: Double)?
        for index in self.lines.slots[id]?.engines ?? [] where self.engines[index].hasRoom(for: model) {
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
                guard self.lines.slots[id]?.mayUse(index) ?? false, let queue = self.lines.slots[id]?.queue,
                    !self.isFull(queue)
                else { continue }
                lines.append(id)
            }
        }
        guard let choice = self.choose(among: lines, on: index) else { return false }
        return self.start(choice, on: index)
    }

    /// The ticket that is next among lines: the most urgent class, in it the smallest tag.
    ///
    /// Aged tickets of lower classes compete with the most urgent class of which one waits. So age protects from higher
    /// classes, and between tickets of one class weights decide, however old they are.
    private func choose(among ids: [LineID], on index: EngineIndex?) -> Choice? {
        var own: RequestClass?
        for id in ids {
            guard let other = self.lines.slots[id]?.nativeClass else { continue }
            own = min(own ?? other, other)
        }
        guard let level = own else { return nil }
        if level != .batch, self.waitingBatch > 0, let index, let owed = self.first(among: ids, at: .batch),
            let cost = self.waiting[owed.turn.ticket]?.cost,
            self.engines[index].batchCredit.covers(cost, epoch: self.batchEpoch)
        {
            return owed
        }
        return self.first(among: ids, at: level)
    }

    private func first(among ids: [LineID], at level: RequestClass) -> Choice? {
        var best: Choice?
        for id in ids {
            guard let own = self.lines.slots[id]?.turns[level].first?.key, let contest = self.lines.slots[id]?.contest
            else {
                continue
            }
            let turn = own.later(by: self.shares.contests.slots[contest]?.lead[level] ?? 0)
            if best.map({ turn < $0.turn }) ?? true { best = Choice(line: id, level: level, turn: turn) }
        }
        return best
    }

    /// Starts a ticket.
    ///
    /// - Returns: whether it still waited: a number that somebody used twice may have gone from another line.
    private mutating func start(_ choice: Choice, on index: EngineIndex) -> Bool {
        if !self.told.isEmpty, let told = self.told[choice.turn.ticket] { self.estimates.note(self.now - told.start) }
        guard let entry = self.take(choice.turn.ticket) else { return false }
        let (contest, rivals) = self.charge(entry, at: choice.level, on: index)
        self.engines[index].start(entry.ticket.model, at: self.now)
        self.shares.flows.slots[entry.flow.number]?.running += 1
        self.queues[entry.ticket.queue].running += 1
        let isHeld = self.projects.change(entry.ticket.project.name) { project in
            project.running += 1
            return project.isHeld
        }
        self.noteBatchShare(entry, on: index)
        self.running[entry.id] = RunningTicket(
            entry: entry,
            engine: index,
            granted: self.now,
            level: choice.level,
            contest: contest,
            rivals: rivals
        )
        self.actions.append(.grant(entry.id, self.engines[index].name))
        if isHeld ?? false { self.refreshAll(of: entry.ticket.project.name) } else { self.rekey(entry.flow) }
        return true
    }

    // MARK: Accounts

    /// Charges a start to the flow's account where it won, and where others of its tickets could have had the slot.
    private mutating func charge(
        _ entry: WaitingTicket,
        at level: RequestClass,
        on index: EngineIndex
    ) -> (contest: ContestID, rivals: [ContestKey]) {
        let contest = self.lines.slots[entry.line]?.contest ?? 0
        let start = self.shares.tag(of: entry.flow, in: contest, at: level) ?? 0
        self.advance(contest, to: start, at: level, on: index)
        self.shares.contests.slots[contest]?.runs += 1
        self.shares.charge(entry.flow, contest, entry.cost, at: level)
        guard self.shares.flows.slots[entry.flow.number]?.accounts.count ?? 0 > 1 else { return (contest, []) }
        let rivals = self.shares.contests(of: entry.flow).filter {
            $0.contest != contest && self.competes($0.contest, for: entry.ticket.model, on: index)
        }
        for rival in rivals { self.shares.charge(entry.flow, rival.contest, entry.cost, at: level) }
        return (contest, rivals)
    }

    /// Whether the slots of a model on an engine could be a contest's.
    private func competes(_ id: ContestID, for model: ModelName, on index: EngineIndex) -> Bool {
        guard let contest = self.shares.contests.slots[id], contest.engineSet.contains(index) else { return false }
        return contest.model == model || self.engines[index].isBoundInTotal
            || self.engines[index].resident(contest.model) == nil
    }

    /// Brings virtual time forward, of the contest and of the engine.
    ///
    /// Contests that need not share a slot of an engine for long drift apart; that may not keep one of them from its
    /// slots for as long once they do.
    private mutating func advance(_ id: ContestID, to start: Double, at level: RequestClass, on index: EngineIndex) {
        guard let time = self.shares.contests.slots[id]?.time[level],
            let lead = self.shares.contests.slots[id]?.lead[level]
        else { return }
        self.shares.contests.slots[id]?.time[level] = max(time, start)
        let present = self.engines[index].time[level]
        let behind = present - start - lead - Scheduler.drift * self.settings.patience.inSeconds
        if behind > 0 { self.shares.contests.slots[id]?.lead[level] += behind }
        self.engines[index].time[level] = max(present, start + lead)
    }

    /// How far the contests of one engine may be apart, in patiences.
    private static let drift = 10.0

    /// Notes what a start means for the share of batches on an engine: it is earned and spent where batches wait.
    private mutating func noteBatchShare(_ entry: WaitingTicket, on index: EngineIndex) {
        guard entry.ticket.requestClass != .batch else { return self.engines[index].batchCredit.spend(entry.cost) }
        guard self.waitingBatch > 0, self.hasBatch(on: index) else { return }
        let share = min(0.99, max(0, self.settings.batchShare))
        self.engines[index].batchCredit.earn(entry.cost, share: share, epoch: self.batchEpoch)
    }

    private func hasBatch(on index: EngineIndex) -> Bool {
        self.engines[index].residents.contains { resident in
            (self.models[resident.model]?.lines ?? []).contains { id in
                (self.lines.slots[id]?.natives[.batch] ?? 0) > 0 && self.lines.slots[id]?.mayUse(index) ?? false
            }
        }
    }
}
