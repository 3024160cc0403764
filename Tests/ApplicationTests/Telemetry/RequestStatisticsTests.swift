import Domain
import TestSupport
import Testing

@testable import Application

@Suite("The statistics of requests")
struct RequestStatisticsTests {
    private let clock = ManualClock()

    private func statistics(requests: Int = 1000, projects: Int = 64, models: Int = 256) -> RequestStatistics {
        var bounds = RequestStatistics.Bounds(requests: requests)
        bounds.projects = projects
        bounds.models = models
        return RequestStatistics(bounds: bounds, clock: self.clock)
    }

    private static func record(
        _ ending: RequestRecord.Ending = .completed,
        project: String = "search",
        queue: RequestQueue? = .chat,
        phase: RequestRecord.Phase = .decoding,
        waited: Duration? = .milliseconds(10),
        model: String? = "small"
    ) -> RequestRecord {
        usageRecord(project: project) { record in
            record.queue = queue
            record.ending = ending
            record.phase = phase
            record.queueWait = waited ?? .seconds(120)
            record.engine = waited.map { _ in EngineName("local") }
            record.model = model.flatMap { try? ModelName($0) }
        }
    }

    private static func failed(_ code: ServiceError.Code) -> RequestRecord.Ending { .failed(ServiceError(code, "x")) }

    @Test("Each way to end is counted once and in its own place")
    func outcomes() throws {
        let statistics = self.statistics()
        let endings: [(RequestRecord.Ending, RequestRecord.Phase, RequestSample.Outcome)] = [
            (.completed, .decoding, .completed),
            (Self.failed(.engineError), .prefill, .failed),
            (Self.failed(.engineTimeout), .loading, .failed),
            (Self.failed(.shuttingDown), .queued, .failed),
            (Self.failed(.queueFull), .queued, .rejected),
            (Self.failed(.queueTimeout), .queued, .timedOut),
            (Self.failed(.deadlineExceeded), .queued, .timedOut),
            (Self.failed(.deadlineExceeded), .decoding, .failed),
            (Self.failed(.cancelled), .decoding, .cancelled),
            (.cancelled(.queued), .queued, .cancelled),
        ]
        for (ending, phase, _) in endings {
            statistics.record(Self.record(ending, phase: phase, waited: phase == .queued ? nil : .milliseconds(10)))
        }
        #expect(statistics.latest(within: nil).samples.map(\.outcome) == endings.map(\.2))
        let tally = statistics.tally(of: .chat, for: nil)
        #expect(tally.completed == 1 && tally.failed == 4 && tally.rejected == 1)
        #expect(tally.timedOut == 2 && tally.cancelled == 2)
        // Only who got a slot has waited for one.
        #expect(tally.totalWait == .milliseconds(50) && tally.maxWait == .milliseconds(10))
    }

    @Test("Queues and projects are counted apart, and together they are all")
    func apart() throws {
        let statistics = self.statistics()
        for number in 1...10 {
            statistics.record(
                Self.record(
                    project: number % 2 == 0 ? "even" : "odd",
                    queue: number > 8 ? .vlm : .chat,
                    waited: .milliseconds(number)
                )
            )
        }
        // Refused before it was put in line: no queue's affair.
        statistics.record(
            Self.record(Self.failed(.invalidRequest), project: "odd", queue: nil, phase: .reading, waited: nil)
        )
        let (even, odd) = (try ProjectName("even"), try ProjectName("odd"))
        #expect(statistics.tally(of: .chat, for: nil).completed == 8)
        #expect(statistics.tally(of: .chat, for: nil).failed == 0)
        #expect(statistics.tally(of: .vlm, for: nil).completed == 2)
        #expect(statistics.tally(of: .chat, for: even).totalWait == .milliseconds(20))
        #expect(statistics.tally(of: .chat, for: odd).totalWait == .milliseconds(16))
        #expect(statistics.tally(of: .vlm, for: odd).meanWait == .milliseconds(9))
        #expect(statistics.latest(within: nil, for: odd).samples.count == 6)
    }

    @Test("Predecessor 30: names that callers make up take bounded memory, and no request is lost in the sums")
    func bounded() throws {
        let statistics = self.statistics(requests: 100, projects: 4, models: 3)
        for number in 0..<10_000 {
            statistics.record(Self.record(project: "project-\(number)", model: "model-\(number)"))
        }
        #expect(statistics.nameCounts == (4, 3))
        #expect(statistics.tally(of: .chat, for: nil).completed == 10_000)
        #expect(statistics.tally(of: .chat, for: try ProjectName("project-0")).completed == 1)
        #expect(statistics.tally(of: .chat, for: try ProjectName("project-9999")).completed == 9996)
        let latest = statistics.latest(within: nil)
        #expect(latest.samples.count == 100 && !latest.isComplete)
        #expect(latest.samples.allSatisfy { $0.project == nil && $0.model == nil })
    }

    @Test("A name that was idle for an hour gives its place to a new one and joins the others")
    func places() throws {
        let statistics = self.statistics(projects: 2)
        statistics.record(Self.record(project: "old"))
        self.clock.advance(by: .seconds(1800))
        statistics.record(Self.record(project: "young"))
        self.clock.advance(by: .seconds(1799))
        statistics.record(Self.record(project: "new"))
        #expect(statistics.tally(of: .chat, for: try ProjectName("old")).completed == 1)
        self.clock.advance(by: .seconds(1))
        statistics.record(Self.record(project: "new"))
        statistics.record(Self.record(project: "new"))
        #expect(statistics.tally(of: .chat, for: try ProjectName("new")).completed == 2)
        #expect(statistics.tally(of: .chat, for: try ProjectName("young")).completed == 1)
        // What "new" had before it got the place, and what "old" had.
        #expect(statistics.tally(of: .chat, for: try ProjectName("old")).completed == 2)
        #expect(statistics.tally(of: .chat, for: nil).completed == 5)
        #expect(statistics.nameCounts.projects == 2)
    }

    @Test("A window has what ended in it, and says when it cannot know all of it")
    func window() {
        let statistics = self.statistics(requests: 10)
        for second in 1...20 {
            self.clock.advance(by: .seconds(1))
            statistics.record(Self.record(waited: .seconds(second)))
        }
        func waits(_ window: Duration?) -> [Int] {
            statistics.latest(within: window).samples.compactMap { $0.queueWait.map { Int($0.inSeconds) } }
        }
        #expect(waits(.seconds(3)) == [17, 18, 19, 20])
        #expect(waits(.milliseconds(500)) == [20])
        #expect(waits(.seconds(100)) == Array(11...20))
        #expect(statistics.latest(within: .seconds(9)).isComplete)
        #expect(!statistics.latest(within: .seconds(10)).isComplete)
        #expect(!statistics.latest(within: nil).isComplete)
        self.clock.advance(by: .seconds(3600))
        #expect(waits(.seconds(60)).isEmpty && statistics.latest(within: .seconds(60)).isComplete)
    }
}

extension RequestStatisticsTests {
    @Test("The activity of the last minute counts what ended in it, names the latest failures first, and forgets")
    func activity() throws {
        let statistics = self.statistics()
        statistics.record(Self.record(Self.failed(.engineError), project: "old"))
        self.clock.advance(by: .seconds(61))
        for number in 0..<30 {
            statistics.record(Self.record(Self.failed(number == 29 ? .queueFull : .engineError), project: "bad"))
        }
        for _ in 0..<40 { statistics.record(Self.record(project: "good")) }
        statistics.record(Self.record(.cancelled(.queued), project: "good"))
        let activity = statistics.activity(for: nil)
        #expect(activity.requests == 71 && activity.failed == 30)
        #expect(activity.projects.map(\.project?.description) == ["good", "bad"])
        #expect(activity.projects.map(\.failed) == [0, 30])
        #expect(activity.failures.count == 20 && activity.failures.first?.sample.errorCode == .queueFull)
        #expect(statistics.activity(for: try ProjectName("good")).requests == 41)
        self.clock.advance(by: .seconds(61))
        #expect(statistics.activity(for: nil).requests == 0)
    }
}
