import Application
import Domain
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A batch as a row of the table `batches`.
struct BatchRow {
    /// Its number.
    let number: Int64
    /// The batch, to be changed and saved.
    var batch: Batch
    /// The content that it is made of; nil once it has ended.
    var content: Int64?

    /// The row of a batch; nil if there is none of the name.
    static func find(_ id: BatchID, in database: Database) throws -> BatchRow? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM batches WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.description]).flatMap(BatchRow.init)
    }

    /// The row of a number; nil if there is none.
    static func find(_ number: Int64, in database: Database) throws -> BatchRow? {
        let statement = try database.cachedStatement(sql: "SELECT * FROM batches WHERE number = ?")
        return try Row.fetchOne(statement, arguments: [number]).flatMap(BatchRow.init)
    }

    /// Reads a row; one that this service did not write is none.
    init?(_ row: Row) {
        guard let id = BatchID(row["id"] as String), let project = try? ProjectName(row["project"] as String),
            let endpoint = BatchEndpoint(rawValue: row["endpoint"]), let input = FileID(row["input_file"] as String),
            let window = try? BatchWindow(row["window"] as String, maxDays: .max / 24),
            let status = BatchStatus(rawValue: row["status"])
        else { return nil }
        self.number = row["number"]
        self.content = row["content"]
        var batch = Batch(
            id: id,
            project: project,
            endpoint: endpoint,
            inputFile: input,
            window: window,
            metadata: BatchTexts.labels(row["metadata"]),
            outputLife: (row["output_life"] as Int64?).map { .seconds($0) },
            createdAt: Date(unixMilliseconds: row["created_at"])
        )
        func date(_ name: String) -> Date? { (row[name] as Int64?).map { Date(unixMilliseconds: $0) } }
        batch.status = status
        batch.inProgressAt = date("in_progress_at")
        batch.finalizingAt = date("finalizing_at")
        batch.completedAt = date("completed_at")
        batch.failedAt = date("failed_at")
        batch.expiredAt = date("expired_at")
        batch.cancellingAt = date("cancelling_at")
        batch.cancelledAt = date("cancelled_at")
        batch.pausedAt = date("paused_at")
        batch.counts = BatchCounts(total: row["total"], completed: row["completed"], failed: row["failed"])
        batch.running = row["running"]
        batch.usage.input = row["input_tokens"]
        batch.usage.cached = row["cached_tokens"]
        batch.usage.output = row["output_tokens"]
        batch.usage.reasoning = row["reasoning_tokens"]
        batch.errors = BatchTexts.problems(row["errors"])
        batch.outputFile = (row["output_file"] as String?).flatMap { FileID($0) }
        batch.errorFile = (row["error_file"] as String?).flatMap { FileID($0) }
        batch.paceSince = date("pace_since")
        batch.paceFrom = row["pace_from"]
        self.batch = batch
    }

    /// Adds a batch.
    static func insert(_ batch: Batch, content: Int64, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO batches (
                    id, project, endpoint, input_file, content, window, metadata, output_life, created_at, expires_at,
                    status, total, completed, failed, running, input_tokens, cached_tokens, output_tokens,
                    reasoning_tokens, errors, pace_from
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, '[]', 0)
                """,
            arguments: [
                batch.id.description, batch.project.description, batch.endpoint.rawValue, batch.inputFile.description,
                content, batch.window.description, BatchTexts.text(of: batch.metadata),
                batch.outputLife.map { Int64($0.inSeconds) }, batch.createdAt.unixMilliseconds,
                batch.expiresAt.unixMilliseconds, batch.status.rawValue,
            ]
        )
    }

    /// Saves what can change.
    func save(in database: Database) throws {
        let batch = self.batch
        let statement = try database.cachedStatement(sql: BatchRow.update)
        let times: [Date?] = [
            batch.inProgressAt, batch.finalizingAt, batch.completedAt, batch.failedAt, batch.expiredAt,
            batch.cancellingAt, batch.cancelledAt, batch.endedAt, batch.pausedAt, batch.paceSince,
        ]
        var arguments: StatementArguments = [batch.status.rawValue, self.content]
        arguments += StatementArguments(times.map { $0?.unixMilliseconds })
        arguments += [
            batch.counts.total, batch.counts.completed, batch.counts.failed, batch.running, batch.usage.input,
            batch.usage.cached, batch.usage.output, batch.usage.reasoning, BatchTexts.text(of: batch.errors),
            batch.outputFile?.description, batch.errorFile?.description, batch.paceFrom, self.number,
        ]
        try statement.execute(arguments: arguments)
    }

    private static let update = """
        UPDATE batches SET status = ?, content = ?, in_progress_at = ?, finalizing_at = ?, completed_at = ?, \
        failed_at = ?, expired_at = ?, cancelling_at = ?, cancelled_at = ?, ended_at = ?, paused_at = ?, \
        pace_since = ?, total = ?, completed = ?, failed = ?, running = ?, input_tokens = ?, cached_tokens = ?, \
        output_tokens = ?, reasoning_tokens = ?, errors = ?, output_file = ?, error_file = ?, pace_from = ? \
        WHERE number = ?
        """
}

extension Date {
    /// The instant so many milliseconds after 1970, UTC.
    init(unixMilliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(unixMilliseconds) / 1000)
    }
}
