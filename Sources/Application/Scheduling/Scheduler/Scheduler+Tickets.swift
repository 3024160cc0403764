import Domain

extension Scheduler {
    // MARK: Arrival

    mutating func arrive(_ ticket: SchedulerTicket) {
        guard self.waiting[ticket.id] == nil, self.running[ticket.id] == nil else { return }
        if let deadline = ticket.deadline, deadline <= self.now {
            return self.actions.append(.expire(ticket.id, .deadline))
        }
        let line = self.line(for: ticket)
        if let refusal = self.refusal(of: line) {
            self.dropIfEmpty(line)
            return self.actions.append(.refuse(ticket.id, refusal))
        }
        // Where somebody waits who may run, nothing is free.
        let isBehind = self.lines.slots[line]?.level != nil && !self.isFull(ticket.queue)
        self.insert(ticket, line)
        self.causes.note(.higherClassArrived, in: ticket.requestClass)
        // Who can run at once does not need a place in the queue.
        if !isBehind { self.place(line) }
        self.planEnd(of: ticket)
        self.limitQueue(ticket)
    }

    private mutating func insert(_ ticket: SchedulerTicket, _ line: LineID) {
        let flow = self.flow(for: ticket)
        let entry = WaitingTicket(
            ticket: ticket,
            arrival: min(ticket.earlier?.arrival ?? self.now, self.now),
            seat: self.takeSeat(isBack: ticket.earlier != nil),
            cost: min(Scheduler.longestRun, self.speeds.run(of: ticket)),
            line: line,
            flow: flow
        )
        self.waiting[ticket.id] = entry
        if ticket.requestClass == .batch { self.waitingBatch += 1 }
        if !ticket.isBackground {
            let share = self.share(of: ticket)
            self.waitingBytes += ticket.waitingBytes
            self.queues[ticket.queue].enter(ticket, share)
        }
        self.agenda.remove(.forget(flow))

        self.lines.slots[line]?.cost += entry.cost
        let isFirst = self.lines.slots[line]?.flows[flow] == nil
        if ticket.earlier == nil {
            self.lines.slots[line]?.all.append(ticket.id)
        } else {
            self.lines.slots[line]?.all.prepend(ticket.id)
        }
        self.lines.slots[line]?.flows[flow, default: SeatList()].add(ticket.id, seat: entry.seat)
        if isFirst { self.shares.flows.slots[flow.number]?.lines.append(line) }
        if isFirst || ticket.earlier != nil { self.refresh(flow, in: line, ages: false) }
        // The first ticket wants its model loaded; the one that makes the line too long may be worth another engine.
        let isLonger = [1, Scheduler.cheapPlace].contains { ease in
            self.isTooLong(line, for: ease) && !self.isTooLong(line, for: ease, without: entry.cost)
        }
        if isLonger || self.lines.slots[line]?.all.count == 1 { self.markHungry(line) }
        self.noteOrphan(line)
    }

    /// Plans what time brings to a ticket that has come, if it did not get its slot at once.
    private mutating func planEnd(of ticket: SchedulerTicket) {
        guard let entry = self.waiting[ticket.id] else { return }
        if let end = self.waitingEnd(of: ticket) { self.agenda.set(.expiry(ticket.id), to: end) }
        self.refreshAgeing(of: entry.flow, in: entry.line)
    }

    /// When a ticket that comes now has waited for as long as it may; nil for one that waits for as long as it has to.
    private func waitingEnd(of ticket: SchedulerTicket) -> MonotonicInstant? {
        guard !ticket.isBackground else { return ticket.deadline }
        let left = self.settings[ticket.queue].timeout - (ticket.earlier?.waited ?? .zero)
        let queueEnd = self.now.advanced(by: max(.zero, left))
        return min(queueEnd, ticket.deadline ?? queueEnd)
    }

    /// A seat behind all others; before them for a ticket that comes back: it had its turn before whoever waits now, and
    /// got nothing for it.
    private mutating func takeSeat(isBack: Bool) -> Int {
        self.seats += 1
        return isBack ? -self.seats : self.seats
    }

    /// Refuses the newcomer, or whom it displaces, if it waits and there is no place for it.
    private mutating func limitQueue(_ ticket: SchedulerTicket) {
        guard self.waiting[ticket.id] != nil, !ticket.isBackground else { return }
        if self.waitingBytes > self.settings.maxWaitingBytes { return self.refuse(ticket.id, .queueFull) }
        let limit = self.settings[ticket.queue].maxQueueSize
        guard self.queues[ticket.queue].waiting > limit else { return }
        let share = self.share(of: ticket)
        let victim = self.queues[ticket.queue].victim(of: share, in: self.waiting)
        self.refuse(victim ?? ticket.id, .queueFull)
    }

    /// No estimate is above this, in seconds: what callers and engines say of tokens can be beyond all measure.
    private static let longestRun = 3600.0

    // MARK: Ends

    mutating func withdraw(_ id: TicketID) {
        guard let entry = self.take(id) else { return }
        self.refresh(entry.flow, in: entry.line)
        self.forgetLater(entry.flow)
    }

    mutating func refuse(_ id: TicketID, _ reason: SchedulerAction.Refusal) {
        self.withdraw(id)
        self.actions.append(.refuse(id, reason))
    }

    mutating func expire(_ id: TicketID) {
        guard let entry = self.waiting[id] else { return }
        let isOwn = entry.ticket.deadline.map { $0 <= self.now } ?? false
        // The time of a load is not the queue's: it has a deadline of its own.
        if !isOwn, self.isLoading(entry.ticket.model, on: entry.ticket.engines) {
            let later = self.now.advanced(by: max(.seconds(1), self.settings[entry.ticket.queue].timeout / 10))
            return self.agenda.set(.expiry(id), to: min(later, entry.ticket.deadline ?? later))
        }
        self.withdraw(id)
        self.actions.append(.expire(id, isOwn ? .deadline : .queueTimeout))
    }

    mutating func release(_ id: TicketID, _ figures: RunFigures?) {
        guard let run = self.running.removeValue(forKey: id) else { return }
        let seconds = max(0, (self.now - run.granted).inSeconds)
        self.speeds.noteRun(run.ticket.model, seconds: seconds, figures: figures)
        self.meanRun = 0.9 * self.meanRun + 0.1 * seconds
        self.engines[run.engine].end(run.ticket.model, at: self.now)
        self.mark(run.engine)
        self.shares.flows.slots[run.flow.number]?.running -= 1
        self.settle(run, seconds: seconds)
        self.releaseQueue(run.ticket.queue)
        self.releaseProject(run.ticket.project.name)
        self.rekey(run.flow)
        self.forgetLater(run.flow)
        self.forgetIfUnused(run.engine)
    }

    /// Replaces what a run was charged by estimate by the truth.
    private mutating func settle(_ run: RunningTicket, seconds: Double) {
        self.shares.charge(run.flow, run.contest, seconds - run.cost, at: run.level)
        for rival in run.rivals where self.shares.contests.slots[rival.contest]?.serial == rival.serial {
            self.shares.charge(run.flow, rival.contest, seconds - run.cost, at: run.level)
        }
        self.shares.contests.slots[run.contest]?.runs -= 1
        self.endLater(run.contest)
    }

    private mutating func releaseQueue(_ queue: RequestQueue) {
        let wasFull = self.isFull(queue)
        self.queues[queue].running -= 1
        guard wasFull else { return }
        for id in self.lineOrder where self.lines.slots[id]?.queue == queue { self.markHungry(id) }
    }

    private mutating func releaseProject(_ name: ProjectName) {
        let wasHeld = self.projects.change(name) { project in
            defer { project.running -= 1 }
            return project.isHeld
        }
        if wasHeld ?? false { self.refreshAll(of: name) }
    }

    // MARK: Parts

    /// Takes a ticket out of everything that counts those that wait; its flow is to be refreshed then.
    mutating func take(_ id: TicketID) -> WaitingTicket? {
        guard let entry = self.waiting.removeValue(forKey: id) else { return nil }
        if !self.told.isEmpty { self.told[id] = nil }
        self.agenda.remove(.expiry(id))
        if entry.ticket.requestClass == .batch {
            self.waitingBatch -= 1
            if self.waitingBatch == 0 { self.batchEpoch += 1 }
        }
        if !entry.ticket.isBackground {
            let share = self.share(of: entry.ticket)
            self.waitingBytes -= entry.ticket.waitingBytes
            self.queues[entry.ticket.queue].leave(share, in: self.waiting)
        }
        self.lines.slots[entry.line]?.cost -= entry.cost
        self.lines.slots[entry.line]?.all.leave(in: self.waiting)
        _ = self.lines.slots[entry.line]?.flows.change(entry.flow) { $0.leave(seat: entry.seat) }
        return entry
    }

    /// The flow of a ticket, which also learns the project's present share.
    private mutating func flow(for ticket: SchedulerTicket) -> FlowID {
        let name = ticket.project.name
        if self.projects[name] == nil {
            self.projects[name] = ProjectState(share: ticket.project)
        } else if ticket.earlier == nil {
            // One that comes back knows no more than what held when it came first.
            self.change(ticket.project)
        }
        if let id = self.projects[name]?.flows[ticket.requestClass] { return id }
        let weight = self.projects[name]?.share.weight ?? ticket.project.weight
        let id = self.shares.add(name, ticket.requestClass, weight: weight)
        _ = self.projects.change(name) { $0.flows[ticket.requestClass] = id }
        return id
    }

    /// Gives a project its present share, if it has tickets or is remembered; those that wait go by it from now on.
    mutating func change(_ share: ProjectShare) {
        guard let before = self.projects[share.name]?.share, before != share else { return }
        self.projects[share.name]?.share = share
        for queue in RequestQueue.allCases { self.queues[queue].weigh(share) }
        for requestClass in RequestClass.allCases {
            guard let flow = self.projects[share.name]?.flows[requestClass] else { continue }
            self.shares.flows.slots[flow.number]?.weight = share.weight
            if share.weight > before.weight { self.causes.note(.projectBelowShare, in: requestClass) }
        }
        self.refreshAll(of: share.name)
    }

    /// Lets an idle flow's debt stand for a while, so that leaving and coming back does not pay it.
    mutating func forgetLater(_ flow: FlowID) {
        guard self.shares.flows.slots[flow.number]?.isIdle ?? false else { return }
        self.agenda.set(.forget(flow), to: self.now.advanced(by: FairShares.memory))
    }

    mutating func forget(_ flow: FlowID) {
        guard let state = self.shares.flows.slots[flow.number], state.isIdle else { return }
        self.shares.remove(flow)
        self.projects[state.project]?.flows[state.requestClass] = nil
        if self.projects[state.project]?.isEmpty ?? false { self.projects[state.project] = nil }
    }

    /// The present share of a ticket's project.
    private func share(of ticket: SchedulerTicket) -> ProjectShare {
        self.projects[ticket.project.name]?.share ?? ticket.project
    }

    func isFull(_ queue: RequestQueue) -> Bool {
        guard let limit = self.settings[queue].maxConcurrent else { return false }
        return self.queues[queue].running >= limit
    }
}
