public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A file that a project uploaded, or that a batch writes.
public struct StoredFile: Sendable, Hashable {
    /// What a file is for.
    ///
    /// Open: clients send words of their own.
    public struct Purpose: RawRepresentable, Sendable, Hashable {
        /// The word as callers see it.
        public let rawValue: String

        /// Creates a purpose of a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The input of a batch.
        public static let batch = Self(rawValue: "batch")
        /// What a batch has written.
        public static let batchOutput = Self(rawValue: "batch_output")
        /// Those that a file may be uploaded for (OpenAI's API reference); only the first does anything here.
        public static let uploadable = ["batch", "assistants", "fine-tune", "vision", "user_data", "evals"].map(
            Self.init
        )
    }

    /// Its name.
    public let id: FileID
    /// Whose it is.
    public let project: ProjectName
    /// What its maker calls it.
    public let filename: String
    /// What it is for.
    public let purpose: Purpose
    /// Its length; that of a batch that runs grows.
    public let bytes: Int64
    /// When it was made.
    public let createdAt: Date
    /// When it is removed; nil while that is not known.
    public let expiresAt: Date?

    /// Describes a file.
    public init(
        id: FileID,
        project: ProjectName,
        filename: String,
        purpose: Purpose,
        bytes: Int64,
        createdAt: Date,
        expiresAt: Date?
    ) {
        self.id = id
        self.project = project
        self.filename = filename
        self.purpose = purpose
        self.bytes = bytes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// What files may take.
public struct FileBounds: Sendable, Equatable {
    /// How many files a project may have.
    public var filesPerProject: Int
    /// What all contents and results may take together, in bytes.
    public var storageBytes: Int64

    /// Creates bounds.
    public init(filesPerProject: Int, storageBytes: Int64) {
        self.filesPerProject = filesPerProject
        self.storageBytes = storageBytes
    }
}

/// Keeps files beyond a restart; contents that are equal are kept once.
///
/// Every method throws an error of the store, which is for operators and not for callers, or what it says itself.
public protocol FileStore: Sendable {
    /// Starts taking in a content.
    ///
    /// - Throws: ``ServiceError`` `storage_full` if there is no room for anything.
    func beginUpload(within bounds: FileBounds) async throws -> any FileUpload
    /// A file; nil if there is none of the name.
    func file(_ id: FileID) async throws -> StoredFile?
    /// A page of files.
    ///
    /// `purpose`: only those of it; nil is all.
    func files(_ query: ListQuery<FileID>, purpose: StoredFile.Purpose?) async throws -> ListPage<StoredFile>
    /// How many files a project has.
    func fileCount(of project: ProjectName) async throws -> Int
    /// What a file holds; nil if there is none of the name.
    ///
    /// Of a file that grows, what is there when it is read.
    func content(of id: FileID) async throws -> (any FileContent)?
    /// What the input file of a batch holds, even if the file has been deleted; nil if it is gone.
    func input(of batch: BatchID) async throws -> (any FileContent)?
    /// Removes a file; its content goes with the last file and the last open batch that needs it.
    ///
    /// - Returns: false if there is none of the name.
    /// - Throws: ``ServiceError`` `conflict` for a file that a batch still writes.
    func remove(_ id: FileID) async throws -> Bool
    /// Removes files whose time has come, at most so many.
    ///
    /// - Returns: how many; fewer than asked for means that none is left.
    func removeExpired(at now: Date, atMost limit: Int) async throws -> Int
    /// After a start: removes what uploads that did not come to their end have left behind.
    func recover() async throws
}

/// A content on its way in.
///
/// One that is dropped before it is finished leaves nothing behind.
public protocol FileUpload: Sendable {
    /// Takes the next bytes.
    ///
    /// - Throws: ``ServiceError`` `storage_full` if the disk or the service's share of it is full.
    func write(_ bytes: [UInt8]) async throws
    /// Keeps what was written as a file; returns once it survives a restart.
    ///
    /// The file's own figure of its bytes is replaced by the true one.
    func finish(_ file: StoredFile) async throws -> StoredFile
    /// Gives it up.
    func discard() async
}

/// What a file holds, read from its beginning.
///
/// For one reader at a time.
public protocol FileContent: Sendable {
    /// Its length; nil where that is not known before it has been read.
    var length: Int64? { get }
    /// The next bytes, at most about 256 KiB unless one line of a result is longer; nil at the end.
    func next() async throws -> [UInt8]?
}

extension ServiceError.Code {
    /// The disk, or the service's share of it, is full (RFC 4918, 507).
    public static let storageFull = Self(rawValue: "storage_full")
    /// What has to survive a restart cannot be kept now.
    public static let storageUnavailable = Self(rawValue: "storage_unavailable")
}
