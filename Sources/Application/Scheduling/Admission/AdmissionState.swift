public import Domain

/// What a ticket in line has come to.
enum TicketOutcome: Sendable {
    case granted(EngineName, at: MonotonicInstant, loadTime: Duration?)
    case failed(ServiceError)
}

/// What an engine is to be asked for.
enum ModelErrand: Sendable {
    case load(ModelName, runner: ModelName, EngineName)
    case unload(ModelName, EngineName)

    /// Whom to ask.
    var engine: EngineName {
        switch self {
        case .load(_, _, let engine), .unload(_, let engine): engine
        }
    }
}

/// What follows outside of the lock from an event inside of it.
struct AdmissionEffects: Sendable {
    /// Those who wait for an outcome that is there now.
    var woken: [CheckedContinuation<Void, Never>] = []
    /// Whether the background loop has something to do earlier than it knows.
    var isUrgent = false
}

/// The state of ``SchedulerAdmission``: the scheduler and those who wait for what it decides.
struct AdmissionState {
    /// One ticket, from its arrival until its outcome is fetched; an object, for its parts are many and it is looked up
    /// several times.
    private final class Entry {
        let ticket: Ticket
        let arrival: MonotonicInstant
        var outcome: TicketOutcome?
        var waiter: CheckedContinuation<Void, Never>?

        init(ticket: Ticket, arrival: MonotonicInstant) {
            self.ticket = ticket
            self.arrival = arrival
        }
    }

    private struct Place: Hashable {
        let model: ModelName
        let engine: EngineName
    }

    /// How many failed models are remembered with their reason.
    private static let maximumFailures = 256

    var scheduler: Scheduler
    private(set) var isShutDown = false
    private var entries: [TicketID: Entry] = [:]
    private var nextNumber = 0
    private var errands: [ModelErrand] = []
    /// When the background loop wakes by itself; nil while it is not asleep.
    private var plannedWake: MonotonicInstant?
    /// The latest loads that the scheduler asked for: when they ended and how long they took.
    private var loads: [Place: (end: MonotonicInstant, took: Duration)] = [:]
    /// Why a model could not be loaded last.
    private var failures: [ModelName: ServiceError] = [:]

    init(scheduler: Scheduler) {
        self.scheduler = scheduler
    }

    // MARK: Tickets

    /// Takes a ticket in.
    ///
    /// - Returns: its name, and its outcome if it is granted a slot at once, which is fetched then.
    /// - Throws: why it is refused at once.
    mutating func enter(
        _ ticket: Ticket,
        at now: MonotonicInstant,
        into effects: inout AdmissionEffects
    ) throws(ServiceError) -> (id: TicketID, granted: TicketOutcome?) {
        guard !self.isShutDown else { throw .shuttingDown }
        self.nextNumber += 1
        let id = TicketID(self.nextNumber)
        let entry = Entry(ticket: ticket, arrival: now)
        self.entries[id] = entry
        self.handle(.arrived(ticket.scheduled(as: id)), at: now, into: &effects)
        if let outcome = entry.outcome {
            self.entries[id] = nil
            if case .failed(let error) = outcome { throw error }
            return (id, outcome)
        }
        if self.isHopeless(id, ticket, at: now) {
            self.entries[id] = nil
            self.handle(.cancelled(id), at: now, into: &effects)
            throw ServiceError(
                .deadlineExceeded,
                "The line is longer than the caller's deadline (X-Deadline-Ms).",
                retryAfter: self.scheduler.expectedWait(for: ticket.runner),
                isRetryable: false
            )
        }
        return (id, nil)
    }

    /// Whether it is clear, by what has been measured, that a ticket's deadline passes in line.
    private mutating func isHopeless(_ id: TicketID, _ ticket: Ticket, at now: MonotonicInstant) -> Bool {
        guard let deadline = ticket.deadline, self.scheduler.hasMeasured(ticket.runner),
            let standing = self.scheduler.standing(of: id, at: now)
        else { return false }
        return now.advanced(by: standing.estimatedWait) > deadline
    }

    /// Lets somebody wait for a ticket's outcome.
    ///
    /// - Returns: whether there is something to wait for.
    mutating func await(_ id: TicketID, _ waiter: CheckedContinuation<Void, Never>) -> Bool {
        guard let entry = self.entries[id], entry.outcome == nil, entry.waiter == nil else { return false }
        entry.waiter = waiter
        return true
    }

    /// Takes back who waits for an outcome, without giving up the place.
    mutating func stopAwaiting(_ id: TicketID) -> CheckedContinuation<Void, Never>? {
        self.entries[id]?.waiter.take()
    }

    /// Fetches a ticket's outcome, which ends its entry; nil while there is none.
    mutating func fetch(_ id: TicketID) -> TicketOutcome? {
        guard let outcome = self.entries[id]?.outcome else { return nil }
        self.entries[id] = nil
        return outcome
    }

    /// Ends a ticket whose slot nobody has fetched.
    mutating func leave(_ id: TicketID, at now: MonotonicInstant, into effects: inout AdmissionEffects) {
        guard let entry = self.entries.removeValue(forKey: id) else { return }
        if let waiter = entry.waiter { effects.woken.append(waiter) }
        switch entry.outcome {
        case .granted?: self.handle(.released(id, nil), at: now, into: &effects)
        case .failed?: break
        case nil: self.handle(.cancelled(id), at: now, into: &effects)
        }
    }

    /// Takes a waiting ticket out of the line with an error.
    mutating func cancel(
        _ id: TicketID,
        _ error: ServiceError,
        at now: MonotonicInstant,
        into effects: inout AdmissionEffects
    ) {
        guard let entry = self.entries[id], entry.outcome == nil else { return }
        self.settle(entry, .failed(error), into: &effects)
        self.handle(.cancelled(id), at: now, into: &effects)
    }

    /// Refuses all that wait, and all that come.
    mutating func shutDown(at now: MonotonicInstant, into effects: inout AdmissionEffects) {
        self.isShutDown = true
        for id in self.entries.keys.sorted() { self.cancel(id, .shuttingDown, at: now, into: &effects) }
    }

    // MARK: Events

    mutating func handle(_ event: SchedulerEvent, at now: MonotonicInstant, into effects: inout AdmissionEffects) {
        switch event {
        // Of an engine that is gone nobody expects any more what it was to be asked for, even if it comes back at once.
        case .engineDown(let name), .engineRemoved(let name): self.errands.removeAll { $0.engine == name }
        default: break
        }
        var orphans: [TicketID] = []
        for action in self.scheduler.handle(event, at: now) {
            switch action {
            case .grant(let id, let engine):
                guard let entry = self.entries[id], entry.outcome == nil else {
                    orphans.append(id)
                    continue
                }
                let load = self.loads[Place(model: entry.ticket.runner, engine: engine)]
                let loadTime = load.flatMap { $0.end > entry.arrival ? $0.took : nil }
                self.settle(entry, .granted(engine, at: now, loadTime: loadTime), into: &effects)
            case .refuse(let id, let reason):
                guard let entry = self.entries[id] else { continue }
                self.settle(entry, .failed(self.error(for: reason, of: entry.ticket)), into: &effects)
            case .expire(let id, let reason):
                guard let entry = self.entries[id] else { continue }
                self.settle(entry, .failed(self.error(for: reason, of: entry, at: now)), into: &effects)
            case .load(let runner, let engine):
                self.errands.append(.load(self.wanted(runner), runner: runner, engine))
            case .unload(let model, let engine): self.errands.append(.unload(model, engine))
            case .drain, .resume: break
            }
        }
        // A slot that nobody can fetch goes back at once: none is ever lost.
        for id in orphans { self.handle(.released(id, nil), at: now, into: &effects) }
        effects.isUrgent = effects.isUrgent || self.isUrgent
    }

    mutating func loaded(_ model: ModelName, _ engine: EngineName, took: Duration, at now: MonotonicInstant) {
        self.loads[Place(model: model, engine: engine)] = (now, took)
        self.failures[model] = nil
    }

    mutating func unloaded(_ model: ModelName, _ engine: EngineName) {
        self.loads[Place(model: model, engine: engine)] = nil
    }

    mutating func failed(_ model: ModelName, _ error: ServiceError) {
        // Models come from callers; a reason that is forgotten only makes an error less exact.
        if self.failures.count >= AdmissionState.maximumFailures { self.failures.removeAll() }
        self.failures[model] = error
    }

    // MARK: The background loop

    /// What the loop has to do, and when it has to look again.
    mutating func beginRound() -> (errands: [ModelErrand], wake: MonotonicInstant?) {
        defer { self.errands = [] }
        self.plannedWake = self.scheduler.nextWakeup ?? MonotonicInstant(nanoseconds: .max)
        return (self.errands, self.scheduler.nextWakeup)
    }

    private var isUrgent: Bool {
        if !self.errands.isEmpty { return true }
        guard let planned = self.plannedWake, let next = self.scheduler.nextWakeup else { return false }
        return next < planned
    }

    /// The name by which somebody waits for a runner: the engine is to load what was asked for, not another model that
    /// happens to have the same weights.
    private func wanted(_ runner: ModelName) -> ModelName {
        self.entries.values.first { $0.ticket.runner == runner && $0.outcome == nil }?.ticket.model ?? runner
    }

    // MARK: Outcomes

    private func settle(_ entry: Entry, _ outcome: TicketOutcome, into effects: inout AdmissionEffects) {
        entry.outcome = outcome
        if let waiter = entry.waiter.take() { effects.woken.append(waiter) }
    }

    private func error(for reason: SchedulerAction.Refusal, of ticket: Ticket) -> ServiceError {
        switch reason {
        case .queueFull:
            return ServiceError(
                .queueFull,
                "The waiting line is full.",
                retryAfter: self.scheduler.expectedWait(for: ticket.runner)
            )
        case .modelUnavailable: return self.unavailable(ticket)
        case .pinned:
            return ServiceError(
                .modelUnavailable,
                "The model '\(ticket.model.spelling)' cannot be loaded: every place for a model on its engines is pinned to "
                    + "another one.",
                retryAfter: self.scheduler.settings.loadRetry,
                isRetryable: false
            )
        case .engineGone: return .engineUnreachable
        }
    }

    private func error(for reason: SchedulerAction.Expiry, of entry: Entry, at now: MonotonicInstant) -> ServiceError {
        switch reason {
        case .queueTimeout:
            return ServiceError(
                .queueTimeout,
                "The request waited \(Int((now - entry.arrival).inSeconds)) s in line and was given up.",
                retryAfter: self.scheduler.expectedWait(for: entry.ticket.runner)
            )
        case .deadline: return .deadlinePassed
        }
    }

    private func unavailable(_ ticket: Ticket) -> ServiceError {
        let failure = self.failures[ticket.runner]
        // An engine that has not got the model, is busy or too slow says nothing against the model.
        if let failure, failure.code != .engineError { return failure }
        let reason = failure.map { " \($0.message)" } ?? ""
        return ServiceError(
            .modelUnavailable,
            "The model '\(ticket.model.spelling)' cannot be loaded.\(reason)",
            retryAfter: self.scheduler.settings.loadRetry
        )
    }
}

extension ServiceError {
    /// The caller's own deadline has passed.
    public static let deadlinePassed = ServiceError(
        .deadlineExceeded,
        "The caller's deadline has passed (X-Deadline-Ms)."
    )
}
