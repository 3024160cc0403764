import Application
import Synchronization

/// Somebody waits, somebody else rings.
///
/// A bell that was rung keeps ringing until it is silenced.
final class Bell: Sendable {
    private struct State {
        var isRinging = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    /// Whether it rings.
    var isRinging: Bool { self.state.withLock { $0.isRinging } }

    /// Wakes everybody who waits.
    func ring() {
        let waiting = self.state.withLock { state in
            state.isRinging = true
            defer { state.waiting.removeAll() }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Lets the next one wait again.
    ///
    /// - Returns: whether it rang.
    @discardableResult
    func silence() -> Bool {
        self.state.withLock { state in
            defer { state.isRinging = false }
            return state.isRinging
        }
    }

    /// Waits until it rings or the task is cancelled.
    func wait() async {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.isRinging || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }
    /// Waits until it rings, the time is over or the task is cancelled.
    func wait(atMost duration: Duration, on clock: any ServiceClock) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await clock.sleep(for: duration) }
            group.addTask { await self.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
