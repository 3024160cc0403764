public import Application
public import Domain
import GRDB
import NIOPosix

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Files: who has which in the service's database, their contents beside it.
public struct SQLiteFileStore: FileStore {
    private let database: ServiceDatabase
    private let contents: ContentDirectory
    private let ids: any IDGenerator
    /// How many lines of results are removed in one transaction.
    private static let piece = 1000

    /// Creates a store.
    ///
    /// `ids`: names contents that are on their way in.
    public init(database: ServiceDatabase, contents: ContentDirectory, ids: any IDGenerator) {
        self.database = database
        self.contents = contents
        self.ids = ids
    }

    /// See ``FileStore/beginUpload(within:)``.
    public func beginUpload(within bounds: FileBounds) async throws -> any FileUpload {
        let used = try await self.database.read(ContentRow.storage)
        guard used < bounds.storageBytes else { throw ServiceError.noRoom }
        return try ContentUpload(
            database: self.database,
            directory: self.contents,
            name: self.ids.next(),
            storage: bounds.storageBytes,
            room: bounds.storageBytes - used
        )
    }

    /// See ``FileStore/file(_:)``.
    public func file(_ id: FileID) async throws -> StoredFile? {
        try await self.database.read { database in
            try SQLiteFileStore.row(id, in: database).flatMap(StoredFile.init)
        }
    }

    /// See ``FileStore/files(_:purpose:)``.
    public func files(
        _ query: ListQuery<FileID>,
        purpose: StoredFile.Purpose?
    ) async throws -> ListPage<StoredFile> {
        let page = PageSQL(
            query,
            table: "files",
            conditions: purpose == nil ? [] : ["purpose = ?"],
            arguments: purpose.map { [$0.rawValue] } ?? []
        )
        return try await self.database.read { database in try page.fetch(database) { StoredFile($0) } }
    }

    /// See ``FileStore/fileCount(of:)``.
    public func fileCount(of project: ProjectName) async throws -> Int {
        try await self.database.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM files WHERE project = ? AND content IS NOT NULL",
                arguments: [project.description]
            ) ?? 0
        }
    }

    /// See ``FileStore/content(of:)``.
    public func content(of id: FileID) async throws -> (any FileContent)? {
        let found = try await self.database.read { database -> (batch: Int64?, successes: Bool?, digest: String?)? in
            guard let row = try SQLiteFileStore.row(id, in: database) else { return nil }
            let digest = try (row["content"] as Int64?).flatMap { try ContentRow.digest(of: $0, in: database) }
            return (row["batch"], row["successes"], digest)
        }
        guard let found else { return nil }
        if let batch = found.batch {
            return ResultContent(database: self.database, batch: batch, successes: found.successes ?? true)
        }
        return try await self.stored(found.digest)
    }

    /// See ``FileStore/input(of:)``.
    public func input(of batch: BatchID) async throws -> (any FileContent)? {
        let digest = try await self.database.read { database in
            try BatchRow.find(batch, in: database)?.content.flatMap { try ContentRow.digest(of: $0, in: database) }
        }
        return try await self.stored(digest)
    }

    private func stored(_ digest: String?) async throws -> StoredContent? {
        guard let digest else { return nil }
        return try await self.contents.threads.runIfActive {
            ContentFile(path: self.contents.path(of: digest))
        }.map { StoredContent(file: $0, threads: self.contents.threads) }
    }

    private static func row(_ id: FileID, in database: Database) throws -> Row? {
        try Row.fetchOne(database, sql: "SELECT * FROM files WHERE id = ?", arguments: [id.description])
    }

    // MARK: Removing

    /// See ``FileStore/remove(_:)``.
    public func remove(_ id: FileID) async throws -> Bool {
        let removed = try await self.database.write { database -> (content: Int64?, batch: Int64?, successes: Bool?)? in
            guard let row = try SQLiteFileStore.row(id, in: database) else { return nil }
            if let batch = row["batch"] as Int64?, let owner = try BatchRow.find(batch, in: database)?.batch,
                owner.endedAt == nil
            {
                throw ServiceError(
                    .conflict,
                    "The batch \(owner.id) still writes this file; cancel it, or wait until it has ended.",
                    isRetryable: false
                )
            }
            try database.execute(sql: "DELETE FROM files WHERE id = ?", arguments: [id.description])
            return (row["content"], row["batch"], row["successes"])
        }
        guard let removed else { return false }
        if let content = removed.content { await self.contents.removeUnused([content], of: self.database) }
        if let batch = removed.batch {
            try await self.removeResults(of: batch, successes: removed.successes ?? true)
        }
        return true
    }

    /// Removes the lines of a file that has been removed; what is left after a crash goes with the batch.
    private func removeResults(of batch: Int64, successes: Bool) async throws {
        var removed = SQLiteFileStore.piece
        while removed == SQLiteFileStore.piece {
            removed = try await self.database.write { database in
                try database.execute(
                    sql: """
                        DELETE FROM batch_results WHERE item IN (
                            SELECT item FROM batch_results WHERE batch = ? AND success = ? LIMIT ?
                        )
                        """,
                    arguments: [batch, successes, SQLiteFileStore.piece]
                )
                return database.changesCount
            }
        }
    }

    /// See ``FileStore/removeExpired(at:atMost:)``.
    public func removeExpired(at now: Date, atMost limit: Int) async throws -> Int {
        let ids = try await self.database.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT id FROM files WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
                arguments: [now.unixMilliseconds, limit]
            )
        }
        for id in ids.compactMap({ FileID($0) }) { _ = try await self.remove(id) }
        return ids.count
    }

    /// See ``FileStore/recover()``.
    public func recover() async throws {
        try await self.contents.removeStrangers(of: self.database)
    }
}

extension StoredFile {
    /// Reads a row; one that this service did not write is none.
    fileprivate init?(_ row: Row) {
        guard let id = FileID(row["id"] as String), let project = try? ProjectName(row["project"] as String) else {
            return nil
        }
        self.init(
            id: id,
            project: project,
            filename: row["filename"],
            purpose: Purpose(rawValue: row["purpose"]),
            bytes: row["bytes"],
            createdAt: Date(unixMilliseconds: row["created_at"]),
            expiresAt: (row["expires_at"] as Int64?).map { Date(unixMilliseconds: $0) }
        )
    }
}
