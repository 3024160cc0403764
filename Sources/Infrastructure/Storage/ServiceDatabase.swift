public import Application
import GRDB
public import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The one SQLite database of the service: what must survive a restart is in it.
///
/// Stores are built of it and use ``read(_:)`` and ``write(_:)``; their tables come with a ``Migration``. Write-ahead
/// log, `synchronous=NORMAL`: a killed process loses nothing that was committed, a power failure at most the last
/// transactions, and neither damages the file. Another process may have it open as well (`shared-ollama keys`).
public final class ServiceDatabase: Sendable {
    /// The file's name in the data directory.
    public static let fileName = "shared-ollama.sqlite"
    /// Marks the file as one of ours ("ShOl"); see `PRAGMA application_id`.
    private static let applicationID: Int32 = 0x5368_4F6C
    /// How long a statement waits for another process' lock, in seconds.
    private static let busySeconds: Double = 5
    /// Files up to this size, in bytes, are checked in full at the start; for larger ones that would take seconds.
    private static let checkedSize: Int64 = 67_108_864

    /// Where the file is.
    public let path: String
    /// Whether it can be written now.
    public let state: StoreState
    private let pool: DatabasePool
    private let logger: Logger

    /// Opens the database, creates what is missing, for this user only, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - directory: the data directory, which exists.
    ///   - state: told whether writing works.
    ///   - logger: told once when it no longer works, and once when it does again.
    /// - Throws: ``StorageError`` if it is damaged, not ours, made by a later version, or cannot be written.
    public convenience init(
        directory: String,
        state: StoreState = StoreState(),
        logger: Logger
    ) throws(StorageError) {
        let path = "\(directory)/\(ServiceDatabase.fileName)"
        try self.init(path: path, migrations: Migration.all, state: state, logger: logger)
    }

    init(path: String, migrations: [Migration], state: StoreState, logger: Logger) throws(StorageError) {
        self.path = path
        self.state = state
        self.logger = logger
        let size = try ServiceDatabase.prepareFile(path)
        do {
            self.pool = try DatabasePool(path: path, configuration: ServiceDatabase.configuration)
            try ServiceDatabase.check(self.pool, path: path, inFull: size <= ServiceDatabase.checkedSize)
            try ServiceDatabase.migrate(self.pool, Migration.migrator(migrations), path: path)
        } catch {
            throw ServiceDatabase.translated(error, path: path)
        }
    }

    // MARK: Use

    /// Reads in a consistent view of the database, on a thread of its own.
    ///
    /// - Throws: ``StorageError``, `CancellationError`, or what the body throws.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await self.pool.read(body)
        } catch let error as DatabaseError {
            throw StorageError(error, path: self.path)
        }
    }

    /// Writes in one transaction, on a thread of its own; a failure of the store is noted in ``state``.
    ///
    /// - Throws: ``StorageError``, `CancellationError`, or what the body throws; then nothing has been written.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await self.pool.write(body)
        } catch let error as DatabaseError {
            let error = StorageError(error, path: self.path)
            if error.kind != .refused, self.state.noteFailure() { self.logger.error("store_unwritable: \(error)") }
            throw error
        }
    }

    /// Finds out, as long as the task lives, when a store that could not be written can be again: once a write goes well
    /// and none has failed for an interval.
    ///
    /// - Parameters:
    ///   - clock: the time.
    ///   - interval: longer than others wait before they try again.
    public func watch(clock: any ServiceClock, interval: Duration) async {
        var failures = 0
        while (try? await clock.sleep(for: interval)) != nil {
            let before = failures
            failures = self.state.failures
            guard !self.state.isWritable, failures == before else { continue }
            guard (try? await self.write(ServiceDatabase.touch)) != nil else { continue }
            if self.state.noteRecovery(since: failures) { self.logger.notice("the database can be written again") }
        }
    }

    /// Writes something that changes nothing.
    private static func touch(_ database: Database) throws {
        try database.execute(sql: "PRAGMA application_id = \(self.applicationID)")
    }

    // MARK: Opening

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.busyMode = .timeout(self.busySeconds)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        return configuration
    }

    /// Makes sure that the file is there, can be written and is nobody else's to read, and returns its size.
    ///
    /// SQLite gives the files beside it the same mode.
    private static func prepareFile(_ path: String) throws(StorageError) -> Int64 {
        func failure() -> StorageError {
            let words = String(cString: strerror(errno))
            return StorageError(kind: .unwritable, description: "the database \(path) cannot be opened: \(words)")
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        // No lock of SQLite's is held yet that closing this descriptor could drop: it has not opened the file.
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        if status.st_mode & 0o777 != 0o600, fchmod(descriptor, 0o600) != 0 { throw failure() }
        // SQLite would take a file without a whole header for an empty one and write over it.
        guard status.st_size == 0 || status.st_size >= 512 else {
            throw StorageError(DatabaseError(resultCode: .SQLITE_NOTADB, message: "too short"), path: path)
        }
        return Int64(status.st_size)
    }

    private static func check(_ pool: DatabasePool, path: String, inFull: Bool) throws {
        let (owner, problem) = try pool.read { database in
            (
                try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
                inFull ? try String.fetchOne(database, sql: "PRAGMA quick_check(1)") : "ok"
            )
        }
        guard owner == 0 || owner == self.applicationID else {
            throw StorageError(kind: .unusable, description: "\(path) is a database of another program: move it away")
        }
        guard problem == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: problem)
        }
    }

    private static func migrate(_ pool: DatabasePool, _ migrator: DatabaseMigrator, path: String) throws {
        if try pool.read(migrator.hasBeenSuperseded) {
            throw StorageError(
                kind: .unusable,
                description: "the database \(path) was made by a later version of the service: use that one, or put a "
                    + "backup from before in its place"
            )
        }
        do {
            try migrator.migrate(pool)
        } catch let error as DatabaseError {
            // Another process may have been at it in the same moment.
            guard try pool.read(migrator.hasCompletedMigrations) else { throw error }
        }
        // Shows at the start, and not with the first request, that the file can be written.
        try pool.write(self.touch)
    }

    private static func translated(_ error: any Error, path: String) -> StorageError {
        switch error {
        case let error as StorageError: error
        case let error as DatabaseError: StorageError(error, path: path)
        default: StorageError(kind: .unusable, description: "the database \(path) cannot be opened: \(error)")
        }
    }
}
