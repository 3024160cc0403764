import NIOCore
import Synchronization

/// The process of a runner, as far as those who use it see it: they sleep between tokens, and its death wakes them.
final class RunnerLife: Sendable {
    private struct State {
        var isOver = false
        var sleepers: [OneShot<Bool>] = []
    }

    private let state = Mutex(State())
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Sleeps, or throws because the runner has died or dies meanwhile.
    func sleep(for duration: Duration) async throws {
        let woken = OneShot<Bool>()
        let isOver = state.withLock { state in
            if !state.isOver, duration > .zero { state.sleepers.append(woken) }
            return state.isOver
        }
        if isOver { throw EngineError.runnerDied }
        guard duration > .zero else { return }
        let timer = eventLoop.scheduleTask(in: .nanoseconds(Int64(duration.nanoseconds))) { _ = woken.give(false) }
        defer {
            timer.cancel()
            state.withLock { state in state.sleepers.removeAll { $0 === woken } }
        }
        if try await woken.wait() { throw EngineError.runnerDied }
    }

    func end() {
        state.withLock { state in
            state.isOver = true
            for sleeper in state.sleepers { sleeper.give(true) }
        }
    }
}
