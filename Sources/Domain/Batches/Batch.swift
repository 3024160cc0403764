#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A durable batch: many requests from a file, each of which is done once.
///
/// A value; the port of a store keeps it. Its moves are in an extension beside it.
public struct Batch: Sendable, Hashable {
    /// Its name.
    public let id: BatchID
    /// Whose it is: no other project sees it.
    public let project: ProjectName
    /// The route of its items.
    public let endpoint: BatchEndpoint
    /// The file that it was made of; that may have been deleted since.
    public let inputFile: FileID
    /// How long it may take.
    public let window: BatchWindow
    /// What its maker attached: up to 16 pairs of texts.
    public let metadata: [BatchLabel]
    /// How long its output and error files are kept from when it ended; nil is as long as the service keeps any.
    public let outputLife: Duration?
    /// When it was made.
    public let createdAt: Date
    /// When its window ends.
    public let expiresAt: Date

    /// Where it stands.
    public package(set) var status = BatchStatus.validating
    /// When its items began to run.
    public package(set) var inProgressAt: Date?
    /// When the last of them ended.
    public package(set) var finalizingAt: Date?
    /// When it was completed.
    public package(set) var completedAt: Date?
    /// When its file was refused.
    public package(set) var failedAt: Date?
    /// When it expired.
    public package(set) var expiredAt: Date?
    /// When its cancelling began.
    public package(set) var cancellingAt: Date?
    /// When that was done.
    public package(set) var cancelledAt: Date?
    /// Since when nothing of it starts; nil while it is not paused.
    public package(set) var pausedAt: Date?
    /// Whether it is ``BatchStatus/finalizing`` because its window ended.
    public package(set) var isExpiring = false
    /// Its items.
    public package(set) var counts = BatchCounts()
    /// How many of them run.
    public package(set) var running = 0
    /// Their tokens.
    public package(set) var usage = BatchUsage()
    /// What is wrong with its file: the first of all problems.
    public package(set) var errors: [BatchProblem] = []
    /// The file with the lines of those that succeeded; nil while there is none.
    public package(set) var outputFile: FileID?
    /// The file with the lines of all others; nil while there is none.
    public package(set) var errorFile: FileID?
    /// From when its pace is measured: it began, went on after a pause, or the service was restarted.
    public package(set) var paceSince: Date?
    /// How many items had an outcome then.
    public package(set) var paceFrom = 0

    /// Makes a batch that waits for its file to be read.
    public init(
        id: BatchID,
        project: ProjectName,
        endpoint: BatchEndpoint,
        inputFile: FileID,
        window: BatchWindow,
        metadata: [BatchLabel] = [],
        outputLife: Duration? = nil,
        createdAt: Date
    ) {
        self.id = id
        self.project = project
        self.endpoint = endpoint
        self.inputFile = inputFile
        self.window = window
        self.metadata = metadata
        self.outputLife = outputLife
        self.createdAt = createdAt
        self.expiresAt = createdAt.addingTimeInterval(Double(window.hours) * 3600)
    }
}

/// One pair of a batch's metadata.
public struct BatchLabel: Sendable, Hashable {
    /// Its key, up to 64 characters.
    public let key: String
    /// Its value, up to 512 characters.
    public let value: String

    /// Creates a pair.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}
