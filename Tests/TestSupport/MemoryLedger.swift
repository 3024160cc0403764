public import Application
public import Domain
import Synchronization

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A ledger that keeps batches for a test to look at, and fails while it is told to.
public final class MemoryLedger: UsageLedger {
    /// What a failing ledger throws.
    public struct Unwritable: Error {}

    private struct State {
        var batches: [[RequestRecord]] = []
        var attempts = 0
        var isFailing = false
    }

    private let state = Mutex(State())

    /// Starts empty and working.
    public init() {}

    /// What was written, transaction by transaction.
    public var batches: [[RequestRecord]] { self.state.withLock(\.batches) }

    /// The ids of all records, in order.
    public var ids: [String] { self.batches.flatMap { $0.map(\.requestID.description) } }

    /// How often somebody tried to write.
    public var attempts: Int { self.state.withLock(\.attempts) }

    /// Whether writing fails from now on.
    public func fail(_ isFailing: Bool) {
        self.state.withLock { $0.isFailing = isFailing }
    }

    /// Keeps a batch.
    public func append(_ records: [RequestRecord]) async throws {
        try self.state.withLock { state in
            state.attempts += 1
            if state.isFailing { throw Unwritable() }
            state.batches.append(records)
        }
    }

    /// Counts what is kept of a project.
    public func totals(of project: ProjectName, since: Date) async throws -> UsageTotals {
        var totals = UsageTotals()
        let records = self.batches.joined().filter { $0.project == project && $0.arrivedAt >= since }
        totals.requests = records.count
        totals.promptTokens = Int(records.reduce(0) { $0 + $1.bookedPromptTokens })
        totals.completionTokens = Int(records.reduce(0) { $0 + $1.bookedCompletionTokens })
        return totals
    }

    /// Knows no groups.
    public func summary(_ query: UsageQuery) async throws -> [UsageGroup] { [] }

    /// Removes records from before an instant.
    public func removeRecords(before instant: Date, atMost limit: Int) async throws -> Int {
        self.state.withLock { state in
            var removed = 0
            for index in state.batches.indices {
                state.batches[index].removeAll { record in
                    guard record.arrivedAt < instant, removed < limit else { return false }
                    removed += 1
                    return true
                }
            }
            return removed
        }
    }
}
