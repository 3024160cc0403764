import DequeModule
import Synchronization

/// Lets in as much as there is room for, in the order in which it came; the others wait.
final class WeightedGate: Sendable {
    private struct Waiter {
        let id: Int
        let weight: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var nextID = 0
        var waiters: Deque<Waiter> = []

        /// Takes those who have room now out of the line.
        mutating func admitted() -> [Waiter] {
            var admitted: [Waiter] = []
            while let first = self.waiters.first, first.weight <= self.free {
                self.free -= first.weight
                admitted.append(self.waiters.removeFirst())
            }
            return admitted
        }
    }

    private let capacity: Int
    private let state: Mutex<State>

    /// Starts with all its room free.
    init(capacity: Int) {
        self.capacity = capacity
        self.state = Mutex(State(free: capacity))
    }

    /// How much room is taken, and how many wait.
    var load: (taken: Int, waiting: Int) { self.state.withLock { (self.capacity - $0.free, $0.waiters.count) } }

    /// Waits for room and takes it; ``leave(_:)`` has to follow.
    ///
    /// - Parameter weight: how much, at most all there is.
    /// - Throws: `CancellationError` if the task is cancelled meanwhile; nothing is taken then.
    func enter(_ weight: Int) async throws {
        precondition(weight <= self.capacity, "there never is so much room")
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let waiter = Waiter(id: id, weight: weight, continuation: continuation)
                let admitted = self.state.withLock { state -> [Waiter]? in
                    guard !Task.isCancelled else { return nil }
                    state.waiters.append(waiter)
                    return state.admitted()
                }
                guard let admitted else { return continuation.resume(throwing: CancellationError()) }
                for waiter in admitted { waiter.continuation.resume() }
            }
        } onCancel: {
            let (gone, admitted) = self.state.withLock { state -> (Waiter?, [Waiter]) in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return (nil, []) }
                let gone = state.waiters.remove(at: index)
                // It may have stood before some that have room.
                return (gone, state.admitted())
            }
            gone?.continuation.resume(throwing: CancellationError())
            for waiter in admitted { waiter.continuation.resume() }
        }
    }

    /// Gives room back.
    func leave(_ weight: Int) {
        let admitted = self.state.withLock { state in
            state.free += weight
            return state.admitted()
        }
        for waiter in admitted { waiter.continuation.resume() }
    }
}
