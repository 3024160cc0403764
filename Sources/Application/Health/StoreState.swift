import Synchronization

/// Whether what must survive a restart can be written now: a full disk is a state, not a crash.
public final class StoreState: Sendable {
    private let writable = Mutex(true)

    /// Starts writable.
    public init() {}

    /// Whether the last write went well.
    public var isWritable: Bool { self.writable.withLock { $0 } }

    /// A write went well, or failed for want of a working store.
    ///
    /// - Returns: whether that changed the state, so that it is logged once.
    @discardableResult
    public func note(isWritable: Bool) -> Bool {
        self.writable.withLock { state in
            defer { state = isWritable }
            return state != isWritable
        }
    }
}
