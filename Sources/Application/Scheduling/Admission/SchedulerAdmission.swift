public import Domain
import Synchronization

/// Drives the ``Scheduler``: hands it what happens, wakes those it grants a slot, and has engines load what it wants.
///
/// It needs ``run(loader:)`` for all that takes time: waiting tickets whose time is over, patience, loads.
public final class SchedulerAdmission: Admission {
    private let clock: any ServiceClock
    private let state: Mutex<AdmissionState>
    private let wake = WakeSignal()

    /// Creates an admission without engines; see ``apply(_:)``.
    public init(settings: SchedulerSettings, clock: any ServiceClock) {
        self.clock = clock
        self.state = Mutex(AdmissionState(scheduler: Scheduler(settings: settings)))
    }

    // MARK: Looking

    /// How many requests wait and run.
    public var counts: (waiting: Int, running: Int) {
        let counts = self.state.withLock { $0.scheduler.counts }
        return (counts.waiting, counts.running)
    }

    /// Everything that the scheduler holds.
    public var schedulerCounts: SchedulerCounts { self.state.withLock { $0.scheduler.counts } }

    /// How many requests of a queue wait and run.
    public func counts(of queue: RequestQueue) -> (waiting: Int, running: Int) {
        self.state.withLock { $0.scheduler.counts(of: queue) }
    }

    /// How many requests run on an engine.
    public func running(on engine: EngineName) -> Int {
        self.state.withLock { $0.scheduler.running(on: engine) }
    }

    /// How many requests of a model, by the name under which it is scheduled, run on an engine.
    public func running(_ model: ModelName, on engine: EngineName) -> Int {
        self.state.withLock { $0.scheduler.running(model, on: engine) }
    }

    /// How far the estimates that callers were told were from the truth; nil if nobody was told any.
    public var estimateError: EstimateError? { self.state.withLock { $0.scheduler.estimateError } }

    // MARK: Changing

    /// See ``Admission/enter(_:)``.
    public func enter(_ ticket: Ticket) throws(ServiceError) -> any QueuePlace {
        let arrival = self.clock.now
        let result = self.change { (state, effects) -> Result<(id: TicketID, granted: TicketOutcome?), ServiceError> in
            do throws(ServiceError) {
                return .success(try state.enter(ticket, at: arrival, into: &effects))
            } catch {
                return .failure(error)
            }
        }
        let (id, granted) = try result.get()
        return Place(id: id, granted: granted, arrival: arrival, ticket: ticket, admission: self)
    }

    /// Takes in what happens to engines and their models.
    public func apply(_ event: EngineEvent) {
        self.change { [now = self.clock.now] state, effects in
            switch event {
            case .loaded(let model, let engine, let took?): state.loaded(model, engine, took: took, at: now)
            case .unloaded(let model, let engine): state.unloaded(model, engine)
            case .loadFailed(let model, _, let reason): state.failed(model, reason)
            default: break
            }
            state.handle(event.schedulerEvent, at: now, into: &effects)
        }
    }

    private func handle(_ event: SchedulerEvent) {
        self.change { [now = self.clock.now] state, effects in state.handle(event, at: now, into: &effects) }
    }

    /// Changes what the scheduler goes by; it counts from the next event on.
    public func reconfigure(_ settings: SchedulerSettings) {
        self.change { [now = self.clock.now] state, effects in
            state.scheduler.settings = settings
            state.handle(.tick, at: now, into: &effects)
        }
    }

    /// Takes the weights and concurrencies that projects have now; what waits goes by them from now on.
    public func change(_ projects: [Project]) {
        self.change { [now = self.clock.now] state, effects in
            for project in projects {
                state.handle(.projectChanged(ProjectShare(project)), at: now, into: &effects)
            }
        }
    }

    /// Refuses everything from now on and everything that waits.
    public func shutDown() {
        self.change { [now = self.clock.now] state, effects in state.shutDown(at: now, into: &effects) }
    }

    /// Has engines load and unload, and lets time pass, until the task is cancelled.
    public func run(loader: any ModelMover) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                self.handle(.tick)
                let (errands, next) = self.state.withLock { $0.beginRound() }
                for errand in errands { group.addTask { await self.perform(errand, loader) } }
                await self.wake.wait(atMost: next.map { $0 - self.clock.now }, on: self.clock)
            }
            group.cancelAll()
        }
    }

    // MARK: Errands

    private func perform(_ errand: ModelErrand, _ loader: any ModelMover) async {
        switch errand {
        case .load(let model, let runner, let engine): await loader.load(model, as: runner, on: engine)
        case .unload(let model, let engine): await loader.unload(model, on: engine)
        }
    }

    // MARK: The lock

    /// Looks at the scheduler.
    func read<Result: Sendable>(_ body: (borrowing Scheduler) -> Result) -> Result {
        self.state.withLock { body($0.scheduler) }
    }

    /// Changes the state, then does outside of the lock what follows.
    @discardableResult
    private func change<Result: Sendable>(
        _ body: (inout AdmissionState, inout AdmissionEffects) -> Result
    ) -> Result {
        var effects = AdmissionEffects()
        let result = self.state.withLock { body(&$0, &effects) }
        for waiter in effects.woken { waiter.resume() }
        if effects.isUrgent { self.wake.ring() }
        return result
    }
}

// MARK: - Places

extension SchedulerAdmission {
    /// A ticket's place in the line of this admission.
    private final class Place: QueuePlace {
        /// What there is to be fetched.
        private enum Stage {
            /// Something, once the admission has it.
            case waiting
            /// A slot that was free at once.
            case granted(TicketOutcome)
            /// Nothing any more.
            case over
        }

        private let id: TicketID
        private let arrival: MonotonicInstant
        private let ticket: Ticket
        private let admission: SchedulerAdmission
        private let stage: Mutex<Stage>

        init(
            id: TicketID,
            granted: TicketOutcome?,
            arrival: MonotonicInstant,
            ticket: Ticket,
            admission: SchedulerAdmission
        ) {
            self.id = id
            self.stage = Mutex(granted.map { .granted($0) } ?? .waiting)
            self.arrival = arrival
            self.ticket = ticket
            self.admission = admission
        }

        deinit {
            self.leave()
        }

        var standing: QueueStanding? {
            self.admission.state.withLock { [now = self.admission.clock.now, id = self.id] state in
                state.scheduler.standing(of: id, at: now)
            }
        }

        var isLoading: Bool {
            self.admission.state.withLock { [ticket = self.ticket] state in
                state.scheduler.isLoading(ticket.runner, on: ticket.engines)
            }
        }

        func slot() async throws -> Slot {
            while true {
                if let slot = try self.fetch() { return slot }
                await self.untilOutcome()
                try self.checkCancellation()
            }
        }

        func ready() -> Slot? {
            let granted = self.stage.withLock { stage -> TicketOutcome? in
                guard case .granted(let outcome) = stage, case .granted = outcome else { return nil }
                stage = .over
                return outcome
            }
            guard case .granted(let engine, let instant, let loadTime)? = granted else { return nil }
            return self.slot(on: engine, at: instant, loadTime: loadTime)
        }

        func slot(within limit: Duration) async throws -> Slot? {
            if let slot = try self.fetch() { return slot }
            guard limit > .zero else { return nil }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.untilOutcome() }
                group.addTask { try? await self.admission.clock.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
            try self.checkCancellation()
            return try self.fetch()
        }

        func cancel(_ error: ServiceError) {
            self.admission.change { [now = self.admission.clock.now, id = self.id] state, effects in
                state.cancel(id, error, at: now, into: &effects)
            }
        }

        private func leave() {
            switch self.end() {
            case .waiting:
                self.admission.change { [now = self.admission.clock.now, id = self.id] state, effects in
                    state.leave(id, at: now, into: &effects)
                }
            case .granted: self.admission.handle(.released(self.id, nil))
            case .over: break
            }
        }

        private func end() -> Stage {
            self.stage.withLock { stage in
                defer { stage = .over }
                return stage
            }
        }

        private func checkCancellation() throws {
            guard Task.isCancelled else { return }
            self.leave()
            throw CancellationError()
        }

        /// The slot, once it is granted.
        private func fetch() throws -> Slot? {
            switch self.fetchOutcome() {
            case nil: return nil
            case .failed(let error)?: throw error
            case .granted(let engine, let instant, let loadTime)?:
                return self.slot(on: engine, at: instant, loadTime: loadTime)
            }
        }

        private func slot(on engine: EngineName, at instant: MonotonicInstant, loadTime: Duration?) -> Slot {
            Slot(engine: engine, waited: instant - self.arrival, loadTime: loadTime) {
                [admission = self.admission, id = self.id] figures in
                admission.handle(.released(id, figures))
            }
        }

        private func fetchOutcome() -> TicketOutcome? {
            self.stage.withLock { stage in
                let outcome: TicketOutcome?
                switch stage {
                case .waiting: outcome = self.admission.state.withLock { [id = self.id] state in state.fetch(id) }
                case .granted(let granted): outcome = granted
                case .over: outcome = nil
                }
                if outcome != nil { stage = .over }
                return outcome
            }
        }

        private func untilOutcome() async {
            let (admission, id) = (self.admission, self.id)
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mustWait = admission.state.withLock { state in
                        !Task.isCancelled && state.await(id, continuation)
                    }
                    if !mustWait { continuation.resume() }
                }
            } onCancel: {
                admission.state.withLock { $0.stopAwaiting(id) }?.resume()
            }
        }
    }
}
