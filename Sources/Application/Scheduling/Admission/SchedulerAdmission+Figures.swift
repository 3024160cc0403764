public import Domain

extension SchedulerAdmission: QueueReporting {
    /// See ``QueueReporting/figures(of:for:)``.
    public func figures(of queue: RequestQueue, for project: ProjectName?) -> QueueFigures {
        self.read { scheduler in
            let counts = project.map { scheduler.counts(of: queue, project: $0) } ?? scheduler.counts(of: queue)
            let limits = scheduler.settings[queue]
            return QueueFigures(
                queued: counts.waiting,
                inProgress: counts.running,
                maxConcurrent: limits.maxConcurrent ?? scheduler.slots,
                maxQueueSize: limits.maxQueueSize,
                timeout: limits.timeout
            )
        }
    }

    /// See ``QueueReporting/waiting(in:)``.
    public func waiting(in queue: RequestQueue) -> [RequestClass: Int] {
        self.read { $0.waiting(in: queue) }
    }
}
