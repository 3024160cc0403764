import Application
import Domain
import GRDB
import NIOPosix
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A content that is written to a file of its own until it has come to its end.
final class ContentUpload: FileUpload {
    private struct State {
        var descriptor: Int32
        var bytes: Int64 = 0
        let digest = RunningDigest()
    }

    private let database: ServiceDatabase
    private let directory: ContentDirectory
    private let path: String
    /// How much there was room for when it began.
    private let room: Int64
    private let storage: Int64
    private let state: Mutex<State>

    init(database: ServiceDatabase, directory: ContentDirectory, name: String, storage: Int64, room: Int64) throws {
        self.database = database
        self.directory = directory
        self.path = "\(directory.path)/\(ContentDirectory.uploadPrefix)\(name)"
        self.storage = storage
        self.room = room
        let descriptor = open(self.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ContentUpload.failure(errno, path: self.path) }
        self.state = Mutex(State(descriptor: descriptor))
    }

    deinit {
        self.giveUp()
    }

    func write(_ bytes: [UInt8]) async throws {
        try await self.directory.threads.runIfActive { try self.append(bytes) }
    }

    func finish(_ file: StoredFile) async throws -> StoredFile {
        let (digest, bytes) = try await self.directory.threads.runIfActive { try self.seal() }
        let kept = StoredFile(
            id: file.id,
            project: file.project,
            filename: file.filename,
            purpose: file.purpose,
            bytes: bytes,
            createdAt: file.createdAt,
            expiresAt: file.expiresAt
        )
        try await self.database.write { database in
            let content = try self.content(digest, bytes: bytes, in: database)
            try database.execute(
                sql: """
                    INSERT INTO files (id, project, filename, purpose, bytes, created_at, expires_at, content)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    kept.id.description, kept.project.description, kept.filename, kept.purpose.rawValue, bytes,
                    kept.createdAt.unixMilliseconds, kept.expiresAt?.unixMilliseconds, content,
                ]
            )
        }
        return kept
    }

    func discard() async {
        self.giveUp()
    }

    // MARK: Blocking

    private func append(_ bytes: [UInt8]) throws {
        try self.state.withLock { state in
            guard state.descriptor >= 0 else { return }
            state.bytes += Int64(bytes.count)
            guard state.bytes <= self.room else { throw ServiceError.noRoom }
            state.digest.update(bytes)
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { writeBytes(to: state.descriptor, $0) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw ContentUpload.failure(errno, path: self.path) }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// Brings all of it to the disk.
    private func seal() throws -> (digest: String, bytes: Int64) {
        try self.state.withLock { state in
            guard state.descriptor >= 0 else { throw CancellationError() }
            guard fsync(state.descriptor) == 0 else { throw ContentUpload.failure(errno, path: self.path) }
            return (state.digest.finish(), state.bytes)
        }
    }

    /// The content's number: a new one, or the one that is the same.
    private func content(_ digest: String, bytes: Int64, in database: Database) throws -> Int64 {
        let path = self.directory.path(of: digest)
        let number = try Int64.fetchOne(
            database,
            sql: "SELECT number FROM contents WHERE sha256 = ?",
            arguments: [digest]
        )
        // One whose file somebody took away gets it back.
        if let number, access(path, R_OK) == 0 { return number }
        // Others may have come since this one began.
        guard try ContentRow.storage(in: database) + bytes <= self.storage else { throw ServiceError.noRoom }
        guard rename(self.path, path) == 0 else { throw ContentUpload.failure(errno, path: self.path) }
        if let number { return number }
        try database.execute(sql: "INSERT INTO contents (sha256, bytes) VALUES (?, ?)", arguments: [digest, bytes])
        return database.lastInsertedRowID
    }

    /// Closes it, and removes what has not become a content.
    private func giveUp() {
        self.state.withLock { state in
            guard state.descriptor >= 0 else { return }
            close(state.descriptor)
            state.descriptor = -1
            unlink(self.path)
        }
    }

    private static func failure(_ code: Int32, path: String) -> any Error {
        if code == ENOSPC || code == EDQUOT { return ServiceError.noRoom }
        return StorageError(
            kind: .unwritable,
            description: "the file \(path) cannot be written: \(String(cString: strerror(code)))"
        )
    }
}

/// The system's call, whose name a method of the class hides.
private func writeBytes(to descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

extension ServiceError {
    static let noRoom = ServiceError(
        .storageFull,
        "There is no room for the file: the disk, or the service's share of it (batches.max_storage_bytes), is full. "
            + "Delete files that are not needed any more.",
        isRetryable: false
    )
}
