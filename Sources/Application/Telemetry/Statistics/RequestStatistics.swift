import DequeModule
public import Domain
import Synchronization

/// The statistics of requests, in memory: since the start in sums, the latest requests one by one.
///
/// Its memory is bounded whatever callers send: so many requests, so many names of projects and models.
public final class RequestStatistics: RequestRecorder {
    /// How much is remembered.
    public struct Bounds: Sendable {
        /// The latest requests that are remembered one by one.
        public var requests: Int
        /// The projects that have statistics of their own.
        public var projects = 64
        /// The models that have.
        public var models = 256
        /// How long a name has not been used when a new one may take its place.
        public var idle = Duration.seconds(3600)

        /// Creates bounds.
        public init(requests: Int) {
            self.requests = requests
        }
    }

    fileprivate struct Kept {
        let sample: RequestSample
        let project: BoundedNames<ProjectName>.ID
    }

    fileprivate struct State {
        var projects: BoundedNames<ProjectName>
        var models: BoundedNames<ModelName>
        var totals: [BoundedNames<ProjectName>.ID: RequestTotals] = [:]
        var tallies: [RequestQueue: [BoundedNames<ProjectName>.ID: QueueTally]] = [:]
        var latest = Deque<Kept>()
        /// When the youngest request ended that is no longer among the latest.
        var forgottenUntil: MonotonicInstant?
    }

    private let bounds: Bounds
    private let clock: any ServiceClock
    private let state: Mutex<State>

    /// Starts empty.
    public init(bounds: Bounds, clock: any ServiceClock) {
        self.bounds = bounds
        self.clock = clock
        self.state = Mutex(
            State(
                projects: BoundedNames(capacity: bounds.projects, idle: bounds.idle),
                models: BoundedNames(capacity: bounds.models, idle: bounds.idle)
            )
        )
    }

    /// Counts a request that has ended.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let now = self.clock.now
        let outcome = RequestSample.Outcome(of: record)
        // Who got no slot has waited as well, but not for how long one waits for a slot.
        let wait = record.engine == nil ? nil : record.queueWait
        self.state.withLock { state in
            let project = state.useProject(record.project, at: now)
            let hasPlace = project != BoundedNames<ProjectName>.other
            let model = record.model.flatMap { name in
                state.models.use(name, at: now).id == BoundedNames<ModelName>.other ? nil : name
            }
            if let queue = record.queue {
                state.tallies[queue, default: [:]][project, default: QueueTally()]
                    .add(outcome, waited: wait)
            }
            var errorCode: ServiceError.Code?
            if case .failed(let error) = record.ending { errorCode = error.code }
            let sample = RequestSample(
                requestID: record.requestID,
                arrivedAt: record.arrivedAt,
                endedAt: now,
                project: hasPlace ? record.project : nil,
                model: model,
                operation: record.operation,
                queue: record.queue,
                outcome: outcome,
                errorCode: errorCode,
                total: record.total,
                queueWait: wait,
                warm: record.warm,
                timings: record.timings,
                completionTokens: record.bookedCompletionTokens
            )
            state.totals[project, default: RequestTotals()].add(sample)
            state.latest.append(Kept(sample: sample, project: project))
            if state.latest.count > self.bounds.requests {
                state.forgottenUntil = state.latest.removeFirst().sample.endedAt
            }
        }
    }

    /// What has become of a queue's requests since the start.
    ///
    /// - Parameters:
    ///   - queue: which one.
    ///   - project: whose requests; nil is all of them.
    /// - Returns: the sums; projects without statistics of their own have theirs together.
    public func tally(of queue: RequestQueue, for project: ProjectName?) -> QueueTally {
        self.state.withLock { state in
            let tallies = state.tallies[queue] ?? [:]
            guard let project else {
                return tallies.values.reduce(into: QueueTally()) { $0.add($1) }
            }
            return tallies[state.projects.known(project) ?? BoundedNames<ProjectName>.other] ?? QueueTally()
        }
    }

    /// What has become of requests.
    ///
    /// - Parameters:
    ///   - window: how long ago they ended at most, of those that are remembered one by one; nil is since the start.
    ///   - project: whose requests; nil is all of them.
    /// - Returns: the sums; projects without statistics of their own have theirs together.
    public func totals(within window: Duration?, for project: ProjectName?) -> RequestTotals {
        guard let window else {
            return self.state.withLock { state in
                guard let project else { return state.totals.values.reduce(into: RequestTotals()) { $0.add($1) } }
                return state.totals[state.projects.known(project) ?? BoundedNames<ProjectName>.other] ?? RequestTotals()
            }
        }
        return self.latest(within: window, for: project).samples.reduce(into: RequestTotals()) { $0.add($1) }
    }

    /// The requests that ended lately, oldest first.
    ///
    /// - Parameters:
    ///   - window: how long ago they ended at most; nil is all that are remembered.
    ///   - project: whose requests; nil is all of them.
    /// - Returns: the requests, and whether they are all that ended in the window.
    public func latest(
        within window: Duration?,
        for project: ProjectName? = nil
    ) -> (samples: [RequestSample], isComplete: Bool) {
        let start = window.map { MonotonicInstant(nanoseconds: self.clock.now.nanoseconds - $0.nanoseconds) }
        return self.state.withLock { state in
            let id = project.map { state.projects.known($0) ?? BoundedNames<ProjectName>.other }
            let samples = state.latest.reversed().prefix { kept in start.map { kept.sample.endedAt >= $0 } ?? true }
                .filter { kept in id.map { $0 == kept.project } ?? true }
                .map(\.sample)
            let isComplete = state.forgottenUntil.map { forgotten in start.map { forgotten < $0 } ?? false } ?? true
            return (samples.reversed(), isComplete)
        }
    }

    /// The present moment, by the clock that stamps the requests.
    var now: MonotonicInstant { self.clock.now }

    /// How many names of projects and models are held: never more than the bounds.
    var nameCounts: (projects: Int, models: Int) {
        self.state.withLock { ($0.projects.count, $0.models.count) }
    }
}

extension RequestStatistics.State {
    /// The number of a project; if it takes another's place, that one's sums go to those without a place.
    fileprivate mutating func useProject(
        _ name: ProjectName,
        at now: MonotonicInstant
    ) -> BoundedNames<ProjectName>.ID {
        let (id, replaced) = self.projects.use(name, at: now)
        guard let replaced else { return id }
        if let totals = self.totals.removeValue(forKey: replaced.id) {
            self.totals[BoundedNames<ProjectName>.other, default: RequestTotals()].add(totals)
        }
        for queue in Array(self.tallies.keys) {
            guard let tally = self.tallies[queue]?.removeValue(forKey: replaced.id) else { continue }
            self.tallies[queue, default: [:]][BoundedNames<ProjectName>.other, default: QueueTally()].add(tally)
        }
        return id
    }
}
