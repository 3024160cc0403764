import Application
import Domain
import Logging

/// Leaves a trace of what is refused before a route has made a record of it: a line of the log and a count.
struct RefusalTrace: Sendable {
    /// So much of a path is told, in characters.
    private static let longestPath = 100

    let metrics: any Metrics
    let logger: Logger

    /// Notes a refusal; nothing of the request is told but what stands here.
    ///
    /// - Parameters:
    ///   - error: what the caller is told.
    ///   - status: with which status.
    ///   - requestID: the request's id; nil for what is no request.
    ///   - address: where it comes from, where that is known.
    ///   - caller: who calls, where that is known.
    ///   - head: method and path, without the query.
    func note(
        _ error: ServiceError,
        status: Int,
        requestID: RequestID?,
        address: IPNetwork?,
        caller: Caller? = nil,
        head: (method: String, path: String)? = nil
    ) {
        // A code is one of a small fixed set.
        self.metrics.increment(.refusals, MetricLabel("code", error.code.rawValue))
        var fields: Logger.Metadata = ["error_code": "\(error.code.rawValue)", "status": .stringConvertible(status)]
        fields["request_id"] = requestID.map { "\($0)" }
        fields["peer"] = address.map { "\($0)" }
        fields["project"] = caller.map { "\($0.project.name)" }
        fields["method"] = head.map { "\($0.method)" }
        fields["path"] = head.map { "\($0.path.prefix(RefusalTrace.longestPath))" }
        self.logger.info("request refused", metadata: fields)
    }
}
