public import Application
public import Domain
import GRDB

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension SQLiteBatchStore {
    // MARK: Reading a file

    /// See ``BatchStore/add(_:to:)``.
    public func add(_ items: [BatchLine], to batch: BatchID) async throws -> [Int]? {
        try await self.database.write { database in
            guard let row = try BatchRow.find(batch, in: database), row.batch.status == .validating else { return nil }
            let insertion = try database.cachedStatement(
                sql: """
                    INSERT INTO batch_items (batch, line, custom_id, model, offset, length) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (batch, custom_id) DO NOTHING
                    """
            )
            var models: [String: (number: Int64, added: Int)] = [:]
            var twins: [Int] = []
            for (index, item) in items.enumerated() {
                let model =
                    try models[item.model] ?? (try SQLiteBatchStore.model(item.model, of: row.number, in: database), 0)
                let before = database.totalChangesCount
                try insertion.execute(
                    arguments: [row.number, item.line, item.customID, model.number, item.offset, item.length]
                )
                let isNew = database.totalChangesCount > before
                if !isNew { twins.append(index) }
                models[item.model] = (model.number, model.added + (isNew ? 1 : 0))
            }
            for model in models.values {
                try SQLiteBatchStore.addWaiting(model.added, to: model.number, in: database)
            }
            return twins
        }
    }

    private static func model(_ name: String, of batch: Int64, in database: Database) throws -> Int64 {
        let find = try database.cachedStatement(
            sql: "SELECT number FROM batch_models WHERE batch = ? AND model = ?"
        )
        if let number = try Int64.fetchOne(find, arguments: [batch, name]) { return number }
        try database.execute(
            sql: "INSERT INTO batch_models (batch, model, waiting) VALUES (?, ?, 0)",
            arguments: [batch, name]
        )
        return database.lastInsertedRowID
    }

    static func addWaiting(_ count: Int, to model: Int64, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "UPDATE batch_models SET waiting = max(0, waiting + ?) WHERE number = ?"
        )
        try statement.execute(arguments: [count, model])
    }

    /// See ``BatchStore/removeItems(of:atMost:)``.
    public func removeItems(of batch: BatchID, atMost limit: Int) async throws -> Int {
        try await self.database.write { database in
            guard let row = try BatchRow.find(batch, in: database), row.batch.counts.total == 0 else { return 0 }
            try database.execute(
                sql: "DELETE FROM batch_items WHERE number IN (SELECT number FROM batch_items WHERE batch = ? LIMIT ?)",
                arguments: [row.number, limit]
            )
            let removed = database.changesCount
            if removed < limit {
                try database.execute(sql: "DELETE FROM batch_models WHERE batch = ?", arguments: [row.number])
            }
            return removed
        }
    }

    // MARK: Running

    /// See ``BatchStore/work(atMost:)``.
    public func work(atMost limit: Int) async throws -> [BatchWork] {
        try await self.database.read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT b.id, b.project, b.endpoint, b.created_at, b.expires_at, m.model, m.waiting
                    FROM batches b JOIN batch_models m ON m.batch = b.number
                    WHERE b.ended_at IS NULL AND b.status = 'in_progress' AND b.paused_at IS NULL AND m.waiting > 0
                    ORDER BY b.expires_at, b.number, m.model LIMIT ?
                    """
            )
            return try Row.fetchAll(statement, arguments: [limit]).compactMap { row in
                guard let batch = BatchID(row["id"] as String),
                    let project = try? ProjectName(row["project"] as String),
                    let endpoint = BatchEndpoint(rawValue: row["endpoint"])
                else { return nil }
                return BatchWork(
                    batch: batch,
                    project: project,
                    endpoint: endpoint,
                    model: row["model"],
                    waiting: row["waiting"],
                    createdAt: Date(unixMilliseconds: row["created_at"]),
                    expiresAt: Date(unixMilliseconds: row["expires_at"])
                )
            }
        }
    }

    /// A claimed item whose body has not been read yet.
    private struct Claimed: Sendable {
        let number: Int64
        let line: Int
        let customID: String
        let offset: Int64
        let length: Int
    }

    /// See ``BatchStore/claim(_:model:atMost:)``.
    public func claim(_ batch: BatchID, model: String, atMost limit: Int) async throws -> [BatchItem] {
        let (claimed, content) = try await self.database.write { database -> ([Claimed], String?) in
            guard limit > 0, var row = try BatchRow.find(batch, in: database), row.batch.mayRun else {
                return ([], nil)
            }
            let find = try database.cachedStatement(
                sql: "SELECT number FROM batch_models WHERE batch = ? AND model = ?"
            )
            guard let model = try Int64.fetchOne(find, arguments: [row.number, model]) else { return ([], nil) }
            let items = try SQLiteBatchStore.claim(of: model, atMost: limit, in: database)
            guard !items.isEmpty else { return ([], nil) }
            try SQLiteBatchStore.addWaiting(-items.count, to: model, in: database)
            row.batch.start(items: items.count)
            try row.save(in: database)
            return (items, try row.content.flatMap { try ContentRow.digest(of: $0, in: database) })
        }
        guard !claimed.isEmpty else { return [] }
        let ranges = claimed.map { (offset: $0.offset, length: $0.length) }
        let bodies = await self.contents.bodies(of: content, at: ranges)
        var items: [BatchItem] = []
        var lost: [BatchResult] = []
        for (item, body) in zip(claimed, bodies) {
            let id = BatchItem.ID(item.number)
            if let body {
                items.append(BatchItem(id: id, batch: batch, line: item.line, customID: item.customID, body: body))
            } else {
                lost.append(BatchResult(item: id, outcome: .unanswered(.inputLost), usage: nil))
            }
        }
        if !lost.isEmpty { _ = try await self.record(lost, at: Date()) }
        return items
    }

    private static func claim(of model: Int64, atMost limit: Int, in database: Database) throws -> [Claimed] {
        let select = try database.cachedStatement(
            sql: """
                SELECT number, line, custom_id, offset, length FROM batch_items
                WHERE model = ? AND state = 0 ORDER BY number LIMIT ?
                """
        )
        let items = try Row.fetchAll(select, arguments: [model, limit]).map { row in
            Claimed(
                number: row["number"],
                line: row["line"],
                customID: row["custom_id"],
                offset: row["offset"],
                length: row["length"]
            )
        }
        let update = try database.cachedStatement(sql: "UPDATE batch_items SET state = 1 WHERE number = ?")
        for item in items { try update.execute(arguments: [item.number]) }
        return items
    }

    /// See ``BatchStore/release(_:)``.
    public func release(_ items: [BatchItem.ID]) async throws {
        try await self.database.write { database in
            var rows: [Int64: BatchRow] = [:]
            for item in items {
                let update = try database.cachedStatement(
                    sql: "UPDATE batch_items SET state = 0 WHERE number = ? AND state = 1 RETURNING batch, model"
                )
                guard let released = try Row.fetchOne(update, arguments: [item.number]) else { continue }
                try SQLiteBatchStore.addWaiting(1, to: released["model"], in: database)
                let number: Int64 = released["batch"]
                guard var row = try rows[number] ?? BatchRow.find(number, in: database) else { continue }
                row.batch.giveBack(items: 1)
                rows[number] = row
            }
            for row in rows.values { try row.save(in: database) }
        }
    }

    /// See ``BatchStore/recover(at:)``.
    public func recover(at now: Date) async throws {
        try await self.database.write { database in
            let open = try Row.fetchAll(
                database,
                sql: "SELECT * FROM batches WHERE ended_at IS NULL AND status <> 'validating'"
            ).compactMap(BatchRow.init)
            try database.execute(sql: "UPDATE batch_items SET state = 0 WHERE state = 1")
            for var row in open {
                try database.execute(
                    sql: """
                        UPDATE batch_models SET waiting = (
                            SELECT count(*) FROM batch_items i WHERE i.model = batch_models.number AND i.state = 0
                        ) WHERE batch = ?
                        """,
                    arguments: [row.number]
                )
                row.batch.restart(at: now)
                try row.save(in: database)
            }
        }
    }
}
