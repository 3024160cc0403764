import Domain
import Synchronization

/// One generation whose answer several identical requests get.
///
/// Its job pulls the engine while some sharer wants more, and no further than the slowest may lag behind. It ends when the
/// last sharer leaves. All sharers are equal: whoever came first may leave first.
final class SharedGeneration: Sendable {
    /// Names one sharer.
    typealias SharerID = Int

    /// What the engine's first event has shown.
    struct Opening: Sendable {
        let engine: EngineIdentity
        let at: MonotonicInstant
        let loadTime: Duration?
        let isWarm: Bool
        let notices: GenerationNotices
    }

    fileprivate struct Sharer {
        var position = 0
        var error: ServiceError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    fileprivate struct State {
        var sharers: [SharerID: Sharer] = [:]
        var nextID = 0
        /// The part of the generation that nobody who has left was booked.
        var shareLeft = 1.0
        var pending: PendingExchange<GenerationEvent>?
        var opening: Opening?
        /// Events that a sharer, or a newcomer, has still to see; the first of them has the number `base`.
        var events: [GenerationEvent] = []
        var base = 0
        var bytes = 0
        var takesNewcomers = true
        var end: Result<Void, ServiceError>?
        var isAbandoned = false
        var job: CheckedContinuation<Void, Never>?
    }

    /// What follows outside of the lock when a sharer leaves.
    private struct Departure: Sendable {
        var share: Double?
        var waiter: CheckedContinuation<Void, Never>?
        var job: CheckedContinuation<Void, Never>?
        var abandoned: PendingExchange<GenerationEvent>?
    }

    /// What a newcomer may have missed, and what the slowest sharer may lag behind, in bytes.
    static let limit = 1_048_576
    /// More do not share one generation: their bodies are not counted among the bytes that wait.
    static let maximumSharers = 256

    private let state = Mutex(State())

    // MARK: Sharers

    /// Lets one request more have the answer.
    ///
    /// - Returns: nil if it is too late for that.
    func join() -> SharerID? {
        self.state.withLock { state in
            guard state.takesNewcomers, state.end == nil, !state.isAbandoned,
                state.sharers.count < SharedGeneration.maximumSharers
            else { return nil }
            state.nextID += 1
            state.sharers[state.nextID] = Sharer()
            return state.nextID
        }
    }

    /// Takes a sharer out; the generation ends with the last one.
    ///
    /// - Returns: the part of the generation that is the sharer's, nil if it has left before.
    @discardableResult
    func leave(_ id: SharerID) -> Double? {
        let departure = self.state.withLock { state in
            let count = state.sharers.count
            guard let sharer = state.sharers.removeValue(forKey: id) else { return Departure() }
            let share = state.shareLeft / Double(count)
            state.shareLeft -= share
            let isLast = state.sharers.isEmpty && state.end == nil
            if isLast { state.isAbandoned = true }
            state.dropSeen()
            return Departure(
                share: share,
                waiter: sharer.waiter,
                job: state.jobIfWanted(),
                abandoned: isLast ? state.pending : nil
            )
        }
        departure.waiter?.resume()
        departure.job?.resume()
        departure.abandoned?.cancel(.callerLeft)
        return departure.share
    }

    /// Ends the generation for one sharer, which is told the error.
    func cancel(_ id: SharerID, _ error: ServiceError) {
        let waiter = self.state.withLock { state in
            if state.sharers[id]?.error == nil { state.sharers[id]?.error = error }
            return state.sharers[id]?.waiter.take()
        }
        waiter?.resume()
    }

    /// What the engine's first event has shown; nil while there is none.
    ///
    /// - Throws: why there will be none for the sharer.
    func opening(for id: SharerID) throws -> Opening? {
        try self.state.withLock { state in
            if let error = state.sharers[id]?.error { throw error }
            if let opening = state.opening { return opening }
            if case .failure(let error)? = state.end { throw error }
            return nil
        }
    }

    /// The next event for a sharer, if it is here.
    ///
    /// - Returns: whether there is an answer to the question, and the event; nil is the end.
    func event(for id: SharerID) throws -> (isKnown: Bool, event: GenerationEvent?) {
        let (event, isKnown, job) = try self.state.withLock { state in
            guard let sharer = state.sharers[id] else { throw ServiceError.callerLeft }
            if let error = sharer.error { throw error }
            let index = sharer.position - state.base
            guard index < state.events.count else {
                if let end = state.end { try end.get() }
                return (GenerationEvent?.none, state.end != nil, CheckedContinuation<Void, Never>?.none)
            }
            let event = state.events[index]
            state.sharers[id]?.position += 1
            state.dropSeen()
            return (event, true, state.jobIfWanted())
        }
        job?.resume()
        return (isKnown, event)
    }

    /// Waits until something has changed for a sharer, or its task is cancelled.
    func untilChange(for id: SharerID) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, job) = self.state.withLock { state in
                    guard let sharer = state.sharers[id], sharer.error == nil, !Task.isCancelled, state.end == nil,
                        sharer.position - state.base >= state.events.count
                    else { return (true, CheckedContinuation<Void, Never>?.none) }
                    state.sharers[id]?.waiter = continuation
                    return (false, state.jobIfWanted())
                }
                if isOver { continuation.resume() }
                job?.resume()
            }
        } onCancel: {
            self.state.withLock { $0.sharers[id]?.waiter.take() }?.resume()
        }
    }

    /// What waiting sharers can be told.
    var standing: QueueStanding? { self.state.withLock { $0.pending }?.standing }

    /// Whether the engine loads the model just now.
    var isLoading: Bool { self.state.withLock { $0.pending }?.isLoading ?? false }

    // MARK: The job

    /// Notes the place in line.
    ///
    /// - Returns: false if nobody wants the generation any more.
    func attach(_ pending: PendingExchange<GenerationEvent>) -> Bool {
        self.state.withLock { state in
            state.pending = pending
            return !state.isAbandoned
        }
    }

    /// The engine has said something.
    func opened(_ opening: Opening) {
        self.wakeAll { $0.opening = opening }
    }

    func append(_ events: [GenerationEvent]) {
        self.wakeAll { state in
            state.events += events
            state.bytes += events.reduce(0) { $0 + $1.size }
            if state.bytes > SharedGeneration.limit { state.takesNewcomers = false }
            state.dropSeen()
        }
    }

    /// Nothing more comes.
    func finish(_ end: Result<Void, ServiceError>) {
        self.wakeAll { state in
            state.end = state.end ?? end
            state.pending = nil
        }
    }

    /// Waits until a sharer wants more than is here.
    ///
    /// - Returns: false if nobody is there any more.
    func untilWanted() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.isWanted || state.isAbandoned || Task.isCancelled { return true }
                    state.job = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.job.take() }?.resume()
        }
        return self.state.withLock { !$0.isAbandoned } && !Task.isCancelled
    }

    private func wakeAll(_ change: (inout State) -> Void) {
        let waiters = self.state.withLock { state in
            change(&state)
            var waiters: [CheckedContinuation<Void, Never>] = []
            for id in state.sharers.keys {
                if let waiter = state.sharers[id]?.waiter.take() { waiters.append(waiter) }
            }
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension SharedGeneration.State {
    /// Whether some sharer has seen all that is here and wants more, and none lags too far behind.
    fileprivate var isWanted: Bool {
        guard self.end == nil, self.bytes <= SharedGeneration.limit || self.events.isEmpty else { return false }
        return self.sharers.values.contains { $0.waiter != nil && $0.position - self.base >= self.events.count }
    }

    fileprivate mutating func jobIfWanted() -> CheckedContinuation<Void, Never>? {
        self.isWanted || self.isAbandoned ? self.job.take() : nil
    }

    /// Forgets what all have seen, once no newcomer can come who has not.
    fileprivate mutating func dropSeen() {
        guard !self.takesNewcomers, let slowest = self.sharers.values.map(\.position).min(), slowest > self.base else {
            return
        }
        let seen = min(slowest - self.base, self.events.count)
        self.bytes -= self.events.prefix(seen).reduce(0) { $0 + $1.size }
        self.events.removeFirst(seen)
        self.base += seen
    }
}

extension GenerationEvent {
    /// What an event takes in memory, in bytes, near enough.
    fileprivate var size: Int {
        switch self {
        case .text(let text), .thinking(let text): text.escaped.count + 64
        case .toolCalls(let calls): calls.reduce(64) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
        case .logprobs(let elements): elements.count + 64
        case .embedding(let vector): vector.count + 64
        case .finished: 256
        }
    }
}
