import Application
import Domain
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What happens to a batch in the same transaction in which it ends.
enum BatchEnding {
    /// Saves a batch; if it has ended, lets go of its content and says how long what it wrote is kept.
    ///
    /// - Returns: the content that it does not need any more.
    static func save(_ row: inout BatchRow, in database: Database) throws -> Int64? {
        let freed = row.batch.endedAt == nil ? nil : row.content
        if let end = row.batch.endedAt {
            row.content = nil
            if let life = row.batch.outputLife {
                try database.execute(
                    sql: "UPDATE files SET expires_at = ? WHERE batch = ?",
                    arguments: [end.addingTimeInterval(life.inSeconds).unixMilliseconds, row.number]
                )
            }
        }
        try row.save(in: database)
        return freed
    }
}
