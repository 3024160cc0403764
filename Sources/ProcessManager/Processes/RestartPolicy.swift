/// How soon a process that has ended is started again.
public struct RestartPolicy: Sendable, Hashable {
    /// The wait after the first death; each further one doubles it.
    public var firstDelay = Duration.milliseconds(500)
    /// The longest wait.
    public var longestDelay = Duration.seconds(5)
    /// The longest wait after a run in which the process was ready: such a process is wanted back soon.
    public var longestDelayAfterReady = Duration.seconds(3)
    /// How long a process must have been ready for its deaths before to be forgotten.
    public var stableAfter = Duration.seconds(60)
    /// So many deaths in a row, without having been ready in between, are a crash loop.
    public var deathsOfCrashLoop = 10
    /// The wait between attempts in a crash loop.
    public var crashLoopDelay = Duration.seconds(300)
    /// A process that is not ready after this time is stopped, which counts as a death.
    public var readyWithin = Duration.seconds(120)

    /// Creates the policy with its usual values.
    public init() {}
}

/// The deaths of one process, and what follows from them.
struct RestartLedger: Sendable {
    /// What to do after a death.
    enum Verdict: Equatable {
        /// Start it again after the time.
        case restart(after: Duration)
        /// Something is wrong with it: try again after the time, which is long.
        case crashLoop(retryAfter: Duration)
    }

    private let policy: RestartPolicy
    /// Deaths in a row without having been ready.
    private var deaths = 0
    /// How often the delay has been doubled.
    private var doublings = 0

    init(policy: RestartPolicy) {
        self.policy = policy
    }

    /// Notes a death.
    ///
    /// - Parameters:
    ///   - readyFor: how long the process had been ready; nil if it never was.
    ///   - random: 0 up to 1, for the jitter: machines that lost power together do not start in step.
    /// - Returns: what to do now.
    mutating func died(readyFor: Duration?, random: Double) -> Verdict {
        if let readyFor {
            self.deaths = 0
            if readyFor >= self.policy.stableAfter { self.doublings = 0 }
        } else {
            self.deaths += 1
        }
        if self.deaths >= self.policy.deathsOfCrashLoop {
            return .crashLoop(retryAfter: self.policy.crashLoopDelay)
        }
        let longest = readyFor == nil ? self.policy.longestDelay : self.policy.longestDelayAfterReady
        let delay = min(self.policy.firstDelay * (1 << self.doublings), longest)
        self.doublings = min(self.doublings + 1, 16)
        return .restart(after: delay * (0.8 + 0.4 * random))
    }

    /// Forgets all deaths: somebody wants it started afresh.
    mutating func reset() {
        self.deaths = 0
        self.doublings = 0
    }
}
