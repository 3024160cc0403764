import NIOCore
import Synchronization

/// Ollama's scheduler of models: one line of loads, one runner for each blob of weights, a few places on each runner.
///
/// It repeats the order of Ollama's own decisions, the harmful ones included: requests to a loaded model pass the line
/// and wait without limit; a load that waits for room blocks all later loads; and, if asked to, a request to the model
/// that is about to be evicted resurrects it, whereupon the load waits for ever.
final class Scheduler: Sendable {
    typealias Grant = Result<Lease, EngineError>

    /// A place on a runner.
    struct Lease: Sendable {
        let runner: Int
        let weights: String
        let contextLength: Int
        let life: RunnerLife
    }

    struct Limits: Sendable {
        var parallel: Int
        var maxLoadedModels: Int
        var maxQueue: Int
        var keepAlive: KeepAlive
        var loadTime: Duration
        var defaultContext: Int
        var resurrectsVictims: Bool
        var stallsLoads: Bool
    }

    struct LoadedModel: Sendable {
        var model: ModelDescription
        var contextLength: Int
        var expiry: WallClock
        var places: Int
    }

    private let state: Mutex<SchedulerState>

    init(limits: Limits, ledger: Ledger, eventLoop: any EventLoop) {
        state = Mutex(SchedulerState(limits: limits, ledger: ledger, eventLoop: eventLoop))
        state.withLock { state in
            state.after = { [weak self] delay, event in
                eventLoop.scheduleTask(in: .nanoseconds(Int64(delay.nanoseconds))) {
                    self?.decide { $0.handle(event) }
                }
            }
        }
    }

    /// Waits for a place on the runner of the model, loading it if needed.
    ///
    /// A load ends with the failure if there is one, and the line of loads takes nobody if it is said to be full.
    func acquire(
        _ model: ModelDescription,
        options: RunnerOptions,
        keepAlive: KeepAlive?,
        failure: EngineError?,
        isQueueFull: Bool
    ) async throws -> Lease {
        let granted = OneShot<Grant>()
        try decide { state in
            let pending = PendingLoad(
                model: model,
                options: options,
                keepAlive: keepAlive,
                failure: failure,
                granted: granted
            )
            if state.canJoin(pending) { return state.join(pending) }
            guard !isQueueFull, state.line.count < state.limits.maxQueue else { throw EngineError.busy }
            state.enqueue(pending)
        }
        do {
            return try await granted.wait().get()
        } catch let error as EngineError {
            throw error
        } catch {
            decide { $0.abandoned(granted) }
            throw error
        }
    }

    func release(_ lease: Lease) {
        decide { $0.release(lease) }
    }

    /// Takes the model out of memory as soon as nobody uses it.
    func unload(_ model: ModelDescription) {
        decide { $0.unload(weights: model.weights) }
    }

    /// The runner's process dies for all who use it; the next request loads the model again.
    func kill(_ lease: Lease) {
        decide { $0.kill(weights: lease.weights, runner: lease.runner) }
    }

    /// The runner of the model dies, if it is loaded.
    func kill(_ model: ModelDescription) {
        decide { $0.kill(weights: model.weights, runner: nil) }
    }

    func finishLoad() {
        decide { $0.finishLoad() }
    }

    func change(_ change: (inout Limits) -> Void) {
        decide { state in
            change(&state.limits)
            state.limitsChanged()
        }
    }

    /// The models in memory and those that load now, the longest-lived first.
    var loaded: [LoadedModel] { state.withLock { $0.loaded } }

    func stop() {
        state.withLock { $0.stop() }
    }

    /// One decision under the lock, and what follows from it for the counts.
    private func decide<Result>(_ decision: (inout SchedulerState) throws -> Result) rethrows -> Result {
        try state.withLock { state in
            defer { state.publish() }
            return try decision(&state)
        }
    }
}
