import Domain

extension Scheduler {
    /// The line of a ticket; it is made if there is none.
    mutating func line(for ticket: SchedulerTicket) -> LineID {
        for id in self.models[ticket.model]?.lines ?? [] where self.lines.slots[id]?.queue == ticket.queue {
            if self.lines.slots[id]?.engineNames == ticket.engines { return id }
        }
        let id = self.lines.add(self.spareLines.take(for: ticket) ?? self.newLine(for: ticket))
        self.lineOrder.append(id)
        if let info = self.lines.slots[id]?.info { self.setUp(id, info) }
        self.models[ticket.model, default: ModelState()].lines.append(id)
        return id
    }

    private mutating func newLine(for ticket: SchedulerTicket) -> Line {
        Line(
            model: ticket.model,
            queue: ticket.queue,
            engineNames: ticket.engines,
            engines: ticket.engines.map { self.index(of: $0) }
        )
    }

    /// Forgets a line without tickets.
    mutating func dropIfEmpty(_ id: LineID) {
        guard let line = self.lines.slots[id], line.all.isEmpty else { return }
        let model = line.model
        self.lines.remove(id)
        self.spareLines.keep(line)
        self.agenda.remove(.orphaned(id))
        self.shares.contests.slots[line.contest]?.lines -= 1
        self.endLater(line.contest)
        for index in line.info.engineSet {
            self.engines[index].lines -= 1
            self.forgetIfUnused(index)
        }
        self.lineOrder.removeAll { $0 == id }
        _ = self.models.change(model) { $0.lines.removeAll { $0 == id } }
        self.dropIfEmpty(model)
    }

    /// Lets what flows have been given in a contest stand for a while when nobody is left there, so that leaving and
    /// coming back does not pay a debt.
    mutating func endLater(_ id: ContestID) {
        guard self.shares.contests.slots[id]?.isOver ?? false else { return }
        self.agenda.set(.end(id), to: self.now.advanced(by: FairShares.memory))
    }

    /// Forgets a contest.
    mutating func end(_ id: ContestID) {
        guard let contest = self.shares.contests.slots[id], contest.isOver else { return }
        self.agenda.remove(.end(id))
        self.shares.removeContest(id)
        self.models[contest.model]?.contests.removeAll { $0 == id }
        self.dropIfEmpty(contest.model)
    }

    mutating func dropIfEmpty(_ model: ModelName) {
        if self.models[model]?.isEmpty ?? false { self.models[model] = nil }
    }

    /// Connects a new line with its engines, its contest and its supply.
    private mutating func setUp(_ id: LineID, _ info: Line.Info) {
        for index in info.engineSet {
            self.engines[index].lines += 1
            guard let slots = self.engines[index].supply(of: info.model) else { continue }
            self.lines.slots[id]?.supply += slots
            self.lines.slots[id]?.places += 1
        }
        let known = self.models[info.model]?.contests.first {
            self.shares.contests.slots[$0]?.engineSet == info.engineSet
        }
        let contest = known ?? self.shares.addContest(info.model, info.engineSet)
        if known == nil { self.models[info.model]?.contests.append(contest) }
        self.shares.contests.slots[contest]?.lines += 1
        self.agenda.remove(.end(contest))
        self.lines.slots[id]?.contest = contest
    }

    // MARK: Turns

    /// Brings a flow's place in a line up to date: after its first ticket, its tag or its project's limit has changed.
    ///
    /// `ages`: whether its ageing is planned as well; see ``refreshAgeing(of:in:)``.
    mutating func refresh(_ flow: FlowID, in line: LineID, ages: Bool = true) {
        guard let first = self.lines.slots[line]?.flows[flow]?.first, let head = self.waiting[first] else {
            return self.leave(flow, line)
        }
        let isHeld = self.projects[head.ticket.project.name]?.isHeld ?? false
        let level = self.level(of: head)
        let hadDemand = self.lines.slots[line]?.level
        for other in RequestClass.allCases where other <= head.ticket.requestClass {
            self.compete(flow, line, head, at: other, !isHeld && level <= other)
        }
        if ages { self.setAgeing(flow, line, head) }
        self.noteDemand(line, before: hadDemand)
    }

    /// Plans when the first ticket of a flow in a line counts as one of a higher class.
    mutating func refreshAgeing(of flow: FlowID, in line: LineID) {
        guard let first = self.lines.slots[line]?.flows[flow]?.first, let head = self.waiting[first] else { return }
        self.setAgeing(flow, line, head)
    }

    /// The class as which a ticket counts by now.
    func level(of entry: WaitingTicket) -> RequestClass {
        let own = entry.ticket.requestClass
        guard own != .interactive, self.ages(entry) else { return own }
        return own.raised(by: Int((self.now - entry.arrival).nanoseconds / self.settings.ageing.nanoseconds))
    }

    private func ages(_ entry: WaitingTicket) -> Bool {
        self.settings.ageing > .zero && !entry.ticket.isBackground
    }

    private mutating func compete(
        _ flow: FlowID,
        _ line: LineID,
        _ head: WaitingTicket,
        at level: RequestClass,
        _ competes: Bool
    ) {
        let isNative = level == head.ticket.requestClass
        let did = self.lines.slots[line]?.turns[level].contains(flow) ?? false
        guard competes else {
            if did { self.stopCompeting(flow, line, at: level, isNative) }
            return
        }
        if !did {
            let isNew = self.shares.enter(flow, self.contest(line), level, at: self.joinTime(line, level))
            if isNative { self.lines.slots[line]?.natives[level] += 1 }
            if isNew { self.causes.note(.projectBelowShare, in: level) }
        }
        let turn = Turn(
            tag: self.shares.tag(of: flow, in: self.contest(line), at: level) ?? 0,
            isAged: !isNative,
            arrival: head.arrival,
            ticket: head.id
        )
        self.lines.slots[line]?.turns[level].set(flow, to: turn)
    }

    private mutating func stopCompeting(_ flow: FlowID, _ line: LineID, at level: RequestClass, _ isNative: Bool) {
        self.lines.slots[line]?.turns[level].remove(flow)
        self.shares.leave(flow, self.contest(line), level)
        if isNative { self.lines.slots[line]?.natives[level] -= 1 }
    }

    /// Takes a flow that has no ticket any more out of a line.
    private mutating func leave(_ flow: FlowID, _ line: LineID) {
        let before = self.lines.slots[line]?.level
        let own = self.shares.flows.slots[flow.number]?.requestClass
        for level in RequestClass.allCases where self.lines.slots[line]?.turns[level].contains(flow) ?? false {
            self.stopCompeting(flow, line, at: level, level == own)
        }
        self.lines.slots[line]?.flows[flow] = nil
        self.shares.flows.slots[flow.number]?.lines.removeAll { $0 == line }
        self.agenda.remove(.ageing(line, flow))
        self.noteDemand(line, before: before)
        self.dropIfEmpty(line)
    }

    /// The virtual time at which a flow joins those that compete in a line.
    ///
    /// It is that of those whom it meets in the contest, else that of the engines.
    private func joinTime(_ id: LineID, _ level: RequestClass) -> Double {
        let contest = self.contest(id)
        guard let runs = self.shares.contests.slots[contest]?.runs,
            let time = self.shares.contests.slots[contest]?.time[level]
        else { return 0 }
        if runs > 0 { return time }
        if let turn = self.lines.slots[id]?.turns[level].first { return turn.key.tag }
        let engines = self.lines.slots[id]?.info.engineSet ?? EngineSet([])
        let present = engines.lazy.map { self.engines[$0].time[level] }.max() ?? 0
        return max(time, present - (self.shares.contests.slots[contest]?.lead[level] ?? 0))
    }

    private func contest(_ line: LineID) -> ContestID { self.lines.slots[line]?.contest ?? 0 }

    private mutating func setAgeing(_ flow: FlowID, _ line: LineID, _ head: WaitingTicket) {
        let level = self.level(of: head)
        guard level != .interactive, self.ages(head) else {
            self.agenda.remove(.ageing(line, flow))
            return
        }
        let steps = head.ticket.requestClass.rank - level.rank + 1
        self.agenda.set(.ageing(line, flow), to: head.arrival.advanced(by: self.settings.ageing * steps))
    }

    /// Gives a flow's turns its present tags.
    mutating func rekey(_ flow: FlowID) {
        for line in self.shares.flows.slots[flow.number]?.lines ?? [] { self.refresh(flow, in: line) }
    }

    /// Brings all turns of a project up to date.
    mutating func refreshAll(of project: ProjectName) {
        for requestClass in RequestClass.allCases {
            if let flow = self.projects[project]?.flows[requestClass] { self.rekey(flow) }
        }
    }

    // MARK: Demand

    /// Has those looked at whom a change of a line's demand concerns.
    private mutating func noteDemand(_ id: LineID, before: RequestClass?) {
        let level = self.lines.slots[id]?.level
        guard level != before else { return }
        self.markHungry(id)
        // Less demand may end a drain, or let another line have the place.
        let isLess = level.map { before ?? .interactive < $0 } ?? true
        guard self.transitions > 0 || isLess && self.lineOrder.contains(where: { self.canGrow($0) }),
            let info = self.lines.slots[id]?.info
        else { return }
        for index in info.engines where self.engines[index].concerns(info.model) { self.mark(index) }
    }

    /// Whether a line's model could be loaded on an engine more.
    func canGrow(_ id: LineID) -> Bool {
        guard let line = self.lines.slots[id] else { return false }
        return line.places < line.info.engineSet.count
    }

    mutating func markHungry(_ line: LineID) {
        if !self.dirtyLines.contains(line) { self.dirtyLines.append(line) }
    }

    mutating func mark(_ engine: EngineIndex) {
        guard !self.engines[engine].isDirty else { return }
        self.engines[engine].isDirty = true
        self.dirtyEngines.append(engine)
    }

    /// Why no engine of a line can load its model for now; nil if one may.
    func refusal(of id: LineID) -> SchedulerAction.Refusal? {
        guard let line = self.lines.slots[id], !line.engines.isEmpty else { return nil }
        var isBarred = true
        for index in line.engines where !self.engines[index].bars(line.model) {
            isBarred = false
            guard self.engines[index].resident(line.model) == nil,
                self.engines[index].blocked[line.model].map({ $0 > self.now }) ?? false
            else { return nil }
        }
        return isBarred ? .pinned : .modelUnavailable
    }
}

extension ScheduledEngine {
    /// Whether a model is loaded here or about to be.
    fileprivate func concerns(_ model: ModelName) -> Bool {
        self.transition?.incoming == model || self.resident(model) != nil
    }
}
