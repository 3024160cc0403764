public import Domain

extension BoundedAdmission: QueueReporting {
    /// See ``QueueReporting/figures(of:for:)``.
    ///
    /// There is one line for all projects and for everything, which is the chat queue.
    public func figures(of queue: RequestQueue, for project: ProjectName?) -> QueueFigures {
        let counts = queue == .chat ? self.counts : (waiting: 0, running: 0)
        return QueueFigures(
            queued: counts.waiting,
            inProgress: counts.running,
            maxConcurrent: self.maxConcurrent,
            maxQueueSize: self.limits.maxQueueSize,
            timeout: self.limits.timeout
        )
    }

    /// Nobody is told an estimate.
    public var estimateError: EstimateError? { nil }
}
