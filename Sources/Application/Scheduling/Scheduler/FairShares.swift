import Domain

/// One project in one class: the unit between which slot-seconds are shared.
struct Flow: Sendable {
    let project: ProjectName
    let requestClass: RequestClass
    var weight: Double
    /// The virtual time at which its next ticket starts, in every class in which it may compete.
    var tags = ClassValues(0.0)
    /// In how many lines it competes, by class.
    var competing = ClassValues(0)
    /// The lines in which it has waiting tickets.
    var lines: [LineID] = []
    var running = 0

    var isIdle: Bool { self.lines.isEmpty && self.running == 0 }
}

/// Weighted fair queueing by slot-seconds, in virtual time: start-time fair queueing.
///
/// A flow's tag is what it has been given, divided by its weight; the smallest tag is next. A flow that comes back starts
/// at the virtual time of those it meets, so that time in which it wanted nothing earns nothing.
struct FairShares: Sendable {
    /// How long an idle flow's debt is remembered.
    static let memory: Duration = .seconds(60)

    private(set) var flows = Slab<Flow>()
    /// The greatest start tag so far, by class.
    private(set) var time = ClassValues(0.0)

    subscript(id: FlowID) -> Flow? {
        _read { yield self.flows[id] }
        _modify { yield &self.flows[id] }
    }

    mutating func add(_ project: ProjectName, _ requestClass: RequestClass, weight: Double) -> FlowID {
        self.flows.add(Flow(project: project, requestClass: requestClass, weight: weight))
    }

    mutating func remove(_ id: FlowID) {
        self.flows.remove(id)
    }

    /// Notes that a flow competes in one line more, from a virtual time on if it competed nowhere.
    ///
    /// - Returns: whether it competed nowhere.
    mutating func enter(_ id: FlowID, _ level: RequestClass, at time: Double) -> Bool {
        guard let competing = self.flows[id]?.competing[level], let tag = self.flows[id]?.tags[level] else {
            return false
        }
        if competing == 0 { self.flows[id]?.tags[level] = max(tag, time) }
        self.flows[id]?.competing[level] += 1
        return competing == 0
    }

    mutating func leave(_ id: FlowID, _ level: RequestClass) {
        self.flows[id]?.competing[level] -= 1
    }

    /// Charges a start, in the class in which it was won and in the flow's own.
    ///
    /// - Returns: the start tag.
    mutating func charge(_ id: FlowID, _ cost: Double, at level: RequestClass) -> Double {
        guard let start = self.flows[id]?.tags[level] else { return 0 }
        self.time[level] = max(self.time[level], start)
        self.add(cost, to: id, level)
        return start
    }

    /// Replaces an estimate by the truth.
    mutating func settle(_ run: RunningTicket, seconds: Double) {
        self.add(seconds - run.cost, to: run.flow, run.level)
    }

    private mutating func add(_ cost: Double, to id: FlowID, _ level: RequestClass) {
        guard let weight = self.flows[id]?.weight, let own = self.flows[id]?.requestClass else { return }
        self.flows[id]?.tags[level] += cost / weight
        if level != own { self.flows[id]?.tags[own] += cost / weight }
    }
}

/// What batch tickets are owed while others keep the slots.
struct BatchCredit: Sendable {
    /// No more than this is owed, so that a long wait does not end in a flood.
    static let limit = 600.0

    /// The slot-seconds owed.
    private(set) var seconds = 0.0

    /// Notes the start of a ticket of another class while batch tickets waited.
    mutating func earn(_ cost: Double, share: Double) {
        self.seconds = min(BatchCredit.limit, self.seconds + cost * share / (1 - share))
    }

    /// Notes the start of a batch ticket.
    mutating func spend(_ cost: Double) {
        self.seconds = max(0, self.seconds - cost)
    }

    /// Whether a ticket of this cost may go before more urgent ones.
    func covers(_ cost: Double) -> Bool {
        self.seconds > 0 && self.seconds >= min(cost, BatchCredit.limit)
    }

    mutating func reset() {
        self.seconds = 0
    }
}
