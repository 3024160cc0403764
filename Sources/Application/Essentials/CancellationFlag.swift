import Synchronization

/// Tells blocking work that nobody waits for its result any more.
///
/// The work asks from time to time; it is not a task that could be cancelled.
public final class CancellationFlag: Sendable {
    // At an address of its own, so that work in C can ask as well. It lives as long as this object, and is touched by
    // atomic operations only: there is nothing that two threads could do to each other.
    private nonisolated(unsafe) let flag: UnsafeMutablePointer<Atomic<Int32>>

    /// Creates a flag that is not raised.
    public init() {
        self.flag = .allocate(capacity: 1)
        self.flag.initialize(to: Atomic(0))
    }

    deinit {
        self.flag.deinitialize(count: 1)
        self.flag.deallocate()
    }

    /// Whether the work may stop.
    public var isRaised: Bool { self.flag.pointee.load(ordering: .relaxed) != 0 }

    /// Tells the work to stop.
    public func raise() {
        self.flag.pointee.store(1, ordering: .relaxed)
    }

    /// Hands the flag to work that can only look at memory.
    ///
    /// - Parameter body: gets the address of a number that is not 0 once the flag is raised; it holds for the call alone,
    ///   and has to be read atomically.
    /// - Returns: what the body returns.
    public func withAddress<Result>(_ body: (UnsafePointer<Int32>) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) {
            try body(UnsafeRawPointer(self.flag).assumingMemoryBound(to: Int32.self))
        }
    }
}
