import Application
import GRDB
import NIOPosix
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A stored content, read from the disk.
final class StoredContent: FileContent {
    private static let piece = 262_144
    private let file: ContentFile
    private let threads: NIOThreadPool
    private let offset = Atomic<Int64>(0)

    init(file: ContentFile, threads: NIOThreadPool) {
        self.file = file
        self.threads = threads
    }

    var length: Int64? { self.file.length }

    func next() async throws -> [UInt8]? {
        let offset = self.offset.load(ordering: .relaxed)
        guard offset < self.file.length else { return nil }
        let bytes = try await self.threads.runIfActive { [file] in
            file.read(at: offset, atMost: StoredContent.piece)
        }
        guard let bytes, !bytes.isEmpty else {
            throw StorageError(kind: .unwritable, description: "a stored content ends too early or cannot be read")
        }
        self.offset.store(offset + Int64(bytes.count), ordering: .relaxed)
        return bytes
    }
}

/// The lines that a batch has written, in the order of its input.
final class ResultContent: FileContent {
    private static let piece = 262_144
    private let database: ServiceDatabase
    private let batch: Int64
    private let successes: Bool
    private let last = Atomic<Int64>(0)

    init(database: ServiceDatabase, batch: Int64, successes: Bool) {
        self.database = database
        self.batch = batch
        self.successes = successes
    }

    /// It may grow while it is read.
    var length: Int64? { nil }

    func next() async throws -> [UInt8]? {
        let after = self.last.load(ordering: .relaxed)
        let (bytes, last) = try await self.database.read { [batch, successes] database in
            var bytes: [UInt8] = []
            var last = after
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT item, line FROM batch_results WHERE batch = ? AND success = ? AND item > ? ORDER BY item
                    """,
                arguments: [batch, successes, after]
            )
            while bytes.count < ResultContent.piece, let row = try rows.next() {
                bytes.append(contentsOf: row["line"] as Data)
                last = row["item"]
            }
            return (bytes, last)
        }
        self.last.store(last, ordering: .relaxed)
        return bytes.isEmpty ? nil : bytes
    }
}
