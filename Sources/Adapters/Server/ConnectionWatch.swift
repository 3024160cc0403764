import Synchronization

/// Links a connection's channel handler, which sees the caller leave, with the task that serves the connection.
final class ConnectionWatch: Sendable {
    /// The watch of the connection that the present task serves; nil in tests without a connection.
    @TaskLocal static var current: ConnectionWatch?

    private struct State {
        var isArmed = false
        var hasLeft = false
        var isOver = false
        var continuation: CheckedContinuation<Bool, Never>?
    }

    private let state = Mutex(State())

    /// From now on a caller that leaves cancels the connection's task: nobody else wants the result.
    func arm() {
        self.change { $0.isArmed = true }
    }

    /// A caller that leaves from now on cancels nothing.
    func disarm() {
        self.change { $0.isArmed = false }
    }

    /// The caller has closed its side, or the connection is gone.
    func callerLeft() {
        self.change { $0.hasLeft = true }
    }

    /// The connection has been served to its end.
    func finish() {
        self.change { $0.isOver = true }
    }

    /// Waits for one of the two ends.
    ///
    /// - Returns: true if the caller left while the watch was armed, false if the connection came to its end.
    func untilDecided() async -> Bool {
        await withCheckedContinuation { continuation in
            self.change { $0.continuation = continuation }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let decision: (CheckedContinuation<Bool, Never>?, Bool) = self.state.withLock { state in
            body(&state)
            let isAbandoned = state.hasLeft && state.isArmed
            guard isAbandoned || state.isOver else { return (nil, false) }
            return (state.continuation.take(), isAbandoned)
        }
        decision.0?.resume(returning: decision.1)
    }
}
