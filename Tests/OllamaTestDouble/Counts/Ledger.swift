import NIOCore
import Synchronization

/// Keeps the counts and the last requests, and wakes those who wait for a count.
final class Ledger: Sendable {
    private struct Waiter {
        let id: Int
        let condition: @Sendable (Counts) -> Bool
        let met: OneShot<Bool>
    }

    private struct State {
        var counts = Counts()
        var requests: [RecordedRequest] = []
        var waiters: [Waiter] = []
        var nextWaiter = 0
    }

    private let state = Mutex(State())
    private let keptRequests: Int

    init(keptRequests: Int) { self.keptRequests = keptRequests }

    var counts: Counts { state.withLock { $0.counts } }

    var requests: [RecordedRequest] { state.withLock { $0.requests } }

    func change(_ change: (inout Counts) -> Void) {
        update { change(&$0.counts) }
    }

    func record(_ request: RecordedRequest) {
        update { state in
            // Requests that only load or unload are counted apart: a test counts what a model was to answer.
            let key = request.isLoad ? Counts.loadRequests : request.route
            state.counts.requests[key, default: 0] += 1
            state.requests.append(request)
            if state.requests.count > keptRequests { state.requests.removeFirst() }
        }
    }

    func waitUntil(
        timeout: Duration,
        on eventLoop: any EventLoop,
        _ condition: @escaping @Sendable (Counts) -> Bool
    ) async throws {
        let met = OneShot<Bool>()
        let id = state.withLock { state in
            state.nextWaiter += 1
            if condition(state.counts) {
                met.give(true)
            } else {
                state.waiters.append(Waiter(id: state.nextWaiter, condition: condition, met: met))
            }
            return state.nextWaiter
        }
        let timer = eventLoop.scheduleTask(in: .nanoseconds(Int64(timeout.nanoseconds))) { _ = met.give(false) }
        defer {
            timer.cancel()
            state.withLock { $0.waiters.removeAll { $0.id == id } }
        }
        guard try await met.wait() else { throw WaitTimedOut(counts: counts) }
    }

    private func update(_ change: (inout State) -> Void) {
        let (counts, waiters): (Counts?, [Waiter]) = state.withLock { state in
            change(&state)
            return state.waiters.isEmpty ? (nil, []) : (state.counts, state.waiters)
        }
        guard let counts else { return }
        for waiter in waiters where waiter.condition(counts) { waiter.met.give(true) }
    }
}
