public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Keeps the records of requests for as long as they are wanted: one a request, whatever way it ended.
///
/// Every method throws an error of the store, which is for operators and not for callers. What has been recorded in the
/// last second may not be in it yet; see ``UsageWriter``.
public protocol UsageLedger: Sendable {
    /// Keeps records: all of them, or none if it throws.
    func append(_ records: [RequestRecord]) async throws
    /// What a project has used since an instant, by the times at which its requests arrived.
    ///
    /// With the start of the day (UTC) this is what counts against its limit of a day.
    func totals(of project: ProjectName, since: Date) async throws -> UsageTotals
    /// What has been used, in groups; see ``UsageQuery``.
    func summary(_ query: UsageQuery) async throws -> [UsageGroup]
    /// Removes the oldest records from before an instant, at most so many at once, so that others can write in between.
    ///
    /// - Returns: how many were removed; fewer than asked for means that none is left.
    func removeRecords(before instant: Date, atMost limit: Int) async throws -> Int
}

/// How many requests there were, and the tokens that are booked for them.
public struct UsageTotals: Sendable, Equatable {
    /// All requests.
    public var requests = 0
    /// Those whose caller got the whole answer.
    public var completed = 0
    /// Those that failed.
    public var failed = 0
    /// Those whose caller left.
    public var cancelled = 0
    /// Tokens of the prompts.
    public var promptTokens = 0
    /// Tokens of the answers; for a generation that was stopped, those that it had produced.
    public var completionTokens = 0
    /// Those tokens of the prompts that engines still knew.
    public var cachedTokens = 0

    /// Tokens of prompts and answers together: what limits count.
    public var tokens: Int { self.promptTokens + self.completionTokens }

    /// Nothing.
    public init() {}
}

/// Which records to add up, and how.
public struct UsageQuery: Sendable {
    /// What makes a group.
    public enum Grouping: String, Sendable, CaseIterable {
        /// Days (UTC), as `2026-01-31`.
        case day
        /// Models, by canonical name; requests that were refused before their model was known are not among them.
        case model
        /// Projects.
        case project
    }

    /// The first instant that counts; nil is the oldest record's.
    public var since: Date?
    /// The instant from which on nothing counts; nil is the present.
    public var until: Date?
    /// One project only; nil is all of them.
    public var project: ProjectName?
    /// What makes a group.
    public var grouping: Grouping
    /// How many groups there may be, at least 1: of days the latest, else those with the most requests.
    public var limit: Int

    /// Creates a query.
    public init(
        by grouping: Grouping,
        since: Date? = nil,
        until: Date? = nil,
        project: ProjectName? = nil,
        limit: Int = 1000
    ) {
        self.grouping = grouping
        self.since = since
        self.until = until
        self.project = project
        self.limit = limit
    }
}

/// One group of a summary.
public struct UsageGroup: Sendable, Equatable {
    /// The day, model or project.
    public let key: String
    /// What its requests used.
    public let totals: UsageTotals

    /// Creates a group.
    public init(key: String, totals: UsageTotals) {
        self.key = key
        self.totals = totals
    }
}
