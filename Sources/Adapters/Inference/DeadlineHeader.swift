import Application
import Domain
import HTTPTypes
import Hummingbird

/// How long the caller wants to wait, by the header `X-Deadline-Ms`.
enum DeadlineHeader {
    /// A day, in milliseconds.
    private static let longest = 86_400_000

    /// The instant after which the caller no longer wants an answer; nil if it does not say.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` unless it is a whole number of milliseconds, 1 to a day.
    static func deadline(of request: Request, since arrival: MonotonicInstant) throws -> MonotonicInstant? {
        guard let text = request.headers[.xDeadline] else { return nil }
        guard let milliseconds = Int(text), (1...DeadlineHeader.longest).contains(milliseconds) else {
            throw ServiceError(
                .invalidRequest,
                "X-Deadline-Ms must be a whole number of milliseconds, 1 to \(DeadlineHeader.longest)."
            )
        }
        return arrival.advanced(by: .milliseconds(milliseconds))
    }
}
