import Synchronization

/// Tells blocking work that nobody waits for its result any more.
///
/// The work asks from time to time; it is not a task that could be cancelled.
public final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    /// Creates a flag that is not raised.
    public init() {}

    /// Whether the work may stop.
    public var isRaised: Bool { self.flag.load(ordering: .relaxed) }

    /// Tells the work to stop.
    public func raise() {
        self.flag.store(true, ordering: .relaxed)
    }
}
