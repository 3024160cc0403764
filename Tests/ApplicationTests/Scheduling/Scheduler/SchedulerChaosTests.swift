import Application
import Domain
import TestSupport
import Testing

/// Events in any order, whether they make sense or not: reports of what nobody asked for, of engines that nobody knows,
/// twice, late or never.
struct ChaosWorld {
    private var random: SeededRandom
    private var scheduler: Scheduler
    private(set) var faults: [String] = []
    private(set) var granted = 0
    private var waiting: [TicketID: Int] = [:]
    private var running: Set<TicketID> = []
    private var now = MonotonicInstant(nanoseconds: 0)
    private var nextID = 0
    private var asked: [SchedulerEvent] = []
    private let models: [ModelName]
    private let engines = (0..<4).map { EngineName("e\($0)") }

    init(seed: UInt64) throws {
        self.random = SeededRandom(seed: seed)
        self.models = try (0..<3).map { try ModelName("m\($0)") }
        var settings = SchedulerSettings()
        settings.chat.timeout = .seconds(1_000_000)
        settings.vlm.timeout = .seconds(1_000_000)
        settings.changeLimit = .seconds(60)
        settings.loadRetry = .seconds(5)
        self.scheduler = Scheduler(settings: settings)
    }

    /// Lets a number of events happen, then repairs all engines, answers what is asked, and looks whether all is served.
    mutating func run(_ count: Int) {
        for _ in 0..<count where self.faults.isEmpty {
            self.now = self.now.advanced(by: .milliseconds(Int.random(in: 0...900, using: &self.random)))
            self.handle(self.anything())
        }
        self.close()
    }

    private mutating func handle(_ event: SchedulerEvent) {
        // A number may come again just when the time of its first ticket is over: then that ends, and the other waits.
        var successor: SchedulerTicket?
        switch event {
        case .arrived(let ticket):
            if self.waiting[ticket.id] != nil {
                successor = ticket
            } else if !self.running.contains(ticket.id) {
                self.waiting[ticket.id] = ticket.waitingBytes
            }
        case .released(let id, _): self.running.remove(id)
        default: break
        }
        for action in self.scheduler.handle(event, at: self.now) {
            switch action {
            case .grant(let id, _):
                self.granted += 1
                if self.waiting.removeValue(forKey: id) == nil { self.fault("\(id) runs and did not wait") }
                if !self.running.insert(id).inserted { self.fault("\(id) runs twice") }
            case .refuse(let id, _), .expire(let id, _):
                if self.waiting.removeValue(forKey: id) == nil { self.fault("\(id) ends and did not wait") }
                if let ticket = successor, ticket.id == id {
                    self.waiting[id] = ticket.waitingBytes
                    successor = nil
                }
            case .load(let model, let name): self.asked.append(.loaded(model, name, took: .seconds(1)))
            case .unload(let model, let name): self.asked.append(.unloaded(model, name))
            case .drain, .resume: break
            }
        }
        // Its time may have been over before: then that is what it is told.
        if case .cancelled(let id) = event { self.waiting[id] = nil }
        let counts = self.scheduler.counts
        if counts.waiting != self.waiting.count || counts.running != self.running.count
            || counts.waitingBytes != self.waiting.values.reduce(0, +)
        {
            self.fault("\(counts), but \(self.waiting.count) wait and \(self.running.count) run, after \(event)")
        }
    }

    private mutating func fault(_ text: String) {
        if self.faults.count < 5 { self.faults.append(text) }
    }

    private mutating func anything() -> SchedulerEvent {
        let model = self.models[Int.random(in: 0..<self.models.count, using: &self.random)]
        let engine = self.engines[Int.random(in: 0..<self.engines.count, using: &self.random)]
        let anyID = TicketID(Int.random(in: 0...self.nextID, using: &self.random))
        let capacity = EngineCapacity(
            parallel: Int.random(in: 0...3, using: &self.random),
            maxLoadedModels: Int.random(in: 0...2, using: &self.random),
            total: Bool.random(using: &self.random) ? nil : Int.random(in: 0...4, using: &self.random)
        )
        switch Int.random(in: 0..<25, using: &self.random) {
        case 0: return .engineUp(engine, capacity, loaded: [model, model])
        case 1: return .engineChanged(engine, capacity)
        case 2: return .modelSlots(model, engine, Bool.random(using: &self.random) ? nil : 2)
        case 3: return .engineDown(engine)
        case 24: return .pinned(model, engine, Int.random(in: 0..<3, using: &self.random) == 0)
        case 4: return .loaded(model, engine, took: .seconds(Int.random(in: -1...3, using: &self.random)))
        case 5: return .unloaded(model, engine)
        case 6: return .loadFailed(model, engine)
        case 7: return .unloadFailed(model, engine)
        case 8: return Int.random(in: 0..<4, using: &self.random) == 0 ? .engineRemoved(engine) : .tick
        case 9: return .cancelled(anyID)
        case 10:
            return .released(
                anyID,
                RunFigures(promptTokens: -1, promptTime: .zero, outputTokens: .max, outputTime: .nanoseconds(1))
            )
        case 11...14: return .released(self.running.sorted().randomElement(using: &self.random) ?? anyID, nil)
        case 15...17: return self.asked.isEmpty ? .tick : self.asked.removeFirst()
        default: return .arrived(self.ticket(model, anyID))
        }
    }

    private mutating func ticket(_ model: ModelName, _ anyID: TicketID) -> SchedulerTicket {
        // A number may come twice while it waits or runs; one that has ended is never used again.
        let isThere = self.waiting[anyID] != nil || self.running.contains(anyID)
        let isNew = !isThere || Int.random(in: 0..<20, using: &self.random) > 0
        if isNew { self.nextID += 1 }
        var engines = self.engines.shuffled(using: &self.random)
        engines.removeLast(Int.random(in: 0...4, using: &self.random))
        let name = try? ProjectName("p\(Int.random(in: 0..<5, using: &self.random))")
        let isLate = Int.random(in: 0..<12, using: &self.random) == 0
        return SchedulerTicket(
            id: isNew ? TicketID(self.nextID) : anyID,
            project: ProjectShare(
                name: name ?? .default,
                weight: [0, 0.0001, 1, 3, .infinity].randomElement(using: &self.random) ?? 1,
                concurrency: [nil, 0, 1, 2].randomElement(using: &self.random) ?? nil
            ),
            requestClass: RequestClass.allCases.randomElement(using: &self.random) ?? .normal,
            queue: Bool.random(using: &self.random) ? .chat : .vlm,
            model: model,
            engines: engines,
            waitingBytes: Int.random(in: -5...500, using: &self.random),
            promptTokens: Int.random(in: -1...1_000, using: &self.random),
            outputTokens: [nil, -1, 5, .max].randomElement(using: &self.random) ?? nil,
            deadline: isLate ? self.now.advanced(by: .seconds(Int.random(in: -9...9, using: &self.random))) : nil
        )
    }

    /// All engines work again: whoever waits for one is served, and nothing is left of it all.
    private mutating func close() {
        self.asked = []
        for name in self.engines {
            self.handle(.engineUp(name, .init(parallel: 2), loaded: []))
            self.handle(.engineChanged(name, .init(parallel: 2)))
            for model in self.models {
                self.handle(.modelSlots(model, name, nil))
                self.handle(.pinned(model, name, false))
            }
        }
        for _ in 0..<20_000 where self.faults.isEmpty && !self.scheduler.isIdle {
            if let id = self.running.min() {
                self.handle(.released(id, nil))
            } else if !self.asked.isEmpty {
                self.handle(self.asked.removeFirst())
            } else if let wakeup = self.scheduler.nextWakeup {
                self.now = max(self.now, wakeup)
                self.handle(.tick)
            }
        }
        // Tickets that name no engine wait until their time is over; everybody else has been served.
        if self.now.nanoseconds > 10_000_000 * 1_000_000_000 { self.fault("somebody waited until the end") }
        let counts = self.scheduler.counts
        if !self.scheduler.isIdle || counts.lines + counts.flows + counts.projects > 0 { self.fault("left: \(counts)") }
        // A change of models that nobody answered, and a model that failed to load, are given up after a while.
        self.letPass(.seconds(300), until: { _ in false })
        let before = self.granted
        var ticket = self.ticket(self.models[0], TicketID(-1))
        ticket.engines = self.engines
        ticket.deadline = nil
        self.handle(.arrived(ticket))
        self.letPass(.seconds(300), until: { $0.granted > before })
        if self.granted != before + 1 { self.fault("the next one does not run") }
    }

    /// Lets time pass, and answers what is asked.
    private mutating func letPass(_ time: Duration, until isEnough: (ChaosWorld) -> Bool) {
        let end = self.now.advanced(by: time)
        while self.now < end, !isEnough(self) {
            if !self.asked.isEmpty {
                self.handle(self.asked.removeFirst())
            } else {
                self.now = max(self.now, min(end, self.scheduler.nextWakeup ?? end))
                self.handle(.tick)
            }
        }
    }
}

@Suite("The scheduler and events in any order")
struct SchedulerChaosTests {
    @Test("Whatever is reported, counts are true, nothing is lost, and the next ticket runs")
    func anyOrder() throws {
        var granted = 0
        for _ in 0..<20 {
            var seeds = SystemRandomNumberGenerator()
            let seed = seeds.next()
            print("seed \(seed)")
            var world = try ChaosWorld(seed: seed)
            world.run(2_000)
            #expect(world.faults.isEmpty, "seed \(seed): \(world.faults)")
            granted += world.granted
        }
        #expect(granted > 4_000)
    }
}
