public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Adds up records of requests: the port to where the usage ledger is kept.
///
/// Every method throws an error of the store, which is for operators and not for callers.
public protocol RequestReports: Sendable {
    /// What became of requests.
    func requests(_ span: ReportSpan) async throws -> RequestReport
    /// How fast their answers came.
    func speed(_ span: ReportSpan) async throws -> SpeedReport
}

/// Which requests to add up, by when they arrived.
public struct ReportSpan: Sendable, Equatable {
    /// The first instant that counts.
    public var since: Date
    /// The instant from which on nothing counts.
    public var until: Date
    /// Whose; nil is everybody's.
    public var project: ProjectName?
    /// For which model; nil is all, and those whose model was never known.
    public var model: ModelName?

    /// Creates a span.
    public init(since: Date, until: Date, project: ProjectName? = nil, model: ModelName? = nil) {
        self.since = since
        self.until = until
        self.project = project
        self.model = model
    }
}

/// From when on requests count, as a caller says it.
public enum ReportWindow: Sendable, Equatable {
    /// Since the service was started.
    case sinceStart
    /// Those that arrived no longer ago than this.
    case last(Duration)
    /// Since an instant.
    case since(Date)
}

/// Tells what became of requests, how fast their answers came and what they used, from the usage ledger.
public struct ReportsUseCase: Sendable {
    private let reports: any RequestReports
    private let ledger: any UsageLedger
    private let buffer: UsageBuffer
    private let clock: any ServiceClock
    private let startedAt: Date

    /// Creates the use case; the service counts as started now.
    ///
    /// - Parameters:
    ///   - reports: who adds up.
    ///   - ledger: the same ledger.
    ///   - buffer: the records on their way there.
    ///   - clock: the time.
    public init(
        reports: any RequestReports,
        ledger: any UsageLedger,
        buffer: UsageBuffer,
        clock: any ServiceClock
    ) {
        self.reports = reports
        self.ledger = ledger
        self.buffer = buffer
        self.clock = clock
        self.startedAt = clock.wallTime
    }

    /// What became of requests.
    ///
    /// - Parameters:
    ///   - window: from when on they count.
    ///   - project: whose; nil is everybody's.
    ///   - model: for which model; nil is all.
    /// - Returns: the counts and latencies.
    /// - Throws: an error of the ledger if it cannot be read.
    public func requests(
        _ window: ReportWindow,
        for project: ProjectName?,
        model: ModelName? = nil
    ) async throws -> RequestReport {
        await self.settle()
        return try await self.reports.requests(self.span(window, project, model))
    }

    /// How fast answers came.
    ///
    /// - Parameters:
    ///   - window: from when on the requests count.
    ///   - project: whose; nil is everybody's.
    ///   - model: for which model; nil is all.
    /// - Returns: the speeds.
    /// - Throws: an error of the ledger if it cannot be read.
    public func speed(
        _ window: ReportWindow,
        for project: ProjectName?,
        model: ModelName? = nil
    ) async throws -> SpeedReport {
        await self.settle()
        return try await self.reports.speed(self.span(window, project, model))
    }

    /// What has been used, in groups, and all together.
    public func usage(_ query: UsageQuery) async throws -> (groups: [UsageGroup], total: UsageTotals) {
        await self.settle()
        let groups = try await self.ledger.summary(query)
        // Groups may be cut off, and not every request has a model: the sum of the days is the sum of all.
        let days = UsageQuery(by: .day, since: query.since, until: query.until, project: query.project, limit: .max)
        let total = try await self.ledger.summary(days).reduce(into: UsageTotals()) { $0.add($1.totals) }
        return (groups, total)
    }

    /// Waits until what has ended is in the ledger; not for long, for it may not be writable.
    private func settle() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.buffer.untilWritten() }
            group.addTask { try? await self.clock.sleep(for: .seconds(2)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func span(_ window: ReportWindow, _ project: ProjectName?, _ model: ModelName?) -> ReportSpan {
        let now = self.clock.wallTime
        let since =
            switch window {
            case .sinceStart: self.startedAt
            case .last(let window): now.addingTimeInterval(-window.inSeconds)
            case .since(let instant): instant
            }
        // The ledger knows milliseconds: one that is not over yet counts as well.
        return ReportSpan(since: since, until: now.addingTimeInterval(0.001), project: project, model: model)
    }
}

extension UsageTotals {
    mutating func add(_ other: UsageTotals) {
        self.requests += other.requests
        self.completed += other.completed
        self.failed += other.failed
        self.cancelled += other.cancelled
        self.promptTokens += other.promptTokens
        self.completionTokens += other.completionTokens
        self.cachedTokens += other.cachedTokens
    }
}
