public import Application
import Domain
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Adds up the rows of the usage ledger.
public struct SQLiteRequestReports: RequestReports {
    private let database: ServiceDatabase

    /// Creates it.
    public init(database: ServiceDatabase) {
        self.database = database
    }

    /// See ``RequestReports/requests(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func requests(_ span: ReportSpan) async throws -> RequestReport {
        let rows = RowsOfSpan(span)
        return try await self.database.read { database in
            var report = RequestReport(start: span.since, end: span.until)
            try rows.addGroups(to: &report, database)
            try rows.addHours(to: &report, database)
            try rows.addPercentiles(to: &report, database)
            return report
        }
    }

    /// See ``RequestReports/speed(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func speed(_ span: ReportSpan) async throws -> SpeedReport {
        let rows = RowsOfSpan(span)
        return try await self.database.read { database in
            var report = SpeedReport()
            report.all = try rows.speed(database, groupedBy: nil).first?.figures ?? SpeedReport.Figures()
            for group in try rows.speed(database, groupedBy: "model") {
                if let model = group.key { report.byModel[model] = group.figures }
            }
            return report
        }
    }
}

/// The rows of a span of time, and the questions that are asked about them.
private struct RowsOfSpan: Sendable {
    private let span: ReportSpan

    init(_ span: ReportSpan) {
        self.span = span
    }

    private var condition: String {
        "at >= ? AND at < ?" + (self.span.project == nil ? "" : " AND project = ?")
            + (self.span.model == nil ? "" : " AND model = ?")
    }

    private var arguments: StatementArguments {
        var arguments: StatementArguments = [self.span.since.unixMilliseconds, self.span.until.unixMilliseconds]
        if let project = self.span.project { arguments += [project.description] }
        if let model = self.span.model { arguments += [model.canonical] }
        return arguments
    }

    /// What of a group makes ``RequestCounts``.
    private static let counts = """
        count(*) AS requests, count(*) FILTER (WHERE ending = 'completed') AS completed, sum(total_us) AS took, \
        min(at) AS first, max(at) AS last
        """
    private static let operation = "CASE WHEN queue = 'vlm' THEN 'vlm' ELSE operation END"
    private static let error = "CASE WHEN ending = 'cancelled' THEN 'cancelled' ELSE error_code END"

    // MARK: Requests

    /// The sums, and those of each project.
    func addGroups(to report: inout RequestReport, _ database: Database) throws {
        let sql = """
            SELECT project, model, \(Self.operation) AS kind, \(Self.error) AS error, \(Self.counts) FROM usage
            WHERE \(self.condition) GROUP BY project, model, kind, error
            """
        let cursor = try Row.fetchCursor(database, sql: sql, arguments: self.arguments)
        while let row = try cursor.next() {
            let counts = Self.counts(of: row)
            report.counts.add(counts)
            var project = report.projects[row["project"]] ?? RequestReport.Project()
            project.counts.add(counts)
            if let model = row["model"] as String? {
                report.byModel[model, default: 0] += counts.requests
                project.byModel[model, default: 0] += counts.requests
            }
            report.byOperation[row["kind"], default: 0] += counts.requests
            project.byOperation[row["kind"], default: 0] += counts.requests
            if let error = row["error"] as String? { report.byError[error, default: 0] += counts.requests }
            report.projects[row["project"]] = project
        }
        report.gatherOthers()
    }

    func addHours(to report: inout RequestReport, _ database: Database) throws {
        let sql = """
            SELECT at / 3600000 AS hour, model, \(Self.counts) FROM usage
            WHERE \(self.condition) GROUP BY hour, model ORDER BY hour DESC
            """
        let cursor = try Row.fetchCursor(database, sql: sql, arguments: self.arguments)
        while let row = try cursor.next() {
            let start = Date(timeIntervalSince1970: Double(row["hour"] as Int64) * 3600)
            if report.hours.last?.start != start {
                guard report.hours.count < RequestReport.hourLimit else { break }
                report.hours.append(RequestReport.Hour(start: start))
            }
            let (last, counts) = (report.hours.count - 1, Self.counts(of: row))
            report.hours[last].counts.add(counts)
            if let model = row["model"] as String? { report.hours[last].byModel[model, default: 0] += counts.requests }
        }
        report.hours.reverse()
    }

    /// Counts requests by tenths of a millisecond, from the shortest to the longest.
    func addPercentiles(to report: inout RequestReport, _ database: Database) throws {
        let sql = """
            SELECT total_us / 100 AS tenths, count(*) AS requests FROM usage
            WHERE \(self.condition) GROUP BY tenths ORDER BY tenths
            """
        let cursor = try Row.fetchCursor(database, sql: sql, arguments: self.arguments)
        let total = Double(report.counts.requests)
        var open: [(part: Double, value: WritableKeyPath<RequestReport, Duration>)] = [
            (0.5, \.p50), (0.95, \.p95), (0.99, \.p99),
        ]
        var seen = 0
        while !open.isEmpty, let row = try cursor.next() {
            seen += row["requests"] as Int
            while let next = open.first, Double(seen) >= (total * next.part).rounded(.up) {
                report[keyPath: next.value] = .microseconds((row["tenths"] as Int64) * 100 + 50)
                open.removeFirst()
            }
        }
    }

    private static func counts(of row: Row) -> RequestCounts {
        var counts = RequestCounts()
        counts.requests = row["requests"]
        counts.completed = row["completed"]
        counts.totalLatency = .microseconds(row["took"] as Int64)
        counts.first = Self.date(row["first"])
        counts.last = Self.date(row["last"])
        return counts
    }

    private static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    // MARK: Speed

    /// The time in which an answer was generated: the engine's own, else from its first piece to its end.
    private static let generation = """
        CASE WHEN generation_us > 0 THEN generation_us ELSE max(0, total_us - coalesce(queue_wait_us, 0) - \
        coalesce(first_event_us, 0) - coalesce(overhead_us, 0)) END
        """

    func speed(
        _ database: Database,
        groupedBy column: String?
    ) throws -> [(key: String?, figures: SpeedReport.Figures)] {
        let key = column ?? "NULL"
        let sql = """
            SELECT \(key) AS key, count(*) AS requests, total(completion_tokens) AS tokens,
            total(generated) FILTER (WHERE completion_tokens > 0) AS generating, avg(generated) AS generation,
            avg(load_us) FILTER (WHERE warm = 0) AS load, avg(warm) AS warmth
            FROM (SELECT *, \(Self.generation) AS generated FROM usage WHERE \(self.condition) AND ending = 'completed')
            GROUP BY key ORDER BY requests DESC, key LIMIT \(SpeedReport.modelLimit)
            """
        return try Row.fetchAll(database, sql: sql, arguments: self.arguments).map { row in
            var figures = SpeedReport.Figures()
            figures.requests = row["requests"]
            let generating = row["generating"] as Double
            if generating > 0 { figures.tokensPerSecond = (row["tokens"] as Double) * 1_000_000 / generating }
            figures.meanGeneration = .microseconds(row["generation"] as Double? ?? 0)
            figures.meanLoad = .microseconds(row["load"] as Double? ?? 0)
            figures.warmRate = row["warmth"] as Double? ?? 0
            return (row["key"], figures)
        }
    }
}

extension RequestReport {
    /// Puts the projects beyond the limit together, those with the fewest requests.
    fileprivate mutating func gatherOthers() {
        guard self.projects.count > RequestReport.projectLimit else { return }
        let sorted = self.projects.sorted { ($1.value.counts.requests, $0.key) < ($0.value.counts.requests, $1.key) }
        var others = self.projects[RequestReport.others] ?? Project()
        for (name, project) in sorted.dropFirst(RequestReport.projectLimit - 1) where name != RequestReport.others {
            others.counts.add(project.counts)
            others.byModel.merge(project.byModel, uniquingKeysWith: +)
            others.byOperation.merge(project.byOperation, uniquingKeysWith: +)
            self.projects[name] = nil
        }
        self.projects[RequestReport.others] = others
    }
}
