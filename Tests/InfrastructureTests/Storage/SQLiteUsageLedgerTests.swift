import Domain
import Foundation
import GRDB
import Testing

@testable import Application
@testable import Infrastructure

@Suite("The usage ledger in the database")
struct SQLiteUsageLedgerTests {
    /// 2026-01-31T12:00:00Z
    private static let noon = Date(timeIntervalSince1970: 1_769_860_800)

    private static func with(_ body: (SQLiteUsageLedger, ServiceDatabase) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let database = try ServiceDatabase(directory: directory, logger: CollectedLog().logger)
            try await body(SQLiteUsageLedger(database: database), database)
        }
    }

    private static func record(
        _ id: String = "id",
        project: String = "search",
        at arrival: Date = noon,
        _ change: (RequestRecord) throws -> Void = { _ in }
    ) throws -> RequestRecord {
        let record = RequestRecord(
            requestID: RequestID(generated: id),
            project: try ProjectName(project),
            dialect: .native,
            operation: .chat,
            arrivedAt: arrival
        )
        try change(record)
        return record
    }

    @Test("Every fact of a record is in its row")
    func row() async throws {
        try await Self.with { ledger, database in
            let record = try Self.record { record in
                record.model = try ModelName("Llama3.2")
                record.engine = EngineName("local")
                record.requestClass = .batch
                record.queue = .vlm
                record.status = 502
                record.ending = .failed(ServiceError(.engineError, "x"))
                record.phase = .decoding
                record.reason = .length
                record.warm = true
                record.share = 0.5
                record.usage = TokenUsage(promptTokens: 10, completionTokens: 20, cachedTokens: 5, reasoningTokens: 7)
                record.pieces = 21
                record.queueWait = .milliseconds(1)
                record.firstEvent = .milliseconds(2)
                record.total = .milliseconds(3)
                record.overhead = .microseconds(4)
                record.timings = EngineTimings(
                    total: .seconds(9),
                    load: .milliseconds(5),
                    promptEvaluation: .milliseconds(6),
                    generation: .milliseconds(7)
                )
            }
            try await ledger.append([record])
            let row = try await database.read { database in
                try Row.fetchOne(database, sql: "SELECT * FROM usage").map { row in
                    Dictionary(uniqueKeysWithValues: row.map { ($0, $1.description) })
                }
            }
            #expect(
                row == [
                    "id": "1", "at": "1769860800000", "request_id": "\"id\"", "project": "\"search\"",
                    "dialect": "\"native\"", "operation": "\"chat\"", "model": "\"llama3.2:latest\"",
                    "engine": "\"local\"", "class": "\"batch\"", "queue": "\"vlm\"", "status": "502",
                    "ending": "\"failed\"", "error_code": "\"engine_error\"", "phase": "\"decoding\"",
                    "reason": "\"length\"", "warm": "1", "share": "0.5", "prompt_tokens": "10",
                    "completion_tokens": "20", "cached_tokens": "5", "reasoning_tokens": "7", "pieces": "21",
                    "queue_wait_us": "1000", "first_event_us": "2000", "total_us": "3000", "overhead_us": "4",
                    "load_us": "5000", "prompt_us": "6000", "generation_us": "7000",
                ]
            )
        }
    }

    @Test("A request of which nothing is known but its end has a row as well")
    func bare() async throws {
        try await Self.with { ledger, _ in
            try await ledger.append([try Self.record { $0.ending = .failed(ServiceError(.invalidRequest, "x")) }])
            let totals = try await ledger.totals(of: try ProjectName("search"), since: Self.noon)
            #expect(totals.requests == 1 && totals.failed == 1 && totals.tokens == 0)
        }
    }

    @Test("A project's day starts at its first millisecond and has nobody else's requests in it")
    func since() async throws {
        try await Self.with { ledger, _ in
            let midnight = Self.noon.addingTimeInterval(-43_200)
            func used(_ tokens: Int, project: String, at arrival: Date) throws -> RequestRecord {
                try Self.record(project: project, at: arrival) {
                    $0.usage = TokenUsage(promptTokens: tokens, completionTokens: 1)
                }
            }
            try await ledger.append([
                try used(100, project: "search", at: midnight.addingTimeInterval(-0.001)),
                try used(10, project: "search", at: midnight),
                try used(20, project: "search", at: Self.noon),
                try used(1000, project: "other", at: Self.noon),
            ])
            let totals = try await ledger.totals(of: try ProjectName("search"), since: midnight)
            #expect(totals.requests == 2 && totals.tokens == 32)
            #expect(try await ledger.totals(of: try ProjectName("nobody"), since: midnight) == UsageTotals())
        }
    }

    @Test("A cancelled request is booked with the tokens that it had made; of a shared one each has its part")
    func booking() async throws {
        try await Self.with { ledger, _ in
            let cancelled = try Self.record {
                $0.ending = .cancelled(.decoding)
                $0.pieces = 17
            }
            let shared = try Self.record {
                $0.usage = TokenUsage(promptTokens: 10, completionTokens: 40, cachedTokens: 8)
                $0.pieces = 40
                $0.share = 0.25
            }
            try await ledger.append([cancelled] + Array(repeating: shared, count: 4))
            let totals = try await ledger.totals(of: try ProjectName("search"), since: Self.noon)
            #expect(totals.cancelled == 1 && totals.completed == 4)
            #expect(totals.promptTokens == 10 && totals.completionTokens == 57 && totals.cachedTokens == 8)
            #expect(cancelled.bookedCompletionTokens == 17 && shared.bookedPromptTokens == 2.5)
        }
    }

    @Test("Groups by day, model and project add up to the same, newest day and busiest name first")
    func summary() async throws {
        try await Self.with { ledger, _ in
            var records: [RequestRecord] = []
            for number in 0..<12 {
                let project = number % 3 == 0 ? "rare" : "busy"
                let day = Self.noon.addingTimeInterval(86_400 * Double(number % 2))
                records.append(
                    try Self.record("r\(number)", project: project, at: day) {
                        if number < 10 { $0.model = try ModelName(number < 7 ? "big" : "small") }
                        $0.usage = TokenUsage(promptTokens: number, completionTokens: 1)
                    }
                )
            }
            try await ledger.append(records)
            let days = try await ledger.summary(UsageQuery(by: .day))
            #expect(days.map(\.key) == ["2026-02-01", "2026-01-31"])
            #expect(days.map(\.totals.requests) == [6, 6])
            #expect(days.map(\.totals.promptTokens) == [36, 30])
            let models = try await ledger.summary(UsageQuery(by: .model))
            #expect(models.map(\.key) == ["big:latest", "small:latest"])
            #expect(models.map(\.totals.requests) == [7, 3])
            let projects = try await ledger.summary(UsageQuery(by: .project))
            #expect(projects.map(\.key) == ["busy", "rare"])
            #expect(projects.map(\.totals.requests) == [8, 4])
            #expect(try await ledger.summary(UsageQuery(by: .project, limit: 1)).map(\.key) == ["busy"])
            let query = UsageQuery(
                by: .day,
                since: Self.noon,
                until: Self.noon.addingTimeInterval(1),
                project: try ProjectName("rare")
            )
            let some = try await ledger.summary(query)
            #expect(some.map(\.key) == ["2026-01-31"] && some.map(\.totals.requests) == [2])
        }
    }

    @Test("The oldest go first, so many at once and none that is young enough")
    func removal() async throws {
        try await Self.with { ledger, _ in
            let old = try (0..<10).map { number in
                try Self.record("old", at: Self.noon.addingTimeInterval(-Double(number + 1)))
            }
            try await ledger.append(old + [try Self.record("young")])
            #expect(try await ledger.removeRecords(before: Self.noon, atMost: 7) == 7)
            #expect(try await ledger.removeRecords(before: Self.noon, atMost: 7) == 3)
            #expect(try await ledger.removeRecords(before: Self.noon, atMost: 7) == 0)
            let project = try ProjectName("search")
            #expect(try await ledger.totals(of: project, since: .distantPast).requests == 1)
        }
    }

    @Test("A batch that cannot be written whole is not written at all")
    func allOrNothing() async throws {
        try await Self.with { ledger, database in
            let pages = try await database.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
            try await database.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages + 1)") }
            let batch = try (0..<500).map { try Self.record("record \($0)") }
            await #expect(throws: StorageError.self) { try await ledger.append(batch) }
            #expect(!database.state.isWritable)
            try await database.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
            let project = try ProjectName("search")
            #expect(try await ledger.totals(of: project, since: .distantPast).requests == 0)
            try await ledger.append(batch)
            #expect(try await ledger.totals(of: project, since: .distantPast).requests == 500)
        }
    }
}
