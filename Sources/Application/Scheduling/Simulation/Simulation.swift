import Domain

/// Runs a scenario in virtual time, through the scheduler and through first-in-first-out.
public struct Simulation: Sendable {
    private let scenario: Scenario

    /// Creates a simulation.
    public init(_ scenario: Scenario) {
        self.scenario = scenario
    }

    /// Runs both policies on the same load.
    public func run() -> [SimulationReport] {
        var shared = SimulationRun(self.scenario, policy: Scheduler(settings: self.scenario.settings))
        var plain = SimulationRun(self.scenario, policy: FIFOScheduler(settings: self.scenario.settings))
        return [shared.report("shared-ollama"), plain.report("first-in-first-out")]
    }
}

/// One policy in one scenario.
struct SimulationRun<Policy: SchedulingPolicy> {
    private enum What {
        case arrival(project: Int)
        case end(TicketID)
        case event(SchedulerEvent)
    }

    private struct Request {
        let project: Int
        let ticket: SchedulerTicket
        let arrival: Double
        var engine: EngineName?
        var start = 0.0
        var figures: RunFigures?
    }

    private let scenario: Scenario
    private let names: [EngineName]
    private var policy: Policy
    private var speeds: [EngineName: Double] = [:]
    private var models: [ModelName: Scenario.Model] = [:]
    /// Every project has its own chance, so that one project's requests are the same under every policy.
    private var chances: [SimulationRandom]
    private var requests: [TicketID: Request] = [:]
    private var agenda = KeyedHeap<Int, Moment>()
    private var happenings: [Int: What] = [:]
    private var nextNumber = 0
    private var now = 0.0
    private var tally: SimulationTally

    /// An instant, and the order in which things of the same instant were planned.
    private struct Moment: Comparable {
        let at: MonotonicInstant
        let number: Int

        static func < (left: Moment, right: Moment) -> Bool {
            (left.at, left.number) < (right.at, right.number)
        }
    }

    init(_ scenario: Scenario, policy: Policy) {
        self.scenario = scenario
        self.policy = policy
        var engines: [(name: EngineName, of: Scenario.Engines)] = []
        for group in scenario.engines {
            for number in 1...max(1, group.count) {
                engines.append((EngineName(group.count > 1 ? "\(group.name)-\(number)" : group.name), group))
            }
        }
        self.names = engines.map(\.name)
        self.tally = SimulationTally(scenario, slots: engines.reduce(0) { $0 + $1.of.slots })
        self.chances = scenario.projects.indices.map {
            SimulationRandom(seed: UInt64(bitPattern: Int64(scenario.seed)) &+ UInt64($0) &* 7919)
        }
        for model in scenario.models { self.models[model.name] = model }
        for engine in engines {
            self.speeds[engine.name] = engine.of.speed
            self.handle(.engineUp(engine.name, engine.of.capacity, loaded: []))
        }
        for index in scenario.projects.indices { self.planFirst(index) }
    }

    mutating func report(_ name: String) -> SimulationReport {
        while self.step() {}
        for request in self.requests.values where request.engine != nil {
            self.tally.end(request.project, from: request.start, to: self.now)
        }
        return self.tally.report(name)
    }

    // MARK: Steps

    private mutating func step() -> Bool {
        let next = self.agenda.first
        let wakeup = self.policy.nextWakeup
        guard let at = [next?.key.at, wakeup].compactMap({ $0 }).min(),
            Double(at.nanoseconds) / 1e9 <= self.scenario.seconds
        else { return false }
        self.now = max(self.now, Double(at.nanoseconds) / 1e9)
        guard let next, next.key.at == at else {
            self.handle(.tick)
            return true
        }
        self.agenda.remove(next.id)
        switch self.happenings.removeValue(forKey: next.id) {
        case .arrival(let project): self.arrive(project)
        case .end(let id): self.end(id)
        case .event(let event): self.handle(event)
        case nil: break
        }
        return true
    }

    private mutating func handle(_ event: SchedulerEvent) {
        let instant = MonotonicInstant(nanoseconds: Int64((self.now * 1e9).rounded()))
        for action in self.policy.handle(event, at: instant) {
            switch action {
            case .grant(let id, let engine): self.start(id, engine)
            case .refuse(let id, _): self.lose(id, \.refused)
            case .expire(let id, _): self.lose(id, \.expired)
            case .load(let model, let engine): self.load(model, engine)
            case .unload(let model, let engine):
                self.tally.swaps += 1
                self.plan(.event(.unloaded(model, engine)), after: self.models[model]?.unloadSeconds ?? 0)
            case .drain, .resume: break
            }
        }
    }

    private mutating func load(_ model: ModelName, _ engine: EngineName) {
        self.tally.loads += 1
        let seconds = (self.models[model]?.loadSeconds ?? 0) / (self.speeds[engine] ?? 1)
        self.plan(.event(.loaded(model, engine, took: .seconds(seconds))), after: seconds)
    }

    // MARK: Requests

    private mutating func planFirst(_ index: Int) {
        switch self.scenario.projects[index].arrivals {
        case .random: self.planNext(index)
        case .burst(let count, let second):
            for _ in 0..<count { self.plan(.arrival(project: index), after: second) }
        case .callers(let count):
            for _ in 0..<count { self.plan(.arrival(project: index), after: 0) }
        }
    }

    private mutating func planNext(_ index: Int) {
        guard case .random(let rate) = self.scenario.projects[index].arrivals, rate > 0 else { return }
        // Intervals such that arrivals know nothing of each other; the logarithm of a product of chances, without libm.
        let chance = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self.chances[index])
        self.plan(.arrival(project: index), after: -NaturalLogarithm.of(chance) / rate)
    }

    private mutating func arrive(_ index: Int) {
        let project = self.scenario.projects[index]
        if case .random = project.arrivals { self.planNext(index) }
        guard let model = project.models.randomElement(using: &self.chances[index]) else { return }
        self.nextNumber += 1
        let ticket = SchedulerTicket(
            id: TicketID(self.nextNumber),
            project: project.share,
            requestClass: project.requestClass,
            model: model,
            engines: self.names,
            promptTokens: Int.random(in: project.promptTokens, using: &self.chances[index]),
            outputTokens: Int.random(in: project.outputTokens, using: &self.chances[index])
        )
        self.requests[ticket.id] = Request(project: index, ticket: ticket, arrival: self.now)
        self.tally.rows[index].arrived += 1
        self.handle(.arrived(ticket))
    }

    private mutating func start(_ id: TicketID, _ engine: EngineName) {
        guard let request = self.requests[id], let model = self.models[request.ticket.model] else { return }
        let speed = self.speeds[engine] ?? 1
        let prompt = Double(request.ticket.promptTokens ?? 0) / (model.promptTokensPerSecond * speed)
        let output = Double(request.ticket.outputTokens ?? 0) / (model.tokensPerSecond * speed)
        self.requests[id]?.engine = engine
        self.requests[id]?.start = self.now
        self.requests[id]?.figures = RunFigures(
            promptTokens: request.ticket.promptTokens ?? 0,
            promptTime: .seconds(prompt),
            outputTokens: request.ticket.outputTokens ?? 0,
            outputTime: .seconds(output)
        )
        self.tally.waits[request.project].append(self.now - request.arrival)
        self.plan(.end(id), after: prompt + output)
    }

    private mutating func end(_ id: TicketID) {
        guard let request = self.requests.removeValue(forKey: id) else { return }
        self.tally.served += 1
        self.tally.end(request.project, from: request.start, to: self.now)
        self.handle(.released(id, request.figures))
        self.askAgain(request.project, after: 0)
    }

    private mutating func lose(_ id: TicketID, _ counter: WritableKeyPath<SimulationReport.Row, Int>) {
        guard let request = self.requests.removeValue(forKey: id) else { return }
        self.tally.rows[request.project][keyPath: counter] += 1
        // Who is refused comes back, but not at once.
        self.askAgain(request.project, after: 1)
    }

    private mutating func askAgain(_ index: Int, after seconds: Double) {
        guard case .callers = self.scenario.projects[index].arrivals else { return }
        self.plan(.arrival(project: index), after: seconds)
    }

    private mutating func plan(_ what: What, after seconds: Double) {
        self.nextNumber += 1
        let at = MonotonicInstant(nanoseconds: Int64(((self.now + seconds) * 1e9).rounded(.up)))
        self.happenings[self.nextNumber] = what
        self.agenda.set(self.nextNumber, to: Moment(at: at, number: self.nextNumber))
    }
}

extension Scenario.Engines {
    /// The requests that one of them runs at once.
    fileprivate var slots: Int {
        self.capacity.total ?? self.capacity.parallel * self.capacity.maxLoadedModels
    }
}
