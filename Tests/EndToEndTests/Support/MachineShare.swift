import Synchronization
import Testing

/// How much of the machine a test needs. Tests of this target start processes: too many at once would disturb each
/// other's clocks, so a test waits for its share.
struct MachineShare: SuiteTrait, TestTrait, TestScoping {
    /// All of the machine.
    static let whole = 4

    let size: Int
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        // A test that has a share already, because its suite has one too, would wait for itself.
        guard testCase != nil, !MachineShare.isHeld else { return try await function() }
        await MachineShare.shares.take(self.size)
        do {
            try await MachineShare.$isHeld.withValue(true) { try await function() }
        } catch {
            MachineShare.shares.giveBack(self.size)
            throw error
        }
        MachineShare.shares.giveBack(self.size)
    }

    @TaskLocal private static var isHeld = false
    private static let shares = Shares(MachineShare.whole)
}

extension Trait where Self == MachineShare {
    /// A test that starts one service and does little.
    static var light: Self { MachineShare(size: 1) }
    /// A test that measures time or memory, or makes much noise itself.
    static var heavy: Self { MachineShare(size: MachineShare.whole) }
}

/// Shares that are handed out first come, first served.
private final class Shares: Sendable {
    private struct State {
        var free: Int
        var waiting: [(size: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        self.state = Mutex(State(free: count))
    }

    func take(_ size: Int) async {
        await withCheckedContinuation { continuation in
            self.change { $0.waiting.append((size, continuation)) }
        }
    }

    func giveBack(_ size: Int) {
        self.change { $0.free += size }
    }

    private func change(_ body: (inout State) -> Void) {
        let served: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            body(&state)
            var served: [CheckedContinuation<Void, Never>] = []
            while let first = state.waiting.first, first.size <= state.free {
                state.free -= first.size
                served.append(first.continuation)
                state.waiting.removeFirst()
            }
            return served
        }
        for continuation in served { continuation.resume() }
    }
}
