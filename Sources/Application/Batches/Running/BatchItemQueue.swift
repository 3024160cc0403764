public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The items of stored batches, as far as whoever runs them has to do with them: a part of ``BatchStore``.
public protocol BatchItemQueue: Sendable {
    /// See ``BatchStore/batch(_:)``.
    func batch(_ id: BatchID) async throws -> Batch?
    /// See ``BatchStore/work(atMost:)``.
    func work(atMost limit: Int) async throws -> [BatchWork]
    /// See ``BatchStore/claim(_:model:atMost:)``.
    func claim(_ batch: BatchID, model: String, atMost limit: Int) async throws -> [BatchItem]
    /// See ``BatchStore/record(_:at:)``.
    func record(_ results: [BatchResult], at now: Date) async throws -> [BatchID]
    /// See ``BatchStore/release(_:)``.
    func release(_ items: [BatchItem.ID]) async throws
}

/// The batches of whose end somebody is to be told: a part of ``BatchStore``.
public protocol BatchAnnouncements: Sendable {
    /// See ``BatchStore/unannounced(atMost:)``.
    func unannounced(atMost limit: Int) async throws -> [Batch]
    /// See ``BatchStore/noteAnnounced(_:)``.
    func noteAnnounced(_ id: BatchID) async throws
}
