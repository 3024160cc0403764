import Synchronization

/// Lets only so many go on at a time; who comes first goes on first.
final class RequestLimit: Sendable {
    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    /// A limit; one below 1 is 1.
    init(_ count: Int) {
        self.state = Mutex(State(free: max(1, count)))
    }

    /// How many wait.
    var waiting: Int { self.state.withLock(\.waiters.count) }
    /// How many could go on at once.
    var free: Int { self.state.withLock(\.free) }

    /// Waits until it may go on.
    ///
    /// - Returns: the right to go on, which ends with the last reference to it.
    /// - Throws: `CancellationError` if the task was cancelled before that.
    func enter() async throws -> Permit {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let hasPlace = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDecided: Bool? = self.state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let isDecided { continuation.resume(returning: isDecided) }
            }
        } onCancel: {
            let waiter: Waiter? = self.state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
        }
        guard hasPlace else { throw CancellationError() }
        return Permit(self)
    }

    fileprivate func leave() {
        let next: Waiter? = self.state.withLock { state in
            // A place that somebody waits for is handed on and never free in between.
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }

    /// The right to go on.
    final class Permit: Sendable {
        private let limit: RequestLimit

        fileprivate init(_ limit: RequestLimit) {
            self.limit = limit
        }

        deinit {
            self.limit.leave()
        }
    }
}
