import Synchronization

/// Whether what must survive a restart can be written now: a full disk is a state, not a crash.
///
/// One write that fails makes it unwritable. One that goes well does not make it writable again: on a disk that is nearly
/// full small writes get through between large ones that do not.
public final class StoreState: Sendable {
    private struct State {
        var isWritable = true
        var failures = 0
    }

    private let state = Mutex(State())

    /// Starts writable.
    public init() {}

    /// Whether writing works, as far as is known.
    public var isWritable: Bool { self.state.withLock(\.isWritable) }

    /// How many writes have failed for want of a working store.
    public var failures: Int { self.state.withLock(\.failures) }

    /// A write failed.
    ///
    /// - Returns: whether the store was writable until now, so that the change is logged once.
    @discardableResult
    public func noteFailure() -> Bool {
        self.state.withLock { state in
            defer { state.isWritable = false }
            state.failures += 1
            return state.isWritable
        }
    }

    /// A write went well, some time after the failures were counted.
    ///
    /// - Parameter failures: how many there were then; if there are more by now, nothing changes.
    /// - Returns: whether the store is writable only since now.
    @discardableResult
    public func noteRecovery(since failures: Int) -> Bool {
        self.state.withLock { state in
            guard !state.isWritable, state.failures == failures else { return false }
            state.isWritable = true
            return true
        }
    }
}
