public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Keeps batches, their items and the outcomes of these beyond a restart.
///
/// Each call is one transaction. Every method throws an error of the store, which is for operators and not for callers,
/// and then has changed nothing. There is one process that works on the items of a store.
public protocol BatchStore: BatchItemQueue, BatchAnnouncements {
    // MARK: Batches

    /// Keeps a new batch.
    ///
    /// It holds on to the content of its input file, even if that file is deleted.
    ///
    /// - Throws: ``ServiceError`` `not_found` if that file is gone, `quota_exceeded` if the project has as many batches that
    ///   have not ended as it may have.
    func add(_ batch: Batch, atMost limit: Int) async throws
    /// A batch; nil if there is none of the name.
    func batch(_ id: BatchID) async throws -> Batch?
    /// A page of batches.
    func batches(_ query: ListQuery<BatchID>) async throws -> ListPage<Batch>
    /// Changes a batch by one of its moves, and ends it if no item is open any more.
    ///
    /// - Returns: the batch as it is then; nil if there is none of the name.
    /// - Throws: also what the move throws.
    func change(_ id: BatchID, _ move: @escaping @Sendable (inout Batch) throws -> Void) async throws -> Batch?
    /// The batches that wait for their file to be read, oldest first.
    func unread() async throws -> [BatchID]
    /// The batches that may have to expire: those whose window has ended and that are not ending yet.
    func overdue(at now: Date) async throws -> [BatchID]
    /// The batches whose items get no answer any more, and that have not ended yet.
    func closing() async throws -> [BatchID]
    /// How much has not come to its end.
    func backlog() async throws -> BatchBacklog
    /// When the window of the next batch ends; nil if none is open.
    func nextDeadline() async throws -> Date?

    // MARK: Items

    /// Adds items to a batch that is being read.
    ///
    /// - Returns: those that were not added since another item of the batch has their `custom_id`, by index; nil, and
    ///   nothing is added, if the batch is not being read any more.
    func add(_ items: [BatchLine], to batch: BatchID) async throws -> [Int]?
    /// Removes the items of a batch whose reading was given up, at most so many.
    ///
    /// - Returns: how many; fewer than asked for means that none is left.
    func removeItems(of batch: BatchID, atMost limit: Int) async throws -> Int
    /// What waits in batches that may run: earliest deadline first, then the oldest, then by model, at most so many rows.
    func work(atMost limit: Int) async throws -> [BatchWork]
    /// Claims the next items of a batch for a model, in the order of the file.
    ///
    /// Nobody else gets them until they are released. Nothing is claimed of a batch that may not run. Items whose line can
    /// no longer be read get their outcome here and are not returned.
    func claim(_ batch: BatchID, model: String, atMost limit: Int) async throws -> [BatchItem]
    /// Keeps outcomes: each becomes one line, once.
    ///
    /// What has an outcome already keeps it. Ends the batches in which no item is open any more.
    ///
    /// - Returns: those batches.
    func record(_ results: [BatchResult], at now: Date) async throws -> [BatchID]
    /// Gives items back that were claimed and have no outcome: they wait again, at their place in the file.
    ///
    /// In a batch that is closing, the keeper gives them its reason as outcome.
    func release(_ items: [BatchItem.ID]) async throws
    /// Gives the items that wait in a batch that is closing its reason as outcome, at most so many.
    ///
    /// - Returns: how many that were; fewer than asked for means that none waits any more.
    func close(_ batch: BatchID, atMost limit: Int, at now: Date) async throws -> Int
    /// After a start: what was claimed waits again, and nothing is half read.
    func recover(at now: Date) async throws

    // MARK: After the end

    /// Batches that have ended and of which nobody has been told, earliest end first.
    func unannounced(atMost limit: Int) async throws -> [Batch]
    /// Somebody has been told of a batch, or there is nobody to tell.
    func noteAnnounced(_ id: BatchID) async throws
    /// Removes batches that ended before an instant, with their items and what is left of their results, at most so many
    /// items at once.
    ///
    /// - Returns: how many items and batches were removed; fewer than asked for means that none is left.
    func removeEnded(before instant: Date, atMost limit: Int) async throws -> Int
}

/// What of all stored batches has not come to its end.
public struct BatchBacklog: Sendable, Hashable {
    /// How many batches have which status; those that are paused are not among them.
    public var batches: [BatchStatus: Int]
    /// How many are paused.
    public var paused: Int
    /// How many items wait, those of paused batches included.
    public var waitingItems: Int
    /// How many items run.
    public var runningItems: Int

    /// Creates a backlog.
    public init(batches: [BatchStatus: Int] = [:], paused: Int = 0, waitingItems: Int = 0, runningItems: Int = 0) {
        self.batches = batches
        self.paused = paused
        self.waitingItems = waitingItems
        self.runningItems = runningItems
    }
}

/// One valid line of an input file.
public struct BatchLine: Sendable, Hashable {
    /// The line, counted from 1.
    public let line: Int
    /// What its maker calls it.
    public let customID: String
    /// The model's canonical name; empty where it names none.
    public let model: String
    /// Where the request's body starts in the file, in bytes.
    public let offset: Int64
    /// The length of the body in bytes.
    public let length: Int

    /// Describes a line.
    public init(line: Int, customID: String, model: String, offset: Int64, length: Int) {
        self.line = line
        self.customID = customID
        self.model = model
        self.offset = offset
        self.length = length
    }
}
