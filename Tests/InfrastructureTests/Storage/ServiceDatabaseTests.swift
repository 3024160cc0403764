import Application
import Foundation
import GRDB
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Infrastructure

@Suite("The service's database")
struct ServiceDatabaseTests {
    private static let words = Migration("test-words") { try $0.execute(sql: "CREATE TABLE words (word TEXT)") }

    private static func open(
        _ directory: String,
        _ migrations: [Migration] = [words],
        log: CollectedLog = CollectedLog()
    ) throws -> ServiceDatabase {
        try ServiceDatabase(
            path: "\(directory)/\(ServiceDatabase.fileName)",
            migrations: migrations,
            state: StoreState(),
            logger: log.logger
        )
    }

    private static func failure(in directory: String, _ migrations: [Migration] = [words]) -> StorageError? {
        do {
            _ = try self.open(directory, migrations)
            return nil
        } catch {
            return error as? StorageError
        }
    }

    private static func add(_ word: String, to database: ServiceDatabase) async throws {
        try await database.write { try $0.execute(sql: "INSERT INTO words VALUES (?)", arguments: [word]) }
    }

    private static func words(in database: ServiceDatabase) async throws -> [String] {
        try await database.read { try String.fetchAll($0, sql: "SELECT word FROM words ORDER BY rowid") }
    }

    @Test("What was written is there after opening the file again, and nobody else can read the file")
    func reopening() async throws {
        try await TemporaryDirectory.with { directory in
            try await Self.add("kept", to: try Self.open(directory))
            let database = try Self.open(directory)
            #expect(try await Self.words(in: database) == ["kept"])
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: database.path + suffix)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
            }
        }
    }

    @Test("It is written ahead, with the safety that survives a killed process")
    func settings() async throws {
        try await TemporaryDirectory.with { directory in
            let database = try Self.open(directory)
            let settings = try await database.write { database in
                (
                    try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                    try Int.fetchOne(database, sql: "PRAGMA synchronous")
                )
            }
            #expect(settings.0 == "wal")
            #expect(settings.1 == 1)
        }
    }

    @Test("A later version adds its steps to an older database; an older version refuses that of a later one")
    func migrations() async throws {
        try await TemporaryDirectory.with { directory in
            try await Self.add("old", to: try Self.open(directory))
            let second = Migration("test-numbers") { try $0.execute(sql: "CREATE TABLE numbers (number INTEGER)") }
            let database = try Self.open(directory, [Self.words, second])
            #expect(try await Self.words(in: database) == ["old"])
            #expect(try await database.read { try $0.tableExists("numbers") })
            let error = Self.failure(in: directory)
            #expect(error?.kind == .unusable)
            #expect(error?.description.contains("later version") == true, "\(String(describing: error))")
        }
    }

    @Test("The steps of this version are all different, and their order does not change")
    func names() {
        let names = Migration.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("A file that is no database is a clear error and is left alone", arguments: [1, 4096, 100_000])
    func garbage(size: Int) async throws {
        try await TemporaryDirectory.with { directory in
            let path = "\(directory)/\(ServiceDatabase.fileName)"
            let garbage = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
            try garbage.write(to: URL(fileURLWithPath: path))
            let error = Self.failure(in: directory)
            #expect(error?.kind == .unusable)
            #expect(error?.description.contains(path) == true, "\(String(describing: error))")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
        }
    }

    @Test(
        "A damaged page in the middle is found at the start, and so is a file that was cut",
        arguments: [false, true]
    )
    func damage(isCut: Bool) async throws {
        try await TemporaryDirectory.with { directory in
            let path: String
            do {
                let database = try Self.open(directory)
                path = database.path
                for number in 0..<500 {
                    try await Self.add(String(repeating: "word \(number) ", count: 20), to: database)
                }
                try await database.write { try $0.execute(sql: "CREATE INDEX byWord ON words (word)") }
            }
            // The file is closed: SQLite has taken what was written ahead into it.
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            let size = try handle.seekToEnd()
            if isCut {
                try handle.truncate(atOffset: size / 2)
            } else {
                for offset in stride(from: UInt64(8192), to: size, by: 4096) {
                    try handle.seek(toOffset: offset)
                    try handle.write(contentsOf: Data(repeating: 0xA5, count: 64))
                }
            }
            try handle.close()
            let error = Self.failure(in: directory)
            #expect(error?.kind == .unusable, "\(String(describing: error))")
            #expect(error?.description.contains("damaged") == true)
        }
    }

    @Test("Another program's database is not touched")
    func foreign() async throws {
        try await TemporaryDirectory.with { directory in
            let queue = try DatabaseQueue(path: "\(directory)/\(ServiceDatabase.fileName)")
            try await queue.write { try $0.execute(sql: "PRAGMA application_id = 42") }
            try queue.close()
            let error = Self.failure(in: directory)
            #expect(error?.kind == .unusable)
            #expect(error?.description.contains("another program") == true, "\(String(describing: error))")
        }
    }

    @Test("A place where no file can be is a clear error")
    func unwritable() async throws {
        try await TemporaryDirectory.with { directory in
            let path = "\(directory)/\(ServiceDatabase.fileName)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            #expect(Self.failure(in: directory)?.kind == .unwritable)
            let error = Self.failure(in: "\(directory)/nowhere")
            #expect(error?.kind == .unwritable)
            #expect(error?.description.contains("/nowhere/") == true, "\(String(describing: error))")
        }
    }

    @Test("A full disk is a state that is logged once and ends by itself, and what was there stays")
    func fullDisk() async throws {
        try await TemporaryDirectory.with { directory in
            let log = CollectedLog()
            let database = try Self.open(directory, log: log)
            try await Self.add("before", to: database)
            // What SQLite does on a full disk, without one.
            let pages = try await database.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
            try await database.write { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
            for _ in 0..<3 {
                await #expect(throws: StorageError.self) {
                    try await Self.add(String(repeating: "x", count: 100_000), to: database)
                }
            }
            #expect(!database.state.isWritable)
            #expect(log.lines.filter { $0.contains("store_unwritable") }.count == 1, "\(log.lines)")
            #expect(try await Self.words(in: database) == ["before"])

            let clock = ManualClock()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await database.watch(clock: clock, interval: .seconds(3)) }
                // What is small gets through; while something larger fails in between, nothing is well.
                for _ in 0..<5 {
                    await #expect(throws: StorageError.self) {
                        try await Self.add(String(repeating: "x", count: 100_000), to: database)
                    }
                    try await Self.add("", to: database)
                    await clock.untilSleeping(1)
                    clock.advance(by: .seconds(3))
                    await clock.untilSleeping(1)
                    #expect(!database.state.isWritable)
                }
                clock.advance(by: .seconds(3))
                await clock.untilSleeping(1)
                group.cancelAll()
            }
            #expect(database.state.isWritable)
            #expect(log.lines.filter { $0.contains("store_unwritable") }.count == 1, "\(log.lines)")
            #expect(log.lines.filter { $0.contains("can be written again") }.count == 1, "\(log.lines)")
        }
    }

    @Test("A statement that is refused says nothing about the disk, and the transaction is undone")
    func refusal() async throws {
        try await TemporaryDirectory.with { directory in
            let database = try Self.open(directory)
            await #expect(throws: StorageError.self) {
                try await database.write { database in
                    try database.execute(sql: "INSERT INTO words VALUES ('half')")
                    try database.execute(sql: "INSERT INTO nowhere VALUES (1)")
                }
            }
            #expect(database.state.isWritable)
            #expect(try await Self.words(in: database).isEmpty)
        }
    }
}

/// Keeps what is logged for a test to look at.
final class CollectedLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { self.kept.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: CollectedLog
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.log.kept.withLock { $0.append("\(event.level) \(event.message)") }
        }
    }
}
