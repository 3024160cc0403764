public import Application
public import Domain
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The keys of projects in the service's database.
public struct SQLiteKeyStore: KeyStore {
    private let database: ServiceDatabase

    /// Creates a store.
    public init(database: ServiceDatabase) {
        self.database = database
    }

    /// See ``KeyStore/add(_:)``.
    ///
    /// - Throws: ``StorageError``.
    public func add(_ key: StoredKey) async throws {
        try await self.database.write { database in
            try database.execute(
                sql: "INSERT INTO project_keys (project, sha256, role, created_at) VALUES (?, ?, ?, ?)",
                arguments: [
                    key.project.description, key.hash.description, key.role?.rawValue, key.createdAt.unixMilliseconds,
                ]
            )
        }
    }

    /// See ``KeyStore/keys()``.
    ///
    /// - Throws: ``StorageError``.
    public func keys() async throws -> [StoredKey] {
        try await self.database.read { database in
            let sql = "SELECT project, sha256, role, created_at FROM project_keys ORDER BY id"
            return try Row.fetchAll(database, sql: sql).compactMap(SQLiteKeyStore.key)
        }
    }

    /// See ``KeyStore/revoke(_:hashPrefix:)``.
    ///
    /// - Throws: ``StorageError``.
    public func revoke(_ project: ProjectName, hashPrefix: String) async throws -> Int {
        try await self.database.write { database in
            try database.execute(
                sql: "DELETE FROM project_keys WHERE project = ? AND substr(sha256, 1, ?) = ?",
                arguments: [project.description, hashPrefix.count, hashPrefix.lowercased()]
            )
            return database.changesCount
        }
    }

    /// A row that this service did not write is no key.
    private static func key(_ row: Row) -> StoredKey? {
        let (name, hash, role): (String, String, String?) = (row["project"], row["sha256"], row["role"])
        let created: Int64 = row["created_at"]
        guard let project = try? ProjectName(name), let hash = KeyHash(hex: hash) else { return nil }
        if let role, Project.Role(rawValue: role) == nil { return nil }
        return StoredKey(
            project: project,
            hash: hash,
            role: role.flatMap(Project.Role.init),
            createdAt: Date(timeIntervalSince1970: Double(created) / 1000)
        )
    }
}
