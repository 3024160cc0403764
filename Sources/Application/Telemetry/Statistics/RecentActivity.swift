public import Domain

/// What has happened in the last minute, for those who watch.
public struct RecentActivity: Sendable {
    /// What one project did.
    public struct Share: Sendable {
        /// Who called; nil for all that have no statistics of their own.
        public let project: ProjectName?
        /// Its requests that ended.
        public fileprivate(set) var requests = 0
        /// Those of them that did not come to a good end.
        public fileprivate(set) var failed = 0
        /// The tokens of their answers.
        public fileprivate(set) var tokens = 0.0
    }

    /// How far back it looks.
    public static let window = Duration.seconds(60)
    /// How many failures it names.
    private static let namedFailures = 20

    /// The requests that ended.
    public private(set) var requests = 0
    /// Those of them that did not come to a good end; who left is not among them.
    public private(set) var failed = 0
    /// The tokens of answers a second.
    public private(set) var tokensPerSecond = 0.0
    /// What each project did, the busiest first.
    public private(set) var projects: [Share] = []
    /// The latest requests that failed, the newest first, each with how long ago that was.
    public private(set) var failures: [(sample: RequestSample, age: Duration)] = []
    private var totals = DurationHistogram()

    init(of samples: [RequestSample], at now: MonotonicInstant) {
        var shares: [ProjectName?: Share] = [:]
        for sample in samples {
            let isFailure = sample.outcome != .completed && sample.outcome != .cancelled
            self.requests += 1
            self.totals.add(sample.total)
            self.tokensPerSecond += sample.completionTokens / RecentActivity.window.inSeconds
            shares[sample.project, default: Share(project: sample.project)].add(sample, isFailure: isFailure)
            guard isFailure else { continue }
            self.failed += 1
            self.failures.append((sample, now - sample.endedAt))
        }
        self.failures = self.failures.suffix(RecentActivity.namedFailures).reversed()
        self.projects = shares.values.sorted {
            ($1.requests, $0.project?.description ?? "~") < ($0.requests, $1.project?.description ?? "~")
        }
    }

    /// How long a part of the requests took at most, from arrival to end, above 0 and up to 1; exact to 1.6 %.
    public func latency(percentile part: Double) -> Duration { self.totals.percentile(part) }
}

extension RecentActivity.Share {
    fileprivate mutating func add(_ sample: RequestSample, isFailure: Bool) {
        self.requests += 1
        self.tokens += sample.completionTokens
        if isFailure { self.failed += 1 }
    }
}

extension RequestStatistics {
    /// What has happened in the last minute.
    ///
    /// - Parameter project: whose requests count; nil is all of them.
    /// - Returns: the figures of this moment.
    public func activity(for project: ProjectName?) -> RecentActivity {
        RecentActivity(of: self.latest(within: RecentActivity.window, for: project).samples, at: self.now)
    }
}
