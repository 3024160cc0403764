import Application
import Domain
import TestSupport

/// Drives a scheduler through a random world in virtual time, and keeps the log that tests check.
struct RandomWorld {
    enum Happening {
        case end(TicketID)
        case model(SchedulerEvent)
        case arrival
        case trouble
    }

    struct Options {
        var batchShare = 0.05
        var projectLimits = true
        var queueLimits = true
        var failures = true
        var cancels = true
        /// Whether tickets have deadlines, and leave the queue when its time is over.
        var deadlines = true
        var engines = 3
        var models = 1...4
    }

    let options: Options
    var random: SeededRandom
    var scheduler: Scheduler
    var log: SchedulerLog
    var now = MonotonicInstant(nanoseconds: 0)
    var events = 0
    /// What callers were told last, and what had happened by then.
    var told: [TicketID: (position: Int, seen: SchedulerLog.Seen)] = [:]
    /// What is to stay where, also on engines that are down.
    private var pins: [EngineName: Set<ModelName>] = [:]
    private var pending: [(at: MonotonicInstant, number: Int, what: Happening)] = []
    private var nextNumber = 0
    private var nextID = 0
    private let models: [ModelName]
    private let names: [EngineName]
    private let shares: [ProjectShare]

    init(seed: UInt64, options: Options = Options()) throws {
        var random = SeededRandom(seed: seed)
        self.options = options
        var settings = SchedulerSettings()
        settings.batchShare = options.batchShare
        settings.patience = .seconds(Int.random(in: 4...20, using: &random))
        settings.ageing = .seconds(Int.random(in: 20...60, using: &random))
        settings.maxWaitingBytes = options.queueLimits ? 5_000 : .max
        settings.loadRetry = .seconds(5)
        if !options.deadlines {
            settings.chat.timeout = .seconds(1_000_000)
            settings.vlm.timeout = .seconds(1_000_000)
        }
        if options.queueLimits {
            settings.chat.maxQueueSize = Int.random(in: 5...80, using: &random)
            settings.vlm.maxQueueSize = Int.random(in: 5...40, using: &random)
            settings.vlm.maxConcurrent = Int.random(in: 1...4, using: &random)
        }
        self.models = try (0..<Int.random(in: options.models, using: &random)).map { try ModelName("m\($0)") }
        self.names = (0..<options.engines).map { EngineName("e\($0)") }
        self.shares = try (0..<6).map { index in
            let limit = options.projectLimits && index.isMultiple(of: 2) ? Int.random(in: 1...3, using: &random) : nil
            return ProjectShare(
                name: try ProjectName("p\(index)"),
                weight: Double(1 << (index % 3)),
                concurrency: limit
            )
        }
        self.scheduler = Scheduler(settings: settings)
        self.log = SchedulerLog(settings: settings)
        self.random = random
        for name in self.names { self.handle(.engineUp(name, self.capacity(), loaded: [])) }
    }

    private mutating func capacity() -> EngineCapacity {
        EngineCapacity(
            parallel: Int.random(in: 1...3, using: &self.random),
            maxLoadedModels: Int.random(in: 1...2, using: &self.random),
            total: Bool.random(using: &self.random) ? nil : 3
        )
    }

    // MARK: Steps

    /// Runs until so many events have happened; then nothing new comes and all that is there ends.
    mutating func run(_ count: Int, checking: (inout RandomWorld) -> Void = { _ in }) {
        self.plan(.arrival, after: 0)
        if self.options.failures { self.plan(.trouble, after: 5) }
        while self.events < count, self.log.faults.isEmpty, self.step(isClosing: false) { checking(&self) }
        while self.log.faults.isEmpty, !(self.scheduler.isIdle && self.log.waiting.isEmpty), self.step(isClosing: true)
        {
            checking(&self)
        }
    }

    private mutating func step(isClosing: Bool) -> Bool {
        let wakeup = self.scheduler.nextWakeup
        guard let next = self.pending.first, wakeup.map({ next.at <= $0 }) ?? true else {
            guard let wakeup else { return false }
            self.now = max(self.now, wakeup)
            self.handle(.tick)
            return true
        }
        self.pending.removeFirst()
        self.now = max(self.now, next.at)
        switch next.what {
        case .end(let id): self.handle(.released(id, self.figures()))
        case .model(let event): self.answer(event)
        case .arrival:
            guard !isClosing else { return true }
            self.arrive()
        case .trouble:
            guard !isClosing else { return true }
            self.makeTrouble()
        }
        return true
    }

    mutating func handle(_ event: SchedulerEvent) {
        self.events += 1
        self.log.take(event, at: self.now)
        for action in self.scheduler.handle(event, at: self.now) {
            self.log.take(action)
            self.follow(action)
        }
        self.log.checkWork()
    }

    private mutating func follow(_ action: SchedulerAction) {
        switch action {
        case .grant(let id, _): self.plan(.end(id), after: Double.random(in: 0.05...4, using: &self.random))
        case .load(let model, let name):
            let seconds = Double.random(in: 0.5...4, using: &self.random)
            let fails = self.options.failures && Int.random(in: 0..<12, using: &self.random) == 0
            let event: SchedulerEvent =
                fails ? .loadFailed(model, name) : .loaded(model, name, took: .seconds(seconds))
            self.plan(.model(event), after: seconds)
        case .unload(let model, let name): self.plan(.model(.unloaded(model, name)), after: 0.2)
        default: break
        }
    }

    /// Lets an engine answer, unless it has died since it was asked.
    private mutating func answer(_ event: SchedulerEvent) {
        switch event {
        case .engineUp(let name, _, _):
            for model in (self.pins[name] ?? []).sorted(by: { $0.canonical < $1.canonical }) {
                self.handle(.pinned(model, name, true))
            }
        case .loaded(let model, let name, _), .loadFailed(let model, let name):
            guard self.log.engines[name]?.loading == model else { return }
        case .unloaded(let model, let name):
            guard self.log.engines[name]?.draining == model else { return }
        default: break
        }
        self.handle(event)
    }

    private mutating func arrive() {
        self.nextID += 1
        let isBurst = Int.random(in: 0..<30, using: &self.random) == 0
        self.plan(.arrival, after: isBurst ? 12 : Double.random(in: 0...0.9, using: &self.random))
        guard let share = self.shares.randomElement(using: &self.random),
            let model = self.models.randomElement(using: &self.random),
            let requestClass = RequestClass.allCases.randomElement(using: &self.random)
        else { return }
        let first = Int.random(in: 0..<self.names.count, using: &self.random)
        let engines = Bool.random(using: &self.random) ? self.names : [self.names[first]]
        let ticket = SchedulerTicket(
            id: TicketID(self.nextID),
            project: share,
            requestClass: requestClass,
            queue: Int.random(in: 0..<4, using: &self.random) == 0 ? .vlm : .chat,
            model: model,
            engines: engines,
            waitingBytes: Int.random(in: 0...200, using: &self.random),
            promptTokens: 10,
            outputTokens: Bool.random(using: &self.random) ? 20 : nil,
            deadline: self.deadline()
        )
        self.handle(.arrived(ticket))
        guard self.options.cancels, Int.random(in: 0..<6, using: &self.random) == 0 else { return }
        let waiting = self.log.waiting.keys.sorted()
        if let id = waiting.randomElement(using: &self.random) { self.handle(.cancelled(id)) }
    }

    private mutating func deadline() -> MonotonicInstant? {
        guard Int.random(in: 0..<10, using: &self.random) == 0, self.options.deadlines else { return nil }
        return self.now.advanced(by: .seconds(5))
    }

    private mutating func makeTrouble() {
        self.plan(.trouble, after: Double.random(in: 5...40, using: &self.random))
        guard let name = self.names.randomElement(using: &self.random) else { return }
        switch Int.random(in: 0..<5, using: &self.random) {
        case 0:
            guard self.log.engines[name]?.isUp ?? false else { return }
            self.handle(.engineDown(name))
            for id in self.log.running.filter({ $0.value.engine == name }).keys.sorted() {
                self.pending.removeAll { if case .end(id) = $0.what { true } else { false } }
                self.handle(.released(id, nil))
            }
            // Some come back under their name after they have been removed.
            if Bool.random(using: &self.random) { self.handle(.engineRemoved(name)) }
            self.plan(.model(.engineUp(name, self.capacity(), loaded: [])), after: 3)
        case 1: if self.log.engines[name]?.isUp ?? false { self.handle(.engineChanged(name, self.capacity())) }
        case 2:
            // The engine lets a model go by itself.
            guard let engine = self.log.engines[name],
                let model = engine.loaded.min(by: { $0.canonical < $1.canonical }),
                engine.running[model, default: 0] == 0
            else { return }
            self.handle(.unloaded(model, name))
        case 3: self.changePin(on: name)
        default: break
        }
    }

    /// Pins a model where there is a place for it, or lets it go.
    private mutating func changePin(on name: EngineName) {
        guard let model = self.models.randomElement(using: &self.random), let engine = self.log.engines[name] else {
            return
        }
        let isPinned = self.pins[name]?.contains(model) ?? false
        guard isPinned || (self.pins[name]?.count ?? 0) < engine.capacity.maxLoadedModels else { return }
        if isPinned { self.pins[name]?.remove(model) } else { self.pins[name, default: []].insert(model) }
        if engine.isUp { self.handle(.pinned(model, name, !isPinned)) }
    }

    private mutating func figures() -> RunFigures? {
        guard Bool.random(using: &self.random) else { return nil }
        return RunFigures(promptTokens: 10, promptTime: .seconds(0.1), outputTokens: 20, outputTime: .seconds(1))
    }

    private mutating func plan(_ what: Happening, after seconds: Double) {
        let at = self.now.advanced(by: .seconds(seconds))
        self.nextNumber += 1
        let place = self.pending.firstIndex { $0.at > at } ?? self.pending.count
        self.pending.insert((at, self.nextNumber, what), at: place)
    }
}
