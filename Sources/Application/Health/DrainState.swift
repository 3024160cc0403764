import Synchronization

/// Whether the service is on its way out: not ready for new callers, still there for the old ones.
public final class DrainState: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Starts as not draining.
    public init() {}

    /// Whether the service is stopping.
    public var isDraining: Bool { self.flag.load(ordering: .relaxed) }

    /// The service is stopping from now on.
    public func begin() {
        self.flag.store(true, ordering: .relaxed)
    }
}
