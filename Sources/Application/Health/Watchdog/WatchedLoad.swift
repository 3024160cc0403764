import Domain
import Synchronization

/// A load that can be ended from elsewhere: an engine whose loads are wedged would keep it for ever.
final class WatchedLoad: Sendable {
    private struct State {
        var error: ServiceError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// What is loaded where.
    let pair: Watchdog.Pair
    private let state = Mutex(State())

    init(_ pair: Watchdog.Pair) {
        self.pair = pair
    }

    /// Ends the load with an error.
    func cancel(_ error: ServiceError) {
        let waiter = self.state.withLock { state in
            state.error = state.error ?? error
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Does the load, as long as nobody cancels it.
    func run(_ load: @escaping @Sendable () async throws -> Duration?) async throws -> Duration? {
        try await withThrowingTaskGroup(of: Duration?.self) { group in
            group.addTask { try await load() }
            group.addTask {
                await self.untilCancelled()
                throw self.state.withLock { $0.error } ?? CancellationError()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func untilCancelled() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.error != nil || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.waiter.take() }?.resume()
        }
    }
}

extension EngineDirectory {
    /// Does a load under the watchdog's eyes.
    func watching(
        _ model: ModelName,
        on engine: EngineName,
        _ load: @escaping @Sendable () async throws -> Duration?
    ) async throws -> Duration? {
        let pair = Watchdog.Pair(engine: engine, model: self.scheduledName(of: model))
        let watched = WatchedLoad(pair)
        let number = self.state.withLock { state in
            state.attemptsBegun += 1
            state.loads[state.attemptsBegun] = watched
            state.watchdog.sent(pair, at: self.clock.now)
            return state.attemptsBegun
        }
        defer {
            self.state.withLock { state in
                state.loads[number] = nil
                state.watchdog.ended(pair, wasSilent: false)
            }
        }
        return try await watched.run(load)
    }

    // MARK: For the watchdog

    /// Looks at an engine that answers; nil if nothing is wrong as far as one can tell.
    func suspicion(of engine: EngineName) -> Watchdog.Verdict? {
        let attempts = self.attempts.filter { $0.engine == engine && $0.hasAnswered }
        return self.state.withLock { state in
            for attempt in attempts {
                state.watchdog.heard(Watchdog.Pair(engine: engine, model: attempt.model), at: attempt.lastWordAt)
            }
            guard state.engines[engine]?.state == .up else { return nil }
            return state.watchdog.look(at: engine, self.clock.now)
        }
    }

    /// Whether an engine is answering somebody just now.
    func isAnswering(_ engine: EngineName, within limit: Duration) -> Bool {
        let now = self.clock.now
        return self.attempts.contains { $0.engine == engine && $0.hasAnswered && now - $0.lastWordAt < limit }
    }

    /// What was suspected has been disproved, or is over.
    func calm(_ engine: EngineName) {
        self.state.withLock { $0.watchdog.calm(engine, at: self.clock.now) }
    }

    /// Takes a wedged engine out of rotation, or takes it back.
    func setWedged(_ isWedged: Bool, _ engine: EngineName) {
        self.change { state in
            guard state.engines[engine] != nil, state.engines[engine]?.isWedged != isWedged else { return }
            state.engines[engine]?.isWedged = isWedged
            switch (isWedged, state.engines[engine]?.state) {
            case (true, .up): state.engines[engine]?.state = .down
            // The next answer tells whether it is up.
            case (false, .down): state.engines[engine]?.state = .unknown
            default: break
            }
            if !isWedged { state.watchdog.calm(engine, at: self.clock.now) }
        }
    }

    /// Ends everything at an engine of whose answer nothing has been seen; those who asked may ask again.
    func endSilent(on engine: EngineName) {
        let loads = self.state.withLock { $0.loads.values.filter { $0.pair.engine == engine } }
        for load in loads { load.cancel(.engineWedged) }
        for attempt in self.attempts where attempt.engine == engine && !attempt.hasAnswered {
            attempt.cancel(.engineWedged)
        }
    }
}

extension ServiceError {
    /// The engine answers questions and runs nothing.
    static let engineWedged = ServiceError(
        .engineUnavailable,
        "The engine hangs and is being repaired.",
        retryAfter: .seconds(5),
        blame: .engine
    )
}
