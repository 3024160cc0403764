/// What has become of the requests of a queue since the service started.
public struct QueueTally: Sendable {
    /// Those whose caller got the whole answer.
    public private(set) var completed = 0
    /// Those that failed.
    public private(set) var failed = 0
    /// Those that found the queue full, or were displaced from it.
    public private(set) var rejected = 0
    /// Those that waited for as long as they, or their callers, wanted.
    public private(set) var timedOut = 0
    /// Those that were cancelled.
    public private(set) var cancelled = 0
    private var waits = DurationHistogram()

    /// Nothing.
    init() {}

    /// What all that got a slot waited for it, together.
    public var totalWait: Duration { self.waits.sum }
    /// The longest that one waited.
    public var maxWait: Duration { self.waits.maximum }
    /// What they waited on average.
    public var meanWait: Duration { self.waits.mean }

    /// What a part of them waited at most, above 0 and up to 1; exact to 1.6 %.
    public func wait(percentile part: Double) -> Duration { self.waits.percentile(part) }

    mutating func add(_ outcome: RequestSample.Outcome, waited: Duration?) {
        switch outcome {
        case .completed: self.completed += 1
        case .failed: self.failed += 1
        case .rejected: self.rejected += 1
        case .timedOut: self.timedOut += 1
        case .cancelled: self.cancelled += 1
        }
        if let waited { self.waits.add(waited) }
    }

    mutating func add(_ other: QueueTally) {
        self.completed += other.completed
        self.failed += other.failed
        self.rejected += other.rejected
        self.timedOut += other.timedOut
        self.cancelled += other.cancelled
        self.waits.add(other.waits)
    }
}
