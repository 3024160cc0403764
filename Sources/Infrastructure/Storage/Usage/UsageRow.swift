import Application
import Domain
import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A request's record as a row of the table `usage`.
enum UsageRow {
    /// The columns, in the order of ``columns(of:)``.
    static let names = [
        "at", "request_id", "project", "dialect", "operation", "model", "engine", "class", "queue", "status", "ending",
        "error_code", "phase", "reason", "warm", "share", "prompt_tokens", "completion_tokens", "cached_tokens",
        "reasoning_tokens", "pieces", "queue_wait_us", "first_event_us", "total_us", "overhead_us", "load_us",
        "prompt_us",
        "generation_us",
    ]

    /// What a record's columns hold.
    static func columns(of record: RequestRecord) -> StatementArguments {
        var errorCode: String?
        if case .failed(let error) = record.ending { errorCode = error.code.rawValue }
        let usage = record.usage
        let head: StatementArguments = [
            record.arrivedAt.unixMilliseconds, record.requestID.description, record.project.description,
            record.dialect.rawValue, record.operation.rawValue, record.model?.canonical, record.engine?.description,
            record.requestClass?.rawValue, record.queue?.rawValue, record.status, record.ending.word,
        ]
        let end: StatementArguments = [
            errorCode, record.phase.rawValue, record.reason?.rawValue, record.warm, record.share,
        ]
        let tokens: StatementArguments = [
            usage?.promptTokens, usage?.completionTokens, usage?.cachedTokens, usage?.reasoningTokens, record.pieces,
        ]
        let times: StatementArguments = [
            record.queueWait?.microseconds, record.firstEvent?.microseconds, record.total.microseconds,
            record.overhead?.microseconds, (record.loadTime ?? record.timings?.load)?.microseconds,
            record.timings?.promptEvaluation?.microseconds, record.timings?.generation?.microseconds,
        ]
        return head + end + tokens + times
    }

    /// The sums over rows that make totals: tokens as ``RequestRecord/bookedPromptTokens`` and its sibling book them.
    static let sums = """
        count(*) AS requests, \
        count(*) FILTER (WHERE ending = 'completed') AS completed, \
        count(*) FILTER (WHERE ending = 'failed') AS failed, \
        count(*) FILTER (WHERE ending = 'cancelled') AS cancelled, \
        total(prompt_tokens * share) AS prompt, \
        total(coalesce(completion_tokens, pieces) * share) AS completion, \
        total(cached_tokens * share) AS cached
        """

    /// The totals in a row of ``sums``.
    static func totals(_ row: Row) -> UsageTotals {
        func tokens(_ name: String) -> Int { Int(exactly: (row[name] as Double).rounded()) ?? .max }
        var totals = UsageTotals()
        totals.requests = row["requests"]
        totals.completed = row["completed"]
        totals.failed = row["failed"]
        totals.cancelled = row["cancelled"]
        totals.promptTokens = tokens("prompt")
        totals.completionTokens = tokens("completion")
        totals.cachedTokens = tokens("cached")
        return totals
    }
}

extension Date {
    /// Whole milliseconds since 1970, UTC.
    var unixMilliseconds: Int64 { Int64((self.timeIntervalSince1970 * 1000).rounded(.down)) }
}

extension Duration {
    fileprivate var microseconds: Int64 { self.nanoseconds / 1000 }
}
