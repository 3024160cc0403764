public import Domain

/// Tells how the queues are and have been.
public struct QueueStatsUseCase: Sendable {
    /// One queue, now and since the start.
    public struct Stats: Sendable {
        /// How it is now.
        public let now: QueueFigures
        /// What has become of its requests since the service started.
        public let tally: QueueTally
    }

    private let queues: any QueueReporting
    private let statistics: RequestStatistics

    /// Creates the use case.
    public init(queues: any QueueReporting, statistics: RequestStatistics) {
        self.queues = queues
        self.statistics = statistics
    }

    /// How a queue is.
    ///
    /// - Parameters:
    ///   - queue: which one.
    ///   - project: whose requests count; nil is all of them.
    /// - Returns: its figures.
    public func stats(of queue: RequestQueue, for project: ProjectName?) -> Stats {
        Stats(
            now: self.queues.figures(of: queue, for: project),
            tally: self.statistics.tally(of: queue, for: project)
        )
    }

    /// How far the estimates that waiting callers were told were from the truth; nil if nobody was told any.
    public var estimateError: EstimateError? { self.queues.estimateError }
}
