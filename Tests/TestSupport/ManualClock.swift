public import Application
import Synchronization

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A clock that stands still until a test moves it.
public final class ManualClock: ServiceClock {
    private struct Sleeper {
        let wakesAt: MonotonicInstant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = MonotonicInstant(nanoseconds: 0)
        var sleepers: [Int: Sleeper] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    /// Starts at zero.
    public init() {}

    /// The present.
    public var now: MonotonicInstant { self.state.withLock(\.now) }

    /// A world that began with the clock.
    public var wallTime: Date {
        Date(timeIntervalSince1970: Double(self.now.nanoseconds) / 1_000_000_000)
    }

    /// How many tasks sleep.
    public var sleepers: Int { self.state.withLock(\.sleepers.count) }

    /// Sleeps until a test moves the clock far enough.
    public func sleep(for duration: Duration) async throws {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isCancelled = self.state.withLock { state in
                    guard !Task.isCancelled else { return true }
                    state.sleepers[id] = Sleeper(wakesAt: state.now.advanced(by: duration), continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            self.state.withLock { $0.sleepers.removeValue(forKey: id) }?
                .continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the clock and wakes whoever has slept enough.
    public func advance(by duration: Duration) {
        let woken = self.state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.wakesAt <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.wakesAt < $1.wakesAt }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Waits until this many tasks sleep, which shows that they have come to the point of waiting.
    public func untilSleeping(_ count: Int) async {
        while self.sleepers < count { await Task.yield() }
    }
}
