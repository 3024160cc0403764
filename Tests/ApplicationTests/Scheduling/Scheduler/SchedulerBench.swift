import Application
import Domain

/// A scheduler with one engine and runs of known length, for examples in virtual time.
struct SchedulerBench {
    static let engine = EngineName("local")

    var scheduler: Scheduler
    var now = MonotonicInstant(nanoseconds: 0)
    var waits: [TicketID: Duration] = [:]
    var starts: [TicketID] = []
    var actions: [SchedulerAction] = []
    /// Slot-seconds by project, of the runs that have ended.
    var seconds: [ProjectName: Double] = [:]
    var loads = 0
    var loadSeconds = 1.0
    /// How long a ticket runs.
    var length: (SchedulerTicket) -> Double = { _ in 1 }
    /// Called when a run has ended.
    var onEnd: (inout SchedulerBench, SchedulerTicket) -> Void = { _, _ in }
    private var tickets: [TicketID: (ticket: SchedulerTicket, arrival: MonotonicInstant)] = [:]
    private var pending: [(at: MonotonicInstant, what: What)] = []
    private var nextID = 0

    private enum What {
        case end(TicketID, Double)
        case event(SchedulerEvent)
        case arrival(SchedulerTicket)
    }

    init(settings: SchedulerSettings = .init(), capacity: EngineCapacity = .init(), loaded: [ModelName] = []) {
        self.scheduler = Scheduler(settings: settings)
        self.handle(.engineUp(Self.engine, capacity, loaded: loaded))
    }

    mutating func ticket(
        _ project: String,
        weight: Double = 1,
        concurrency: Int? = nil,
        class requestClass: RequestClass = .normal,
        model: String = "m",
        bytes: Int = 0
    ) throws -> SchedulerTicket {
        self.nextID += 1
        return SchedulerTicket(
            id: TicketID(self.nextID),
            project: ProjectShare(name: try ProjectName(project), weight: weight, concurrency: concurrency),
            requestClass: requestClass,
            model: try ModelName(model),
            engines: [Self.engine],
            waitingBytes: bytes
        )
    }

    /// Another ticket like one.
    mutating func again(_ ticket: SchedulerTicket, isBackground: Bool = false) -> SchedulerTicket {
        self.nextID += 1
        return SchedulerTicket(
            id: TicketID(self.nextID),
            project: ticket.project,
            requestClass: ticket.requestClass,
            model: ticket.model,
            engines: ticket.engines,
            isBackground: isBackground
        )
    }

    mutating func arrive(_ ticket: SchedulerTicket, after seconds: Double = 0) {
        guard seconds > 0 else {
            self.tickets[ticket.id] = (ticket, self.now)
            return self.handle(.arrived(ticket))
        }
        self.plan(.arrival(ticket), after: seconds)
    }

    mutating func handle(_ event: SchedulerEvent) {
        for action in self.scheduler.handle(event, at: self.now) {
            self.actions.append(action)
            switch action {
            case .grant(let id, _): self.start(id)
            case .load(let model, let name):
                self.loads += 1
                self.plan(.event(.loaded(model, name, took: .seconds(self.loadSeconds))), after: self.loadSeconds)
            case .unload(let model, let name): self.plan(.event(.unloaded(model, name)), after: 0)
            default: break
            }
        }
    }

    /// Runs until an instant, in seconds from the start, or until nothing happens any more.
    mutating func run(until end: Double = .infinity) {
        while true {
            let wakeup = self.scheduler.nextWakeup
            let next = self.pending.first?.at
            guard let at = [wakeup, next].compactMap({ $0 }).min(), Double(at.nanoseconds) <= end * 1e9 else { return }
            self.now = max(self.now, at)
            guard next == at else {
                self.handle(.tick)
                continue
            }
            switch self.pending.removeFirst().what {
            case .end(let id, let seconds): self.end(id, seconds)
            case .event(let event): self.handle(event)
            case .arrival(let ticket): self.arrive(ticket)
            }
        }
    }

    private mutating func start(_ id: TicketID) {
        guard let (ticket, arrival) = self.tickets[id] else { return }
        self.starts.append(id)
        self.waits[id] = self.now - arrival
        let seconds = self.length(ticket)
        self.plan(.end(id, seconds), after: seconds)
    }

    private mutating func end(_ id: TicketID, _ length: Double) {
        guard let (ticket, _) = self.tickets.removeValue(forKey: id) else { return }
        self.seconds[ticket.project.name, default: 0] += length
        self.handle(.released(id, nil))
        self.onEnd(&self, ticket)
    }

    private mutating func plan(_ what: What, after seconds: Double) {
        let at = self.now.advanced(by: .seconds(seconds))
        self.pending.insert((at, what), at: self.pending.firstIndex { $0.at > at } ?? self.pending.count)
    }
}
