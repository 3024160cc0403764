/// How many items of a batch have come how far.
public struct BatchCounts: Sendable, Hashable {
    /// All items.
    public var total: Int
    /// Those with a 2xx answer.
    public var completed: Int
    /// Those with any other outcome, also what expired or was cancelled before it ran.
    public var failed: Int

    /// Creates counts.
    public init(total: Int = 0, completed: Int = 0, failed: Int = 0) {
        self.total = total
        self.completed = completed
        self.failed = failed
    }

    /// Those that have no outcome yet.
    public var open: Int { self.total - self.completed - self.failed }
}
