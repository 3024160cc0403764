import Domain

/// Decides who runs when: a value that takes in events and gives out what is to be done.
///
/// It does no I/O, holds no lock and has no clock: the instant comes with each event, and instants never go back. The same
/// events give the same actions. See `docs/scheduling.md` for how it decides.
public struct Scheduler: Sendable {
    /// What it goes by; a change counts from the next event on.
    public var settings: SchedulerSettings {
        didSet { for id in self.lineOrder { self.markHungry(id) } }
    }

    var waiting: [TicketID: WaitingTicket] = [:]
    var running: [TicketID: RunningTicket] = [:]
    /// What callers of waiting tickets were told last.
    var told: [TicketID: ToldStanding] = [:]
    var waitingBytes = 0
    /// How many seats have been given away.
    var seats = 0
    var waitingBatch = 0
    var queues = QueueStates()
    var projects: [ProjectName: ProjectState] = [:]
    var shares = FairShares()
    /// How often the last batch ticket has stopped waiting.
    var batchEpoch = 0
    var lines = Slab<Line>()
    var spareLines = SpareLines()
    /// The lines that exist, in the order of their making.
    var lineOrder: [LineID] = []
    var models: [ModelName: ModelState] = [:]
    var engines: [ScheduledEngine] = []
    /// Places of engines that nobody knows any more.
    var freeEngines: [EngineIndex] = []
    var engineIndices: [EngineName: EngineIndex] = [:]
    var agenda = KeyedHeap<AgendaItem, MonotonicInstant>()
    var speeds = SpeedTable()
    var causes = CauseLog()
    var estimates = EstimateLog()
    var meanRun = SpeedTable.unknownRun
    var now = MonotonicInstant(nanoseconds: .min)

    /// What the event in hand leads to.
    var actions: [SchedulerAction] = []
    var dirtyEngines: [EngineIndex] = []
    var dirtyLines: [LineID] = []
    /// Changes of models that are under way, on all engines.
    var transitions = 0

    /// Starts without engines.
    public init(settings: SchedulerSettings = SchedulerSettings()) {
        self.settings = settings
    }

    /// When ``SchedulerEvent/tick`` is due if nothing else happens before; nil if time alone changes nothing.
    public var nextWakeup: MonotonicInstant? { self.agenda.first?.key }

    /// Takes in an event.
    ///
    /// - Parameters:
    ///   - event: what happens.
    ///   - instant: when; an instant before that of the last event counts as the last.
    /// - Returns: what is to be done, in this order.
    public mutating func handle(_ event: SchedulerEvent, at instant: MonotonicInstant) -> [SchedulerAction] {
        self.now = max(self.now, instant)
        self.actions.removeAll()
        // Those whose time is over go before anybody else is given a slot.
        self.passTime()
        switch event {
        case .arrived(let ticket): self.arrive(ticket)
        case .cancelled(let id): self.withdraw(id)
        case .released(let id, let figures): self.release(id, figures)
        case .engineUp(let name, let capacity, let loaded): self.engineUp(name, capacity, loaded)
        case .engineChanged(let name, let capacity): self.change(name, capacity)
        case .modelSlots(let model, let name, let slots): self.change(name, model, slots)
        case .pinned(let model, let name, let isPinned): self.pin(model, name, isPinned)
        case .engineDown(let name): self.engineDown(name)
        case .engineRemoved(let name): self.engineRemoved(name)
        case .loaded(let model, let name, let took): self.loaded(model, name, took)
        case .unloaded(let model, let name): self.unloaded(model, name)
        case .unloadFailed(let model, let name): self.unloadFailed(model, name)
        case .loadFailed(let model, let name): self.loadFailed(model, name)
        case .projectChanged(let share): self.change(share)
        case .tick: break
        }
        self.settle()
        self.forgetIfIdle()
        return self.actions
    }

    /// Whether nothing waits and nothing runs.
    public var isIdle: Bool { self.waiting.isEmpty && self.running.isEmpty }

    /// With nobody there, nobody is owed anything: virtual time starts anew.
    private mutating func forgetIfIdle() {
        guard self.isIdle, !self.projects.isEmpty || self.shares.contests.count > 0 else { return }
        for contest in 0..<self.shares.contests.end { self.end(contest) }
        for flow in 0..<self.shares.flows.end { self.agenda.remove(.forget(FlowID(number: flow))) }
        self.projects = [:]
        self.shares = FairShares()
        for index in self.engines.indices { self.engines[index].time = ClassValues(0) }
    }
}

/// What time brings.
enum AgendaItem: NumberKey, Sendable {
    /// A ticket has waited long enough.
    case expiry(TicketID)
    /// The first ticket of a flow in a line counts as a higher class.
    case ageing(LineID, FlowID)
    /// A change of models may be due on an engine.
    case review(EngineIndex)
    /// An engine has not said that it has loaded or unloaded a model.
    case overdue(EngineIndex)
    /// A contest without anybody is forgotten.
    case end(ContestID)
    /// An idle flow's debt is forgotten.
    case forget(FlowID)
    /// None of the engines of a line has answered for long enough.
    case orphaned(LineID)

    /// The numbers of what it is about, and its kind.
    var keyNumber: Int {
        switch self {
        case .expiry(let ticket): ticket.number << 3
        case .ageing(let line, let flow): (line << 32 ^ flow.number) << 3 | 1
        case .review(let engine): engine << 3 | 2
        case .overdue(let engine): engine << 3 | 3
        case .end(let contest): contest << 3 | 4
        case .forget(let flow): flow.number << 3 | 5
        case .orphaned(let line): line << 3 | 6
        }
    }
}

/// What the scheduler knows about a model, while tickets wait for it or it has slots.
struct ModelState: Sendable {
    /// The lines that want it.
    var lines: [LineID] = []
    /// What its lines and runs compete in.
    var contests: [ContestID] = []
    /// Its slots on all engines, those of loads under way included and those of drains not.
    var supply = 0
    /// On how many engines it is loaded or about to be.
    var places = 0

    var isEmpty: Bool { self.lines.isEmpty && self.contests.isEmpty && self.places == 0 }
}
