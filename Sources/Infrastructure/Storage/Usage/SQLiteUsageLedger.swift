public import Application
public import Domain
import GRDB

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The usage ledger in the service's database.
public struct SQLiteUsageLedger: UsageLedger {
    private let database: ServiceDatabase

    /// Creates a ledger.
    public init(database: ServiceDatabase) {
        self.database = database
    }

    /// See ``UsageLedger/append(_:)``.
    ///
    /// - Throws: ``StorageError``; nothing has been kept then.
    public func append(_ records: [RequestRecord]) async throws {
        try await self.database.write { database in
            let statement = try database.cachedStatement(sql: SQLiteUsageLedger.insertion)
            try statement.execute(for: records) { UsageRow.bind($0, to: &$1) }
        }
    }

    /// See ``UsageLedger/totals(of:since:)``.
    ///
    /// - Throws: ``StorageError``.
    public func totals(of project: ProjectName, since: Date) async throws -> UsageTotals {
        try await self.database.read { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT \(UsageRow.sums) FROM usage WHERE project = ? AND at >= ?",
                arguments: [project.description, since.unixMilliseconds]
            )
            return row.map(UsageRow.totals) ?? UsageTotals()
        }
    }

    /// See ``UsageLedger/summary(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func summary(_ query: UsageQuery) async throws -> [UsageGroup] {
        var conditions = ["at >= ?", "at < ?"]
        var arguments: StatementArguments = [
            query.since?.unixMilliseconds ?? .min, query.until?.unixMilliseconds ?? .max,
        ]
        if let project = query.project {
            conditions.append("project = ?")
            arguments += [project.description]
        }
        let (key, order) =
            switch query.grouping {
            case .day: ("date(at / 1000, 'unixepoch')", "key DESC")
            case .model: ("model", "count(*) DESC, key")
            case .project: ("project", "count(*) DESC, key")
            }
        if query.grouping == .model { conditions.append("model IS NOT NULL") }
        arguments += [max(1, query.limit)]
        let sql = """
            SELECT \(key) AS key, \(UsageRow.sums) FROM usage WHERE \(conditions.joined(separator: " AND "))
            GROUP BY key ORDER BY \(order) LIMIT ?
            """
        return try await self.database.read { [arguments] database in
            try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
                UsageGroup(key: row["key"], totals: UsageRow.totals(row))
            }
        }
    }

    /// See ``UsageLedger/removeRecords(before:atMost:)``.
    ///
    /// - Throws: ``StorageError``.
    public func removeRecords(before instant: Date, atMost limit: Int) async throws -> Int {
        try await self.database.write { database in
            try database.execute(
                sql: "DELETE FROM usage WHERE id IN (SELECT id FROM usage WHERE at < ? ORDER BY at LIMIT ?)",
                arguments: [instant.unixMilliseconds, limit]
            )
            return database.changesCount
        }
    }

    private static let insertion = """
        INSERT INTO usage (\(UsageRow.names.joined(separator: ", "))) \
        VALUES (\(UsageRow.names.map { _ in "?" }.joined(separator: ", ")))
        """
}
