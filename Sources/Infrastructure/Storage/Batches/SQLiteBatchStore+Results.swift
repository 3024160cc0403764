public import Application
public import Domain
import GRDB

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension SQLiteBatchStore {
    /// See ``BatchStore/record(_:at:)``.
    public func record(_ results: [BatchResult], at now: Date) async throws -> [BatchID] {
        let (ended, freed) = try await self.database.write { database in
            let book = ResultBook(database, ids: self.ids, now: now)
            for result in results {
                let find = try database.cachedStatement(
                    sql: "SELECT batch, line, custom_id, model, state FROM batch_items WHERE number = ?"
                )
                guard let item = try Row.fetchOne(find, arguments: [result.item.number]) else { continue }
                let state: Int = item["state"]
                // What has an outcome already keeps it.
                guard state < 2 else { continue }
                try book.enter(result.outcome, usage: result.usage, of: item, number: result.item.number)
            }
            return try book.close()
        }
        if !freed.isEmpty { await self.contents.removeUnused(freed, of: self.database) }
        return ended
    }

    /// See ``BatchStore/close(_:atMost:at:)``.
    public func close(_ batch: BatchID, atMost limit: Int, at now: Date) async throws -> Int {
        let (count, freed) = try await self.database.write { database -> (Int, [Int64]) in
            guard let row = try BatchRow.find(batch, in: database), let reason = row.batch.closingReason else {
                return (0, [])
            }
            let waiting = try Row.fetchAll(
                database,
                sql: """
                    SELECT i.number, i.batch, i.line, i.custom_id, i.model, i.state
                    FROM batch_models m JOIN batch_items i ON i.model = m.number AND i.state = 0
                    WHERE m.batch = ? AND m.waiting > 0 LIMIT ?
                    """,
                arguments: [row.number, limit]
            )
            let book = ResultBook(database, ids: self.ids, now: now)
            // Also one of which nothing waits may be at its end.
            try book.open(row)
            for item in waiting {
                try book.enter(.unanswered(reason), usage: nil, of: item, number: item["number"])
            }
            return (waiting.count, try book.close().freed)
        }
        if !freed.isEmpty { await self.contents.removeUnused(freed, of: self.database) }
        return count
    }
}

/// Enters outcomes within one transaction.
private final class ResultBook {
    private let database: Database
    private let ids: any IDGenerator
    private let now: Date
    private var rows: [Int64: BatchRow] = [:]
    private var waiting: [Int64: Int] = [:]
    private var bytes: [FileID: Int] = [:]

    init(_ database: Database, ids: any IDGenerator, now: Date) {
        self.database = database
        self.ids = ids
        self.now = now
    }

    /// Looks at a batch also if it has no outcome.
    func open(_ row: BatchRow) throws {
        self.rows[row.number] = row
    }

    /// Enters the outcome of an item that has none.
    func enter(_ outcome: BatchOutcome, usage: TokenUsage?, of item: Row, number: Int64) throws {
        let owner: Int64 = item["batch"]
        guard var row = try self.rows[owner] ?? BatchRow.find(owner, in: self.database) else { return }
        let state: Int = item["state"]
        let wasRunning = state == 1
        let isSuccess = outcome.isSuccess
        let line = BatchOutputLine.bytes(outcome, batch: row.batch.id, line: item["line"], customID: item["custom_id"])
        let insertion = try self.database.cachedStatement(
            sql: "INSERT INTO batch_results (item, batch, success, line) VALUES (?, ?, ?, ?)"
        )
        try insertion.execute(arguments: [number, owner, isSuccess, Data(line)])
        let update = try self.database.cachedStatement(sql: "UPDATE batch_items SET state = ? WHERE number = ?")
        try update.execute(arguments: [isSuccess ? 2 : 3, number])
        if !wasRunning { self.waiting[item["model"], default: 0] += 1 }
        let file = try self.file(of: &row, successes: isSuccess)
        self.bytes[file, default: 0] += line.count
        row.batch.note(outcome, usage: usage, wasRunning: wasRunning)
        self.rows[owner] = row
    }

    /// Saves all batches.
    ///
    /// - Returns: those that ended, and the contents that nobody may need any more.
    func close() throws -> (ended: [BatchID], freed: [Int64]) {
        for (model, count) in self.waiting {
            try SQLiteBatchStore.addWaiting(-count, to: model, in: self.database)
        }
        for (file, bytes) in self.bytes {
            let update = try self.database.cachedStatement(sql: "UPDATE files SET bytes = bytes + ? WHERE id = ?")
            try update.execute(arguments: [bytes, file.description])
        }
        var ended: [BatchID] = []
        var freed: [Int64] = []
        for var row in self.rows.values {
            let wasOpen = row.batch.endedAt == nil
            row.batch.settle(at: self.now)
            if let content = try BatchEnding.save(&row, in: self.database) { freed.append(content) }
            if wasOpen, row.batch.endedAt != nil { ended.append(row.batch.id) }
        }
        return (ended, freed)
    }

    /// The file that a line goes to; it comes to be with its first.
    private func file(of row: inout BatchRow, successes: Bool) throws -> FileID {
        if let file = successes ? row.batch.outputFile : row.batch.errorFile { return file }
        let file = FileID(generated: self.ids.next())
        row.batch.write(to: file, ofSuccesses: successes)
        try self.database.execute(
            sql: """
                INSERT INTO files (id, project, filename, purpose, bytes, created_at, batch, successes)
                VALUES (?, ?, ?, ?, 0, ?, ?, ?)
                """,
            arguments: [
                file.description, row.batch.project.description,
                "\(row.batch.id)_\(successes ? "output" : "error").jsonl", StoredFile.Purpose.batchOutput.rawValue,
                self.now.unixMilliseconds, row.number, successes,
            ]
        )
        return file
    }
}
