import Domain

/// One project in one class: the unit between which slot-seconds are shared.
struct Flow: Sendable {
    let project: ProjectName
    let requestClass: RequestClass
    var weight: Double
    /// What it has been given, for each contest in which it takes part.
    var accounts: [Account] = []
    /// The lines in which it has waiting tickets.
    var lines: [LineID] = []
    var running = 0

    var isIdle: Bool { self.lines.isEmpty && self.running == 0 }

    /// What a flow has been given of the slots of one contest.
    struct Account: Sendable {
        let contest: ContestID
        /// Contests that are over leave their number to others.
        let serial: Int
        /// The virtual time at which its next ticket starts, in every class in which it may compete.
        var tags = ClassValues(0.0)
        /// In how many lines it competes, by class.
        var competing = ClassValues(0)

        /// Notes one line more; returns whether it is the first.
        mutating func enter(_ level: RequestClass, at time: Double) -> Bool {
            let isNew = self.competing[level] == 0
            if isNew { self.tags[level] = max(self.tags[level], time) }
            self.competing[level] += 1
            return isNew
        }
    }

    /// Adds slot-seconds to what it has been given in a contest, in a class and in its own.
    mutating func charge(_ contest: ContestID, _ serial: Int, _ seconds: Double, at level: RequestClass) {
        guard let place = self.accounts.firstIndex(where: { $0.contest == contest && $0.serial == serial }) else {
            return
        }
        self.accounts[place].tags[level] += seconds / self.weight
        if level != self.requestClass { self.accounts[place].tags[self.requestClass] += seconds / self.weight }
    }
}

/// The slots of one model on certain engines, for which flows compete.
///
/// Each has a virtual time of its own: what a project was given of slots that nobody else could use is not held against
/// it where others wait, and newcomers join those that they meet.
struct Contest: Sendable {
    let model: ModelName
    let engineSet: EngineSet
    let serial: Int
    var lines = 0
    var runs = 0
    /// The greatest start tag so far, by class.
    var time = ClassValues(0.0)
    /// What its tags lack where they are compared with those of other contests, by class: contests that have not met for
    /// long have drifted apart.
    var lead = ClassValues(0.0)

    var isOver: Bool { self.lines == 0 && self.runs == 0 }
}

/// Names a contest for as long as it lasts.
struct ContestKey: Sendable {
    let contest: ContestID
    let serial: Int
}

/// Weighted fair queueing by slot-seconds, in virtual time: start-time fair queueing.
///
/// A flow's tag is what it has been given, divided by its weight; the smallest tag is next. A flow that comes back starts
/// at the virtual time of those it meets, so that time in which it wanted nothing earns nothing.
struct FairShares: Sendable {
    /// How long the debt of an idle flow, and in a contest without anybody, is remembered.
    static let memory: Duration = .seconds(60)

    var flows = Slab<Flow>()
    var contests = Slab<Contest>()
    private var nextSerial = 0

    mutating func add(_ project: ProjectName, _ requestClass: RequestClass, weight: Double) -> FlowID {
        FlowID(number: self.flows.add(Flow(project: project, requestClass: requestClass, weight: weight)))
    }

    mutating func remove(_ id: FlowID) {
        self.flows.remove(id.number)
    }

    // MARK: Contests

    /// The contests in which a flow has accounts.
    func contests(of id: FlowID) -> [ContestKey] {
        (self.flows.slots[id.number]?.accounts ?? []).lazy.map { ContestKey(contest: $0.contest, serial: $0.serial) }
            .filter { self.contests.slots[$0.contest]?.serial == $0.serial }
    }

    mutating func addContest(_ model: ModelName, _ engines: EngineSet) -> ContestID {
        self.nextSerial += 1
        return self.contests.add(Contest(model: model, engineSet: engines, serial: self.nextSerial))
    }

    mutating func removeContest(_ id: ContestID) {
        self.contests.remove(id)
    }

    /// The tag of a flow in a contest.
    func tag(of id: FlowID, in contest: ContestID, at level: RequestClass) -> Double? {
        self.place(of: id, contest).flatMap { self.flows.slots[id.number]?.accounts[$0].tags[level] }
    }

    /// Notes that a flow competes in one line more, from a virtual time on if it competed nowhere in the contest.
    ///
    /// - Returns: whether it competed nowhere there.
    mutating func enter(_ id: FlowID, _ contest: ContestID, _ level: RequestClass, at time: Double) -> Bool {
        guard let place = self.account(of: id, contest) else { return false }
        return self.flows.slots[id.number]?.accounts[place].enter(level, at: time) ?? false
    }

    mutating func leave(_ id: FlowID, _ contest: ContestID, _ level: RequestClass) {
        guard let place = self.place(of: id, contest) else { return }
        self.flows.slots[id.number]?.accounts[place].competing[level] -= 1
    }

    /// Adds slot-seconds to what a flow has been given in a contest, in the class in which it won and in its own.
    mutating func charge(_ id: FlowID, _ contest: ContestID, _ seconds: Double, at level: RequestClass) {
        guard let serial = self.contests.slots[contest]?.serial else { return }
        self.flows.slots[id.number]?.charge(contest, serial, seconds, at: level)
    }

    private func place(of id: FlowID, _ contest: ContestID) -> Int? {
        let serial = self.contests.slots[contest]?.serial
        return self.flows.slots[id.number]?.accounts.firstIndex { $0.contest == contest && $0.serial == serial }
    }

    /// The account of a flow in a contest, which is made if there is none; those of contests that are over go.
    private mutating func account(of id: FlowID, _ contest: ContestID) -> Int? {
        if let place = self.place(of: id, contest) { return place }
        guard let serial = self.contests.slots[contest]?.serial, let accounts = self.flows.slots[id.number]?.accounts
        else {
            return nil
        }
        let living = accounts.filter { self.contests.slots[$0.contest]?.serial == $0.serial }
        self.flows.slots[id.number]?.accounts = living + [Flow.Account(contest: contest, serial: serial)]
        return living.count
    }
}
