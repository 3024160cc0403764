import NIOCore

/// The decisions of the scheduler; all of them are taken under its lock.
struct SchedulerState {
    enum Event: Sendable {
        case loadEnded(weights: String, runner: Int)
        case expired(weights: String, runner: Int)
    }

    var limits: Scheduler.Limits
    /// The line of loads, without the one that is being prepared.
    private(set) var line: [PendingLoad] = []
    /// Calls back with the event; set once by the owner.
    var after: (@Sendable (Duration, Event) -> Scheduled<Void>)?

    private let ledger: Ledger
    private let eventLoop: any EventLoop
    private var runners: [String: Runner] = [:]
    private var nextRunner = 0
    /// The head of the line, taken out of it: it waits for room, or its model loads.
    private var preparing: PendingLoad?
    private var waitsForUnload = false
    private var loading: String?
    private var failure: EngineError?

    init(limits: Scheduler.Limits, ledger: Ledger, eventLoop: any EventLoop) {
        self.limits = limits
        self.ledger = ledger
        self.eventLoop = eventLoop
    }

    // MARK: Requests

    func canJoin(_ pending: PendingLoad) -> Bool {
        guard let runner = runners[pending.model.weights] else { return false }
        return runner.options == pending.options
    }

    mutating func join(_ pending: PendingLoad) {
        let weights = pending.model.weights
        guard var runner = runners[weights] else { return }
        runner.references += 1
        if let keepAlive = pending.keepAlive { runner.keepAlive = keepAlive }
        if limits.resurrectsVictims, runner.isEvicted {
            // The harmful moment: the victim's fate is forgotten, but the load still waits for its end.
            runner.isEvicted = false
            runner.keepAlive = pending.keepAlive ?? limits.keepAlive
        }
        // The timer of a runner that loads is the end of its load.
        if !runner.isLoading { runner.timer?.cancel() }
        runner.expiry = nil
        runner.waiters.append(pending.granted)
        runners[weights] = runner
        grantPlaces(weights)
    }

    mutating func enqueue(_ pending: PendingLoad) {
        line.append(pending)
        advance()
    }

    /// The requester left before it got a place.
    mutating func abandoned(_ granted: OneShot<Scheduler.Grant>) {
        line.removeAll { $0.granted === granted }
        for (weights, runner) in runners {
            guard let index = runner.waiters.firstIndex(where: { $0 === granted }) else { continue }
            runners[weights]?.waiters.remove(at: index)
            dereference(weights)
        }
    }

    mutating func release(_ lease: Scheduler.Lease) {
        guard runners[lease.weights]?.id == lease.runner else { return }
        runners[lease.weights]?.active -= 1
        dereference(lease.weights)
        grantPlaces(lease.weights)
    }

    mutating func unload(weights: String) {
        guard let runner = runners[weights] else { return }
        runners[weights]?.keepAlive = .duration(.zero)
        if runner.isIdle { remove(weights) }
    }

    mutating func kill(weights: String, runner: Int?) {
        guard let victim = runners[weights], runner ?? victim.id == victim.id, !victim.isLoading else { return }
        for waiter in victim.waiters { waiter.give(.failure(.runnerDied)) }
        victim.life.end()
        remove(weights)
    }

    mutating func handle(_ event: Event) {
        switch event {
        case .loadEnded(let weights, let id):
            guard runners[weights]?.id == id else { return }
            endLoad(weights)
        case .expired(let weights, let id):
            guard let runner = runners[weights], runner.id == id, runner.isIdle, runner.expiry != nil else { return }
            remove(weights)
        }
    }

    /// The load that is under way ends now.
    mutating func finishLoad() {
        if let loading { endLoad(loading) }
    }

    /// What waits may go on now.
    mutating func limitsChanged() {
        for weights in runners.keys { grantPlaces(weights) }
        advance()
    }

    mutating func stop() {
        for runner in runners.values { runner.timer?.cancel() }
        after = nil
    }

    var loaded: [Scheduler.LoadedModel] {
        runners.values.map { runner in
            Scheduler.LoadedModel(
                model: runner.model,
                contextLength: runner.contextLength,
                expiry: runner.expiry ?? Self.expiry(of: runner.keepAlive),
                places: runner.places
            )
        }.sorted { ($0.expiry.seconds, $0.expiry.nanoseconds) > ($1.expiry.seconds, $1.expiry.nanoseconds) }
    }

    /// Tells the ledger who waits.
    func publish() {
        let loads = line.count + (preparing == nil ? 0 : 1)
        let places = runners.values.reduce(0) { $0 + $1.waiters.count }
        ledger.change { counts in
            counts.loadsWaiting = loads
            counts.placesWaiting = places
        }
    }

    // MARK: The line of loads

    /// Does what can be done for the head of the line.
    private mutating func advance() {
        while loading == nil, !waitsForUnload, !limits.stallsLoads {
            if preparing == nil, !line.isEmpty { preparing = line.removeFirst() }
            guard let pending = preparing else { return }
            if canJoin(pending) {
                preparing = nil
                join(pending)
            } else if runners[pending.model.weights] != nil {
                evict(pending.model.weights)
            } else if runners.count >= limits.maxLoadedModels, let victim = victim() {
                evict(victim)
            } else {
                beginLoad(pending)
            }
        }
    }

    /// The runner that goes for another one: an idle one first, and among those the one that was to go first.
    private func victim() -> String? {
        runners.min { one, other in
            let idle = (one.value.references == 0 ? 0 : 1, other.value.references == 0 ? 0 : 1)
            if idle.0 != idle.1 { return idle.0 < idle.1 }
            return Self.expiry(of: one.value.keepAlive).seconds < Self.expiry(of: other.value.keepAlive).seconds
        }?.key
    }

    private mutating func evict(_ weights: String) {
        guard let runner = runners[weights] else { return }
        runners[weights]?.keepAlive = .duration(.zero)
        runners[weights]?.isEvicted = true
        if runner.isIdle {
            take(weights)
        } else {
            waitsForUnload = true
        }
    }

    private mutating func beginLoad(_ pending: PendingLoad) {
        nextRunner += 1
        let weights = pending.model.weights
        let isEmbedding = !pending.model.can(.completion)
        var runner = Runner(
            id: nextRunner,
            life: RunnerLife(eventLoop: eventLoop),
            model: pending.model,
            options: pending.options,
            contextLength: min(pending.options.contextLength, pending.model.contextLength),
            places: isEmbedding ? 1 : limits.parallel,
            keepAlive: pending.keepAlive ?? limits.keepAlive
        )
        let time = pending.model.loadTime ?? limits.loadTime
        runner.timer = after?(time, .loadEnded(weights: weights, runner: runner.id))
        runners[weights] = runner
        loading = weights
        failure = pending.failure
        preparing = nil
        join(pending)
        ledger.change { $0.loads[pending.model.name, default: 0] += 1 }
    }

    private mutating func endLoad(_ weights: String) {
        loading = nil
        runners[weights]?.timer?.cancel()
        if let failure {
            for waiter in runners[weights]?.waiters ?? [] { waiter.give(.failure(failure)) }
            self.failure = nil
            remove(weights)
        } else {
            runners[weights]?.isLoading = false
            grantPlaces(weights)
            if runners[weights]?.references == 0 { becameIdle(weights) }
        }
        advance()
    }

    // MARK: Places and ends

    private mutating func grantPlaces(_ weights: String) {
        while let runner = runners[weights], !runner.isLoading, runner.active < runner.places, !runner.waiters.isEmpty {
            let waiter = runner.waiters[0]
            runners[weights]?.waiters.removeFirst()
            let lease = Scheduler.Lease(
                runner: runner.id,
                weights: weights,
                contextLength: runner.contextLength,
                life: runner.life
            )
            if waiter.give(.success(lease)) {
                runners[weights]?.active += 1
            } else {
                dereference(weights)
            }
        }
    }

    private mutating func dereference(_ weights: String) {
        runners[weights]?.references -= 1
        if let runner = runners[weights], runner.isIdle { becameIdle(weights) }
    }

    private mutating func becameIdle(_ weights: String) {
        guard let runner = runners[weights] else { return }
        if runner.isEvicted || runner.keepAlive.isZero { return remove(weights) }
        runners[weights]?.expiry = Self.expiry(of: runner.keepAlive)
        runner.timer?.cancel()
        guard case .duration(let time) = runner.keepAlive else { return }
        runners[weights]?.timer = after?(time, .expired(weights: weights, runner: runner.id))
    }

    private mutating func remove(_ weights: String) {
        take(weights)
        advance()
    }

    private mutating func take(_ weights: String) {
        runners.removeValue(forKey: weights)?.timer?.cancel()
        if loading == weights { loading = nil }
        waitsForUnload = false
    }

    private static func expiry(of keepAlive: KeepAlive) -> WallClock {
        switch keepAlive {
        case .duration(let time): WallClock.now.adding(time)
        // The longest duration that Go knows, about 292 years.
        case .forever: WallClock.now.adding(.seconds(9_223_372_036))
        }
    }
}
