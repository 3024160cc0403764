import Synchronization

/// The slots of a llama.cpp server: so many requests at a time, the others wait in their order.
final class LlamaSlots: Sendable {
    private struct State {
        var free: Int
        var waiting: [OneShot<Void>] = []
    }

    private let state: Mutex<State>
    private let ledger: Ledger

    init(_ count: Int, ledger: Ledger) {
        state = Mutex(State(free: count))
        self.ledger = ledger
    }

    func withSlot<Result>(_ body: () async throws -> Result) async throws -> Result {
        let granted = OneShot<Void>()
        change { $0.waiting.append(granted) }
        do {
            try await granted.wait()
        } catch {
            change { state in state.waiting.removeAll { $0 === granted } }
            throw error
        }
        defer { change { $0.free += 1 } }
        return try await body()
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            while state.free > 0, !state.waiting.isEmpty {
                // Giving to one who has left fails, and the next in line gets the slot.
                if state.waiting.removeFirst().give(()) { state.free -= 1 }
            }
            let waiting = state.waiting.count
            ledger.change { $0.placesWaiting = waiting }
        }
    }
}
