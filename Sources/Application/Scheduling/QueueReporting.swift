public import Domain

/// What an admission tells of its queues at this moment.
public protocol QueueReporting: Sendable {
    /// How a queue is, and its bounds.
    ///
    /// - Parameters:
    ///   - queue: which one.
    ///   - project: whose requests are counted; nil is all of them.
    /// - Returns: the figures; the bounds are the queue's in either case.
    func figures(of queue: RequestQueue, for project: ProjectName?) -> QueueFigures
    /// How many requests wait in a queue, by their class.
    func waiting(in queue: RequestQueue) -> [RequestClass: Int]
    /// How far the estimates that waiting callers were told were from the truth; nil if nobody was told any.
    var estimateError: EstimateError? { get }
}

/// How a queue is at this moment.
public struct QueueFigures: Sendable, Equatable {
    /// Requests that wait for a slot.
    public var queued: Int
    /// Requests that hold one.
    public var inProgress: Int
    /// How many may hold one at once: as configured, else the slots of all engines.
    public var maxConcurrent: Int
    /// How many may wait.
    public var maxQueueSize: Int
    /// How long one may wait.
    public var timeout: Duration

    /// Puts the figures together.
    public init(queued: Int, inProgress: Int, maxConcurrent: Int, maxQueueSize: Int, timeout: Duration) {
        self.queued = queued
        self.inProgress = inProgress
        self.maxConcurrent = maxConcurrent
        self.maxQueueSize = maxQueueSize
        self.timeout = timeout
    }
}
