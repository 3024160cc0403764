public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One request of a batch, claimed to be run.
public struct BatchItem: Sendable {
    /// Its name in the store.
    public struct ID: Sendable, Hashable {
        /// A number that no other item has.
        public let number: Int64

        /// Wraps a number.
        public init(_ number: Int64) {
            self.number = number
        }
    }

    /// Its name in the store.
    public let id: ID
    /// The batch that it is of.
    public let batch: BatchID
    /// The line of the input file, counted from 1.
    public let line: Int
    /// What its maker calls it.
    public let customID: String
    /// The request's body, as it stands in the line.
    public let body: [UInt8]

    /// Describes an item.
    public init(id: ID, batch: BatchID, line: Int, customID: String, body: [UInt8]) {
        self.id = id
        self.batch = batch
        self.line = line
        self.customID = customID
        self.body = body
    }
}

/// The outcome of an item that was claimed.
public struct BatchResult: Sendable {
    /// The item.
    public let item: BatchItem.ID
    /// What became of it.
    public let outcome: BatchOutcome
    /// What it took; nil where nobody counted.
    public let usage: TokenUsage?

    /// Describes an outcome.
    public init(item: BatchItem.ID, outcome: BatchOutcome, usage: TokenUsage?) {
        self.item = item
        self.outcome = outcome
        self.usage = usage
    }
}

/// What waits in one batch for one model.
public struct BatchWork: Sendable, Hashable {
    /// The batch.
    public let batch: BatchID
    /// Whose it is.
    public let project: ProjectName
    /// The route of its items.
    public let endpoint: BatchEndpoint
    /// The model's canonical name; empty for items that name none, or nothing that could be a model's name.
    public let model: String
    /// How many items wait, at least 1.
    public let waiting: Int
    /// When the batch was made.
    public let createdAt: Date
    /// When its window ends.
    public let expiresAt: Date

    /// Describes work.
    public init(
        batch: BatchID,
        project: ProjectName,
        endpoint: BatchEndpoint,
        model: String,
        waiting: Int,
        createdAt: Date,
        expiresAt: Date
    ) {
        self.batch = batch
        self.project = project
        self.endpoint = endpoint
        self.model = model
        self.waiting = waiting
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
