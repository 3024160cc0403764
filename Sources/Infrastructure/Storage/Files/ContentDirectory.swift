import Application
import Domain
import GRDB
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The directory with the contents of files: each under its SHA-256, once, however many files have it.
///
/// What belongs there is in the table `contents`. A content comes and goes within the database's one writer, so that none
/// can be removed while it is taken for another file.
public struct ContentDirectory: Sendable {
    /// The directory's name in the data directory.
    static let name = "files"
    /// What begins the name of a content on its way in.
    static let uploadPrefix = "upload-"

    let path: String
    /// Where blocking calls are made: not on the threads of tasks.
    let threads: NIOThreadPool

    /// Opens the directory, and creates it for this user only.
    ///
    /// `directory`: the data directory, which exists.
    ///
    /// - Throws: ``StorageError`` if it cannot be made.
    public init(in directory: String) throws(StorageError) {
        self.path = "\(directory)/\(ContentDirectory.name)"
        self.threads = .singleton
        guard mkdir(self.path, 0o700) == 0 || errno == EEXIST else {
            throw StorageError(
                kind: .unwritable,
                description: "the directory \(self.path) cannot be made: \(String(cString: strerror(errno)))"
            )
        }
    }

    /// Where the content of a digest is.
    func path(of digest: String) -> String { "\(self.path)/\(digest)" }

    /// Removes contents that no file and no open batch needs any more.
    func removeUnused(_ numbers: [Int64], of database: ServiceDatabase) async {
        // What fails is done at the next start.
        try? await database.write { database in
            for number in Set(numbers) {
                let isUsed = try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM files WHERE content = ?)
                            OR EXISTS (SELECT 1 FROM batches WHERE content = ?)
                        """,
                    arguments: [number, number]
                )
                guard isUsed == false, let digest = try ContentRow.digest(of: number, in: database) else { continue }
                try database.execute(sql: "DELETE FROM contents WHERE number = ?", arguments: [number])
                unlink(self.path(of: digest))
            }
        }
    }

    /// Removes what is in the directory and does not belong there.
    func removeStrangers(of database: ServiceDatabase) async throws {
        let unused = try await database.read { database in
            try Int64.fetchAll(
                database,
                sql: """
                    SELECT number FROM contents c WHERE NOT EXISTS (SELECT 1 FROM files WHERE content = c.number)
                        AND NOT EXISTS (SELECT 1 FROM batches WHERE content = c.number)
                    """
            )
        }
        await self.removeUnused(unused, of: database)
        let known = try await database.read { database in
            try Set(String.fetchAll(database, sql: "SELECT sha256 FROM contents"))
        }
        for name in self.names where !known.contains(name) { unlink(self.path(of: name)) }
    }

    private var names: [String] {
        guard let directory = opendir(self.path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    // MARK: Reading

    /// Reads parts of a content; nil for each that cannot be read whole.
    func bodies(of digest: String?, at ranges: [(offset: Int64, length: Int)]) async -> [[UInt8]?] {
        let lost = [[UInt8]?](repeating: nil, count: ranges.count)
        guard let digest else { return lost }
        let read = try? await self.threads.runIfActive {
            guard let file = ContentFile(path: self.path(of: digest)) else { return lost }
            return ranges.map { range in
                let bytes = file.read(at: range.offset, atMost: range.length)
                return bytes?.count == range.length ? bytes : nil
            }
        }
        return read ?? lost
    }
}

/// The table `contents`.
enum ContentRow {
    /// The digest of a content.
    static func digest(of number: Int64, in database: Database) throws -> String? {
        let statement = try database.cachedStatement(sql: "SELECT sha256 FROM contents WHERE number = ?")
        return try String.fetchOne(statement, arguments: [number])
    }

    /// What all contents and all results take, in bytes.
    static func storage(in database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database,
            sql: """
                SELECT (SELECT coalesce(sum(bytes), 0) FROM contents)
                    + (SELECT coalesce(sum(bytes), 0) FROM files WHERE batch IS NOT NULL)
                """
        ) ?? 0
    }
}
