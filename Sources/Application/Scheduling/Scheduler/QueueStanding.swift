/// What a waiting caller can be told.
public struct QueueStanding: Sendable, Equatable {
    /// Its place among the tickets that want the model, from 1.
    ///
    /// It only grows for a cause.
    public let position: Int
    /// How long it will probably still wait.
    public let estimatedWait: Duration
    /// Why the position last grew; nil if it never did.
    public let cause: QueueCause?
}

/// How far estimates were from the truth, over the latest of them.
public struct EstimateError: Sendable, Equatable {
    /// Half of the estimates were nearer than this.
    public let p50: Duration
    /// Nine of ten were.
    public let p90: Duration
    /// How many estimates this is about.
    public let count: Int
}

/// What the scheduler holds.
public struct SchedulerCounts: Sendable, Equatable {
    /// Tickets that wait.
    public var waiting = 0
    /// Tickets that run.
    public var running = 0
    /// The bytes of those that wait.
    public var waitingBytes = 0
    /// Projects that are known.
    public var projects = 0
    /// Shares of projects that are kept.
    public var flows = 0
    /// Lines of tickets.
    public var lines = 0
    /// Engines that are known, or named by those who wait or run.
    public var engines = 0
    /// Things that wait for their time.
    public var appointments = 0

    /// Counts nothing.
    public init() {}
}

/// The errors of the latest estimates.
struct EstimateLog: Sendable {
    static let limit = 256

    private var errors: [Duration] = []
    private var next = 0

    mutating func note(_ error: Duration) {
        let error = error < .zero ? .zero - error : error
        if self.errors.count < EstimateLog.limit {
            self.errors.append(error)
        } else {
            self.errors[self.next] = error
        }
        self.next = (self.next + 1) % EstimateLog.limit
    }

    var summary: EstimateError? {
        guard !self.errors.isEmpty else { return nil }
        let sorted = self.errors.sorted()
        return EstimateError(
            p50: sorted[sorted.count / 2],
            p90: sorted[sorted.count * 9 / 10],
            count: sorted.count
        )
    }
}
