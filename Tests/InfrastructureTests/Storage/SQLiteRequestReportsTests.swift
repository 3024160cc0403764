import Domain
import Foundation
import Testing

@testable import Application
@testable import Infrastructure

@Suite("Reports of requests from the database")
struct SQLiteRequestReportsTests {
    /// 2026-01-31T12:00:00Z
    private static let noon = Date(timeIntervalSince1970: 1_769_860_800)
    private static let day = ReportSpan(since: noon.addingTimeInterval(-86_400), until: noon.addingTimeInterval(86_400))

    private static func with(
        _ records: [RequestRecord],
        _ body: (SQLiteRequestReports) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let database = try ServiceDatabase(directory: directory, logger: CollectedLog().logger)
            try await SQLiteUsageLedger(database: database).append(records)
            try await body(SQLiteRequestReports(database: database))
        }
    }

    private static func record(
        _ project: String = "search",
        _ model: String? = "llama3.2",
        after seconds: Double = 0,
        took: Duration = .milliseconds(100),
        operation: Application.Operation = .chat,
        _ change: (RequestRecord) throws -> Void = { _ in }
    ) throws -> RequestRecord {
        let record = RequestRecord(
            requestID: RequestID(generated: "id"),
            project: try ProjectName(project),
            dialect: .native,
            operation: operation,
            arrivedAt: Self.noon.addingTimeInterval(seconds)
        )
        record.model = try model.map { try ModelName($0) }
        record.queue = .chat
        record.total = took
        try change(record)
        return record
    }

    @Test("Requests are counted once, by everything that is known of them")
    func counts() async throws {
        let records = [
            try Self.record(took: .milliseconds(100)),
            try Self.record("mail", "qwen", after: 1800, took: .milliseconds(300)) { $0.queue = .vlm },
            try Self.record("mail", nil, after: 3600, took: .milliseconds(200), operation: .embed) {
                $0.ending = .failed(ServiceError(.modelNotFound, "x"))
            },
            try Self.record("mail", after: 3601, took: .milliseconds(400)) { $0.ending = .cancelled(.decoding) },
        ]
        try await Self.with(records) { reports in
            let report = try await reports.requests(Self.day)
            #expect(report.counts.requests == 4 && report.counts.completed == 2 && report.counts.failed == 2)
            #expect(report.counts.totalLatency == .seconds(1) && report.counts.meanLatency == .milliseconds(250))
            #expect(report.counts.first == Self.noon && report.counts.last == Self.noon.addingTimeInterval(3601))
            #expect(report.successRate == 0.5)
            #expect(report.byModel == ["llama3.2:latest": 2, "qwen:latest": 1])
            #expect(report.byOperation == ["chat": 2, "vlm": 1, "embed": 1])
            #expect(report.byError == ["model_not_found": 1, "cancelled": 1])
            #expect(report.projects.mapValues(\.counts.requests) == ["search": 1, "mail": 3])
            #expect(report.projects["mail"]?.byModel == ["llama3.2:latest": 1, "qwen:latest": 1])
            #expect(report.hours.map(\.start) == [Self.noon, Self.noon.addingTimeInterval(3600)])
            #expect(report.hours.map(\.counts.requests) == [2, 2])
            #expect(report.hours.last?.byModel == ["llama3.2:latest": 1])
        }
    }

    @Test("Only the requests of the span count, and of the project")
    func span() async throws {
        let records = try (0..<10).map { try Self.record($0.isMultiple(of: 2) ? "even" : "odd", after: Double($0)) }
        try await Self.with(records) { reports in
            var span = ReportSpan(since: Self.noon.addingTimeInterval(2), until: Self.noon.addingTimeInterval(7))
            #expect(try await reports.requests(span).counts.requests == 5)
            span.project = try ProjectName("even")
            let report = try await reports.requests(span)
            #expect(report.counts.requests == 3 && report.projects.keys.sorted() == ["even"])
            #expect(try await reports.speed(span).all.requests == 3)
        }
    }

    @Test("Only the requests of a model count, whatever its spelling; its percentiles are its own")
    func model() async throws {
        let records = [
            try Self.record("a", "llama3.2", took: .milliseconds(10)), try Self.record("b", "llama3.2:latest"),
            try Self.record("a", "qwen", took: .seconds(9)), try Self.record("a", nil, took: .seconds(9)),
        ]
        try await Self.with(records) { reports in
            var span = Self.day
            span.model = try ModelName("library/Llama3.2")
            let report = try await reports.requests(span)
            #expect(report.counts.requests == 2 && report.byModel == ["llama3.2:latest": 2])
            #expect(report.p99 <= .microseconds(100_100))
            #expect(try await reports.speed(span).byModel.keys.sorted() == ["llama3.2:latest"])
            span.project = try ProjectName("a")
            #expect(try await reports.requests(span).counts.requests == 1)
        }
    }

    @Test("Percentiles are exact to a tenth of a millisecond")
    func percentiles() async throws {
        let records = try (1...200).shuffled().map { try Self.record(took: .microseconds($0 * 1234)) }
        try await Self.with(records) { reports in
            let report = try await reports.requests(Self.day)
            for (value, rank) in [(report.p50, 100), (report.p95, 190), (report.p99, 198)] {
                #expect(abs((value - .microseconds(rank * 1234)).milliseconds) <= 0.1, "\(rank)")
            }
        }
    }

    @Test("A span without requests is a report of zeros")
    func empty() async throws {
        try await Self.with([]) { reports in
            let report = try await reports.requests(Self.day)
            #expect(report == RequestReport(start: Self.day.since, end: Self.day.until))
            #expect(report.counts.meanLatency == .zero && report.successRate == 0)
            #expect(try await reports.speed(Self.day) == SpeedReport())
        }
    }

    @Test("Speed is tokens to the time in which they were generated, by the engine's clock or else by ours")
    func speed() async throws {
        let records = [
            try Self.record { record in
                record.warm = false
                record.usage = TokenUsage(promptTokens: 1, completionTokens: 30)
                record.timings = EngineTimings(load: .seconds(3), generation: .seconds(1))
            },
            try Self.record { record in
                record.warm = true
                record.usage = TokenUsage(promptTokens: 1, completionTokens: 10)
                record.timings = EngineTimings(load: .milliseconds(1), generation: .seconds(1))
            },
            // An engine that tells no times: 4 s less a second in line, half a second to the first piece and half of ours.
            try Self.record("search", "other", took: .seconds(4)) { record in
                record.usage = TokenUsage(promptTokens: 1, completionTokens: 8)
                record.queueWait = .seconds(1)
                record.firstEvent = .milliseconds(500)
                record.overhead = .milliseconds(500)
            },
            try Self.record { $0.ending = .cancelled(.decoding) },
        ]
        try await Self.with(records) { reports in
            let report = try await reports.speed(Self.day)
            let known = try #require(report.byModel["llama3.2:latest"])
            #expect(known.requests == 2 && known.tokensPerSecond == 20 && known.warmRate == 0.5)
            // Loading counts only where it was waited for.
            #expect(known.meanLoad == .seconds(3) && known.meanGeneration == .seconds(1))
            let other = try #require(report.byModel["other:latest"])
            #expect(other.tokensPerSecond == 4 && other.meanGeneration == .seconds(2) && other.warmRate == 0)
            #expect(report.all.requests == 3 && report.all.tokensPerSecond == 12)
        }
    }

    @Test("Projects beyond a thousand are told together, and nothing of them is lost")
    func manyProjects() async throws {
        let records = try (0..<1200).map { try Self.record("project-\($0)") } + [try Self.record("project-7")]
        try await Self.with(records) { reports in
            let report = try await reports.requests(Self.day)
            #expect(report.projects.count == RequestReport.projectLimit)
            #expect(report.projects["project-7"]?.counts.requests == 2)
            #expect(report.projects.values.map(\.counts.requests).reduce(0, +) == 1201)
            #expect(report.projects[RequestReport.others]?.counts.requests == 201)
            #expect(report.projects[RequestReport.others]?.byModel == ["llama3.2:latest": 201])
        }
    }
}
