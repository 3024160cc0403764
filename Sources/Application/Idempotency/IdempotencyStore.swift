public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A whole answer that can be given once more.
public struct StoredAnswer: Sendable, Equatable {
    /// Its status.
    public let status: Int
    /// Its media type.
    public let contentType: String
    /// Its body.
    public let body: [UInt8]

    /// Creates an answer.
    public init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// The answer that a project got under a key.
public struct IdempotencyRecord: Sendable, Equatable {
    /// Whose it is: no other project sees it.
    public let project: ProjectName
    /// The key.
    public let key: IdempotencyKey
    /// The digest of the request: another request may not use the key.
    public let fingerprint: [UInt8]
    /// The answer.
    public let answer: StoredAnswer
    /// When it was given.
    public let createdAt: Date

    /// Creates a record.
    public init(
        project: ProjectName,
        key: IdempotencyKey,
        fingerprint: [UInt8],
        answer: StoredAnswer,
        createdAt: Date
    ) {
        self.project = project
        self.key = key
        self.fingerprint = fingerprint
        self.answer = answer
        self.createdAt = createdAt
    }
}

/// Keeps answers beyond a restart.
///
/// Every method throws an error of the store, which is for operators and not for callers.
public protocol IdempotencyStore: Sendable {
    /// The record of a project's key, however old, or nil.
    func record(of key: IdempotencyKey, in project: ProjectName) async throws -> IdempotencyRecord?
    /// Keeps a record in place of one with the same key, and removes the oldest of its project until the rest is within
    /// the bounds.
    func save(_ record: IdempotencyRecord, within bounds: IdempotencyBounds) async throws
    /// Removes records from before an instant, at most so many at once.
    ///
    /// - Returns: how many were removed; fewer than asked for means that none is left.
    func removeRecords(before instant: Date, atMost limit: Int) async throws -> Int
}

/// What a project's records may take.
public struct IdempotencyBounds: Sendable, Equatable {
    /// How many there may be, at least 1.
    public var records: Int
    /// The bytes of their bodies together.
    public var bytes: Int

    /// Creates bounds.
    public init(records: Int, bytes: Int) {
        self.records = records
        self.bytes = bytes
    }
}
