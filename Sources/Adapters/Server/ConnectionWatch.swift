import Synchronization

/// Links a connection, which sees the caller leave, with what answers its request.
final class ConnectionWatch: Sendable {
    private struct State {
        var isArmed = false
        var hasLeft = false
        var work: RequestWork?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// From now on a caller that leaves cancels the work: nobody else wants the result.
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

    /// A request is being answered now, and may have been for a while.
    func serve(_ work: RequestWork) {
        self.change { $0.work = work }
    }

    /// Nothing is being answered any more.
    func served() {
        let waiter = self.state.withLock { state in
            state.work = nil
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Waits until nothing is being answered; one at a time may.
    func end() async {
        await withCheckedContinuation { continuation in
            let isOver = self.state.withLock { state in
                if state.work != nil { state.waiter = continuation }
                return state.work == nil
            }
            if isOver { continuation.resume() }
        }
    }

    /// Cancels what is being answered, whether the caller has left or not.
    func cancel() {
        self.state.withLock(\.work)?.cancel()
    }

    private func change(_ body: (inout State) -> Void) {
        let abandoned = self.state.withLock { state -> RequestWork? in
            body(&state)
            return state.hasLeft && state.isArmed ? state.work : nil
        }
        abandoned?.cancel()
    }
}
