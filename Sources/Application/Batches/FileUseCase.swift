public import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Files, for those who upload and read them.
public struct FileUseCase: Sendable {
    /// What it goes by.
    public struct Settings: Sendable {
        /// The longest file, in bytes.
        public var maxFileBytes: Int
        /// What files may take.
        public var bounds: FileBounds
        /// How long a file is kept that does not say it itself.
        public var retention: Duration

        /// Creates settings.
        public init(maxFileBytes: Int, bounds: FileBounds, retention: Duration) {
            self.maxFileBytes = maxFileBytes
            self.bounds = bounds
            self.retention = retention
        }
    }

    private let store: any FileStore
    private let clock: any ServiceClock
    private let ids: any IDGenerator
    private let settings: Settings

    /// Creates the use case.
    public init(store: any FileStore, clock: any ServiceClock, ids: any IDGenerator, settings: Settings) {
        self.store = store
        self.clock = clock
        self.ids = ids
        self.settings = settings
    }

    /// The longest file, in bytes.
    public var maxFileBytes: Int { self.settings.maxFileBytes }

    /// Starts taking in a file.
    ///
    /// - Throws: ``ServiceError`` `quota_exceeded` if the project has as many files as it may have, `storage_full`,
    ///   `storage_unavailable`.
    public func beginUpload(for caller: Caller) async throws -> IncomingFile {
        try await StoreFailure.told {
            guard try await self.store.fileCount(of: caller.project.name) < self.settings.bounds.filesPerProject else {
                throw ServiceError(
                    .quotaExceeded,
                    "The project has \(self.settings.bounds.filesPerProject) files (batches.max_files_per_project): "
                        + "delete some first.",
                    isRetryable: false
                )
            }
            return IncomingFile(
                upload: try await self.store.beginUpload(within: self.settings.bounds),
                limit: self.settings.maxFileBytes
            )
        }
    }

    /// Keeps what has come in as a file; returns once it survives a restart.
    ///
    /// `life`: how long it is kept; nil is as long as the service keeps any.
    ///
    /// - Throws: ``ServiceError`` `storage_full`, `storage_unavailable`.
    public func finish(
        _ incoming: IncomingFile,
        filename: String,
        purpose: StoredFile.Purpose,
        life: Duration?,
        for caller: Caller
    ) async throws -> StoredFile {
        let now = self.clock.wallTime
        let life = min(life ?? self.settings.retention, self.settings.retention)
        let file = StoredFile(
            id: FileID(generated: self.ids.next()),
            project: caller.project.name,
            filename: filename,
            purpose: purpose,
            bytes: 0,
            createdAt: now,
            expiresAt: now.addingTimeInterval(life.inSeconds)
        )
        return try await StoreFailure.told { try await incoming.upload.finish(file) }
    }

    /// A file of the caller's; an admin sees all.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `storage_unavailable`.
    public func file(_ id: FileID, for caller: Caller) async throws -> StoredFile {
        try await StoreFailure.told {
            guard let file = try await self.store.file(id), caller.mayUse(whatBelongsTo: file.project) else {
                throw ServiceError.noSuchFile
            }
            return file
        }
    }

    /// A page of the caller's files; an admin sees all.
    ///
    /// - Throws: ``ServiceError`` `storage_unavailable`.
    public func files(
        _ query: ListQuery<FileID>,
        purpose: StoredFile.Purpose?
    ) async throws -> ListPage<StoredFile> {
        try await StoreFailure.told { try await self.store.files(query, purpose: purpose) }
    }

    /// A file of the caller's and what it holds.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `storage_unavailable`.
    public func content(
        _ id: FileID,
        for caller: Caller
    ) async throws -> (file: StoredFile, content: any FileContent) {
        let file = try await self.file(id, for: caller)
        guard let content = try await StoreFailure.told({ try await self.store.content(of: id) }) else {
            throw ServiceError.noSuchFile
        }
        return (file, content)
    }

    /// Removes a file of the caller's; a batch that was made of it goes on.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `conflict` for a file that a batch still writes, `storage_unavailable`.
    public func remove(_ id: FileID, for caller: Caller) async throws {
        _ = try await self.file(id, for: caller)
        guard try await StoreFailure.told({ try await self.store.remove(id) }) else { throw ServiceError.noSuchFile }
    }
}

/// A file on its way in.
public final class IncomingFile: Sendable {
    let upload: any FileUpload
    private let limit: Int
    private let counter = ByteCounter()

    init(upload: any FileUpload, limit: Int) {
        self.upload = upload
        self.limit = limit
    }

    /// Takes the next bytes.
    ///
    /// - Throws: ``ServiceError`` `request_too_large` if these make the file longer than it may be, `storage_full`,
    ///   `storage_unavailable`.
    public func write(_ bytes: [UInt8]) async throws {
        guard self.counter.add(bytes.count) <= self.limit else {
            throw ServiceError(
                .requestTooLarge,
                "The file is larger than \(self.limit) bytes (batches.max_file_bytes)."
            )
        }
        try await StoreFailure.told { try await self.upload.write(bytes) }
    }

    /// Gives it up.
    public func discard() async {
        await self.upload.discard()
    }
}

extension ServiceError {
    fileprivate static let noSuchFile = ServiceError(.notFound, "There is no such file.", isRetryable: false)
}
