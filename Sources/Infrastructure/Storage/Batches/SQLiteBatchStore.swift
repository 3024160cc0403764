public import Application
public import Domain
import GRDB

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Durable batches in the service's database; what their items send stays in the stored contents.
public struct SQLiteBatchStore: BatchStore {
    let database: ServiceDatabase
    let contents: ContentDirectory
    let ids: any IDGenerator

    /// Creates a store.
    ///
    /// - Parameters:
    ///   - database: the service's database.
    ///   - contents: where the contents of files are.
    ///   - ids: names the files that batches write.
    public init(database: ServiceDatabase, contents: ContentDirectory, ids: any IDGenerator) {
        self.database = database
        self.contents = contents
        self.ids = ids
    }

    // MARK: Batches

    /// See ``BatchStore/add(_:atMost:)``.
    public func add(_ batch: Batch, atMost limit: Int) async throws {
        try await self.database.write { database in
            let open = try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM batches WHERE ended_at IS NULL AND project = ?",
                arguments: [batch.project.description]
            )
            guard open ?? 0 < limit else {
                throw ServiceError(
                    .quotaExceeded,
                    "The project has \(limit) batches that have not ended (batches.max_open_batches): "
                        + "wait for one or cancel one.",
                    retryAfter: .seconds(60)
                )
            }
            let content = try Int64.fetchOne(
                database,
                sql: "SELECT content FROM files WHERE id = ?",
                arguments: [batch.inputFile.description]
            )
            guard let content else { throw ServiceError(.notFound, "There is no such file.", isRetryable: false) }
            try BatchRow.insert(batch, content: content, in: database)
        }
    }

    /// See ``BatchStore/batch(_:)``.
    public func batch(_ id: BatchID) async throws -> Batch? {
        try await self.database.read { try BatchRow.find(id, in: $0)?.batch }
    }

    /// See ``BatchStore/batches(_:)``.
    public func batches(_ query: ListQuery<BatchID>) async throws -> ListPage<Batch> {
        let page = PageSQL(query, table: "batches", conditions: [], arguments: [])
        return try await self.database.read { database in
            try page.fetch(database) { BatchRow($0)?.batch }
        }
    }

    /// See ``BatchStore/change(_:_:)``.
    public func change(
        _ id: BatchID,
        _ move: @escaping @Sendable (inout Batch) throws -> Void
    ) async throws -> Batch? {
        let (batch, freed) = try await self.database.write { database -> (Batch?, Int64?) in
            guard var row = try BatchRow.find(id, in: database) else { return (nil, nil) }
            try move(&row.batch)
            let freed = try BatchEnding.save(&row, in: database)
            return (row.batch, freed)
        }
        if let freed { await self.contents.removeUnused([freed], of: self.database) }
        return batch
    }

    /// See ``BatchStore/unread()``.
    public func unread() async throws -> [BatchID] {
        try await self.open("status = 'validating'", [])
    }

    /// See ``BatchStore/overdue(at:)``.
    public func overdue(at now: Date) async throws -> [BatchID] {
        try await self.open("expires_at <= ? AND status IN ('validating', 'in_progress')", [now.unixMilliseconds])
    }

    /// See ``BatchStore/closing()``.
    public func closing() async throws -> [BatchID] {
        try await self.open("status IN ('finalizing', 'cancelling')", [])
    }

    private func open(_ condition: String, _ arguments: StatementArguments) async throws -> [BatchID] {
        try await self.database.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT id FROM batches WHERE ended_at IS NULL AND \(condition) ORDER BY number",
                arguments: arguments
            ).compactMap { BatchID($0) }
        }
    }

    /// See ``BatchStore/backlog()``.
    public func backlog() async throws -> BatchBacklog {
        try await self.database.read { database in
            var backlog = BatchBacklog()
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT status, paused_at IS NOT NULL AS paused, count(*) AS batches,
                        sum(total - completed - failed) AS items
                    FROM batches WHERE ended_at IS NULL GROUP BY status, paused
                    """
            )
            for row in rows {
                backlog.waitingItems += row["items"] as Int
                if row["paused"] {
                    backlog.paused += row["batches"] as Int
                } else if let status = BatchStatus(rawValue: row["status"]) {
                    backlog.batches[status, default: 0] += row["batches"] as Int
                }
            }
            backlog.runningItems =
                try Int.fetchOne(database, sql: "SELECT count(*) FROM batch_items WHERE state = 1") ?? 0
            backlog.waitingItems = max(0, backlog.waitingItems - backlog.runningItems)
            return backlog
        }
    }

    /// See ``BatchStore/nextDeadline()``.
    public func nextDeadline() async throws -> Date? {
        try await self.database.read { database in
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT min(expires_at) FROM batches
                    WHERE ended_at IS NULL AND status IN ('validating', 'in_progress')
                    """
            ).map { Date(unixMilliseconds: $0) }
        }
    }

    // MARK: After the end

    /// See ``BatchStore/unannounced(atMost:)``.
    public func unannounced(atMost limit: Int) async throws -> [Batch] {
        try await self.database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM batches WHERE ended_at IS NOT NULL AND announced = 0 ORDER BY ended_at, number LIMIT ?
                    """,
                arguments: [limit]
            ).compactMap { BatchRow($0)?.batch }
        }
    }

    /// See ``BatchStore/noteAnnounced(_:)``.
    public func noteAnnounced(_ id: BatchID) async throws {
        try await self.database.write { database in
            try database.execute(
                sql: "UPDATE batches SET announced = 1 WHERE id = ?",
                arguments: [id.description]
            )
        }
    }

    /// See ``BatchStore/removeEnded(before:atMost:)``.
    public func removeEnded(before instant: Date, atMost limit: Int) async throws -> Int {
        try await self.database.write { database in
            let number = try Int64.fetchOne(
                database,
                sql: "SELECT number FROM batches WHERE ended_at < ? ORDER BY ended_at LIMIT 1",
                arguments: [instant.unixMilliseconds]
            )
            guard let number else { return 0 }
            for (table, key) in [("batch_results", "item"), ("batch_items", "number"), ("batch_models", "number")] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE \(key) IN (SELECT \(key) FROM \(table) WHERE batch = ? LIMIT ?)",
                    arguments: [number, limit]
                )
                if database.changesCount == limit { return limit }
            }
            try database.execute(sql: "DELETE FROM files WHERE batch = ?", arguments: [number])
            try database.execute(sql: "DELETE FROM batches WHERE number = ?", arguments: [number])
            // There may be another one.
            return limit
        }
    }
}
