import NIOCore
import NIOPosix
import Synchronization

/// A value that tests watch: whoever changes it wakes those who wait for a condition.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let condition: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var value: Value
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        self.state = Mutex(State(value: value))
    }

    var value: Value { self.state.withLock { $0.value } }

    func read<Result: Sendable>(_ body: (Value) -> Result) -> Result {
        self.state.withLock { body($0.value) }
    }

    func change(_ body: (inout Value) -> Void) {
        let met: [Waiter] = self.state.withLock { state in
            body(&state.value)
            guard !state.waiters.isEmpty else { return [] }
            let met = state.waiters.filter { $0.condition(state.value) }
            state.waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return met
        }
        for waiter in met { waiter.continuation.resume(returning: true) }
    }

    /// Waits until the value satisfies a condition.
    ///
    /// - Throws: ``WaitFailed`` if it does not in time.
    @discardableResult
    func wait(
        for what: String,
        within limit: Duration = .seconds(180),
        until condition: @escaping @Sendable (Value) -> Bool
    ) async throws -> Value {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: TimeAmount(limit)) { self.giveUp(id) }
        defer { timer.cancel() }
        let isMet = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDecided: Bool? = self.state.withLock { state in
                    if condition(state.value) { return true }
                    if Task.isCancelled { return false }
                    state.waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
                    return nil
                }
                if let isDecided { continuation.resume(returning: isDecided) }
            }
        } onCancel: {
            self.giveUp(id)
        }
        guard isMet else {
            try Task.checkCancellation()
            throw WaitFailed(what: what, limit: limit, state: String(describing: self.value))
        }
        return self.value
    }

    private func giveUp(_ id: Int) {
        let waiter: Waiter? = self.state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: false)
    }
}

/// What a test waited for did not happen in time.
struct WaitFailed: Error, CustomStringConvertible {
    let what: String
    let limit: Duration
    let state: String

    var description: String { "no \(self.what) within \(self.limit); at the end: \(self.state.prefix(2000))" }
}

/// Waits for a condition of something that cannot be watched, such as a figure of the operating system.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(180),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw WaitFailed(what: what, limit: limit, state: "it is still not so") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
