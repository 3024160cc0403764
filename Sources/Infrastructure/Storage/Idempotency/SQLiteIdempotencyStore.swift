public import Application
public import Domain
import GRDB

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Stored answers in the service's database.
public struct SQLiteIdempotencyStore: IdempotencyStore {
    private let database: ServiceDatabase

    /// Creates a store.
    public init(database: ServiceDatabase) {
        self.database = database
    }

    /// See ``IdempotencyStore/record(of:in:)``.
    ///
    /// - Throws: ``StorageError``.
    public func record(of key: IdempotencyKey, in project: ProjectName) async throws -> IdempotencyRecord? {
        try await self.database.read { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT * FROM idempotency WHERE project = ? AND key = ?",
                arguments: [project.description, key.description]
            )
            return row.map { row in
                IdempotencyRecord(
                    project: project,
                    key: key,
                    fingerprint: Array(row["fingerprint"] as Data),
                    answer: StoredAnswer(
                        status: row["status"],
                        contentType: row["content_type"],
                        body: Array(row["body"] as Data)
                    ),
                    createdAt: Date(timeIntervalSince1970: Double(row["at"] as Int64) / 1000)
                )
            }
        }
    }

    /// See ``IdempotencyStore/save(_:within:)``.
    ///
    /// - Throws: ``StorageError``; nothing has changed then.
    public func save(_ record: IdempotencyRecord, within bounds: IdempotencyBounds) async throws {
        try await self.database.write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO idempotency (project, key, at, fingerprint, status, content_type, size, body)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    record.project.description, record.key.description, record.createdAt.unixMilliseconds,
                    Data(record.fingerprint), record.answer.status, record.answer.contentType,
                    record.answer.body.count, Data(record.answer.body),
                ]
            )
            try database.execute(
                sql: SQLiteIdempotencyStore.trimming,
                arguments: [record.project.description, bounds.records, bounds.bytes]
            )
        }
    }

    /// See ``IdempotencyStore/removeRecords(before:atMost:)``.
    ///
    /// - Throws: ``StorageError``.
    public func removeRecords(before instant: Date, atMost limit: Int) async throws -> Int {
        try await self.database.write { database in
            try database.execute(
                sql:
                    "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency WHERE at < ? ORDER BY at LIMIT ?)",
                arguments: [instant.unixMilliseconds, limit]
            )
            return database.changesCount
        }
    }

    /// Removes what is older than the newest of a project that are within the bounds.
    private static let trimming = """
        DELETE FROM idempotency WHERE id IN (
            SELECT id FROM (
                SELECT id, row_number() OVER newest AS number, sum(size) OVER newest AS bytes
                FROM idempotency WHERE project = ?
                WINDOW newest AS (ORDER BY at DESC, id DESC ROWS UNBOUNDED PRECEDING)
            ) WHERE number > ? OR bytes > ?
        )
        """
}
