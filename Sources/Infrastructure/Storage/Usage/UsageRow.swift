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
    /// The columns, in the order of ``bind(_:to:)``.
    static let names = [
        "at", "request_id", "project", "dialect", "operation", "model", "engine", "class", "queue", "status", "ending",
        "error_code", "phase", "reason", "warm", "share", "prompt_tokens", "completion_tokens", "cached_tokens",
        "reasoning_tokens", "pieces", "queue_wait_us", "first_event_us", "total_us", "overhead_us", "load_us",
        "prompt_us",
        "generation_us",
    ]

    /// Binds what a record's columns hold.
    static func bind(_ record: RequestRecord, to row: inout RowBinding) {
        row.bind(record.arrivedAt.unixMilliseconds)
        row.bind(record.requestID.description)
        row.bind(record.project.description)
        row.bind(record.dialect.rawValue)
        row.bind(record.operation.rawValue)
        row.bind(record.model?.canonical)
        row.bind(record.engine?.description)
        row.bind(record.requestClass?.rawValue)
        row.bind(record.queue?.rawValue)
        row.bind(Int64(record.status))
        row.bind(record.ending.word)
        if case .failed(let error) = record.ending { row.bind(error.code.rawValue) } else { row.bind(nil as String?) }
        row.bind(record.phase.rawValue)
        row.bind(record.reason?.rawValue)
        row.bind(record.warm.map { $0 ? 1 : 0 })
        row.bind(record.share)
        row.bind(record.usage.map { Int64($0.promptTokens) })
        row.bind(record.usage.map { Int64($0.completionTokens) })
        row.bind(record.usage?.cachedTokens.map(Int64.init))
        row.bind(record.usage?.reasoningTokens.map(Int64.init))
        row.bind(Int64(record.pieces))
        row.bind(record.queueWait?.microseconds)
        row.bind(record.firstEvent?.microseconds)
        row.bind(record.total.microseconds)
        row.bind(record.overhead?.microseconds)
        row.bind((record.loadTime ?? record.timings?.load)?.microseconds)
        row.bind(record.timings?.promptEvaluation?.microseconds)
        row.bind(record.timings?.generation?.microseconds)
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
