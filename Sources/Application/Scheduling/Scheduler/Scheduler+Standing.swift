public import Domain

extension Scheduler {
    /// What the scheduler holds at this moment.
    public var counts: SchedulerCounts {
        var counts = SchedulerCounts()
        counts.waiting = self.waiting.count
        counts.running = self.running.count
        counts.waitingBytes = self.waitingBytes
        counts.projects = self.projects.count
        counts.flows = self.shares.flows.count
        counts.lines = self.lines.count
        counts.engines = self.engineIndices.count
        counts.appointments = self.agenda.count
        return counts
    }

    /// How many tickets of a queue wait and run.
    public func counts(of queue: RequestQueue) -> (waiting: Int, running: Int) {
        (self.queues[queue].waiting, self.queues[queue].running)
    }

    /// How many tickets of a queue wait and run for one project; O(n) in those that run.
    func counts(of queue: RequestQueue, project: ProjectName) -> (waiting: Int, running: Int) {
        let running = self.running.values.count { $0.ticket.queue == queue && $0.ticket.project.name == project }
        return (self.queues[queue].waiting(of: project), running)
    }

    /// How many tickets of a queue wait, by the class that they were given; O(n) in those that wait.
    func waiting(in queue: RequestQueue) -> [RequestClass: Int] {
        self.waiting.values.reduce(into: [:]) { counts, waiting in
            if waiting.ticket.queue == queue { counts[waiting.ticket.requestClass, default: 0] += 1 }
        }
    }

    /// What all engines that answer run at once when they are full.
    var slots: Int {
        self.engines.reduce(0) { total, engine in
            guard engine.isUp else { return total }
            return total + (engine.capacity.total ?? engine.capacity.parallel * engine.capacity.maxLoadedModels)
        }
    }

    /// How many tickets run on an engine.
    public func running(on engine: EngineName) -> Int {
        self.engineIndices[engine].map { self.engines[$0].runningTotal } ?? 0
    }

    /// How many tickets of a model run on an engine.
    public func running(_ model: ModelName, on engine: EngineName) -> Int {
        self.engineIndices[engine].map { self.engines[$0].running(model) } ?? 0
    }

    /// How far the estimates that callers were told were from the truth; nil if nobody was told any.
    public var estimateError: EstimateError? { self.estimates.summary }

    /// How long a newcomer for a model would wait, for `Retry-After`: 1 s to 10 min.
    public func expectedWait(for model: ModelName) -> Duration {
        let state = self.models[model] ?? ModelState()
        let work = state.lines.reduce(0) { $0 + (self.lines.slots[$1]?.cost ?? 0) } + self.meanRun
        let load = state.supply > 0 ? 0 : self.speeds.load(of: model)
        return .seconds(min(600, max(1, (work / Double(max(1, state.supply)) + load).rounded(.up))))
    }

    /// Whether what is estimated about a model rests on runs that were measured.
    func hasMeasured(_ model: ModelName) -> Bool { self.speeds.hasRun(model) }

    /// Whether one of the engines loads a model just now.
    func isLoading(_ model: ModelName, on engines: [EngineName]) -> Bool {
        engines.contains { name in
            guard let index = self.engineIndices[name], let transition = self.engines[index].transition,
                case .loading = transition.phase
            else { return false }
            return transition.incoming == model
        }
    }

    /// What the caller of a waiting ticket can be told; nil if it does not wait.
    ///
    /// It is computed only here, from the first tickets of the flows and not from all that wait, and remembered so that a
    /// position grows only with a cause.
    public mutating func standing(of id: TicketID, at instant: MonotonicInstant) -> QueueStanding? {
        self.now = max(self.now, instant)
        guard let entry = self.waiting[id] else { return nil }
        let ahead = self.ahead(of: entry)
        let wait = Duration.seconds(self.wait(for: entry, ahead: ahead.seconds))
        var position = ahead.tickets + 1
        let before = self.told[id]
        var cause = before?.cause
        if let told = before, position > told.position {
            let level = self.level(of: entry)
            let own = entry.ticket.requestClass
            if let latest = self.causes.latest(after: told.sequence, class: own, level: level) {
                cause = latest
            } else {
                // Estimates were settled: that may not look as if somebody had pushed in.
                position = told.position
            }
        }
        let start = before?.start ?? self.now.advanced(by: wait)
        self.told[id] = ToldStanding(
            position: position,
            cause: cause,
            sequence: self.causes.sequence,
            start: start
        )
        return QueueStanding(position: position, estimatedWait: wait, cause: cause)
    }

    // MARK: Parts

    /// The tickets for the same model that will probably start before one, and their slot-seconds.
    private func ahead(of entry: WaitingTicket) -> (tickets: Int, seconds: Double) {
        let level = self.level(of: entry)
        guard let flow = self.shares.flows.slots[entry.flow.number], let line = self.lines.slots[entry.line],
            let list = line.flows[entry.flow], let contest = self.shares.contests.slots[line.contest]
        else { return (0, 0) }
        var tickets = list.position(of: entry.seat)
        var seconds = Double(tickets) * line.meanCost
        let competition = line.nativeClass.map { max($0, level) } ?? entry.ticket.requestClass
        let tag = self.shares.tag(of: entry.flow, in: line.contest, at: competition) ?? contest.time[competition]
        let turn = tag + seconds / flow.weight
        for id in self.models[entry.ticket.model]?.lines ?? [] {
            guard let other = self.lines.slots[id] else { continue }
            for (rival, list) in other.flows where rival != entry.flow {
                let count = self.count(of: rival, list, in: other, before: turn, at: competition)
                tickets += count
                seconds += Double(count) * other.meanCost
            }
        }
        return (tickets, seconds)
    }

    /// How many tickets of a flow start before a virtual time.
    private func count(
        of rival: FlowID,
        _ list: SeatList,
        in line: Line,
        before turn: Double,
        at level: RequestClass
    ) -> Int {
        guard let flow = self.shares.flows.slots[rival.number] else { return 0 }
        if flow.requestClass < level { return line.turns[flow.requestClass].contains(rival) ? list.count : 0 }
        guard let tag = line.turns[level].key(of: rival)?.tag, tag < turn else { return 0 }
        let runs = ((turn - tag) * flow.weight / max(0.001, line.meanCost)).rounded(.up)
        let most = flow.requestClass == level ? list.count : 1
        return max(1, Int(min(Double(most), runs)))
    }

    private func wait(for entry: WaitingTicket, ahead: Double) -> Double {
        var supply = self.lines.slots[entry.line]?.supply ?? 0
        if supply > 0, let limit = self.settings[entry.ticket.queue].maxConcurrent { supply = min(supply, limit) }
        let busy = (ahead + self.rest(of: entry.ticket.model)) / Double(max(1, supply))
        let isLoaded = self.lines.slots[entry.line]?.engines.contains {
            self.engines[$0].resident(entry.ticket.model) != nil
        }
        guard !(isLoaded ?? false) else { return busy }
        let load = self.speeds.load(of: entry.ticket.model)
        guard supply == 0 else { return ahead / Double(supply) + load }
        let patience = self.settings.patience - (self.now - entry.arrival)
        return ahead + load + max(0, patience.inSeconds)
    }

    /// The slot-seconds that the running tickets of a model will probably still take.
    ///
    /// One that has run for longer than was expected will go on for longer: a fixed guess would tell a waiting caller the
    /// same wait for ever.
    private func rest(of model: ModelName) -> Double {
        self.running.values.reduce(0) { rest, run in
            guard run.ticket.model == model else { return rest }
            let elapsed = max(0, (self.now - run.granted).inSeconds)
            return rest + max(run.cost - elapsed, (run.cost + elapsed) / 4)
        }
    }
}

extension Line {
    fileprivate var meanCost: Double { self.all.isEmpty ? 0 : self.cost / Double(self.all.count) }
}
