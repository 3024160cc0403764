import Synchronization

/// Links a connection, which sees the caller leave, with the task that answers its request.
final class ConnectionWatch: Sendable {
    private struct State {
        var isArmed = false
        var hasLeft = false
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// From now on a caller that leaves cancels the task: nobody else wants the result.
    func arm() {
        self.change { $0.isArmed = true }
    }

    /// A caller that leaves from now on cancels nothing.
    func disarm() {
        self.state.withLock { $0.isArmed = false }
    }

    /// The caller has closed its side, or the connection is gone.
    func callerLeft() {
        self.change { $0.hasLeft = true }
    }

    /// A task answers now, and may have been under way for a while; or none does.
    func serve(_ task: Task<Void, Never>?) {
        self.change { $0.task = task }
    }

    /// The task that answers, if one does.
    var task: Task<Void, Never>? { self.state.withLock(\.task) }

    private func change(_ body: (inout State) -> Void) {
        let abandoned = self.state.withLock { state -> Task<Void, Never>? in
            body(&state)
            return state.hasLeft && state.isArmed ? state.task : nil
        }
        abandoned?.cancel()
    }
}
