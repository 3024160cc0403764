/// How often, and when, a call is tried again.
///
/// Only what was surely not done is tried again: a call that found nobody, and one that was refused with 429 or 503 and not told
/// that coming again is of no use. A call with an ``CallSettings/idempotencyKey`` is tried again after a lost connection too. A stream
/// that has begun is never tried again.
public struct RetryPolicy: Sendable, Hashable {
    /// How often a call is tried in all, at least once.
    public var attempts: Int
    /// The wait before the second attempt, where the other side names none; it doubles from attempt to attempt.
    public var firstDelay: Duration
    /// The longest wait.
    ///
    /// Who is told to come again later than that is given the error instead.
    public var longestDelay: Duration

    /// A policy.
    public init(attempts: Int = 4, firstDelay: Duration = .milliseconds(500), longestDelay: Duration = .seconds(30)) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    /// Each call is tried once.
    public static let never = RetryPolicy(attempts: 1)

    /// How long to wait before the next attempt.
    ///
    /// Waits are spread, so that many that were refused together do not come again together: up to half of a wait of ours is
    /// left off, up to a quarter is put on top of one that the other side named, which is never cut short.
    ///
    /// - Parameters:
    ///   - error: how the attempt ended.
    ///   - attempt: its number, from 1.
    ///   - isRepeatable: whether doing the call twice does no harm.
    ///   - random: 0..<1.
    /// - Returns: the wait; nil if there is to be no further attempt.
    func delay(after error: SharedOllamaError, attempt: Int, isRepeatable: Bool, random: Double) -> Duration? {
        guard attempt < self.attempts, !error.isFinal, RetryPolicy.mayBeTriedAgain(error, isRepeatable) else {
            return nil
        }
        if let wait = error.retryAfter {
            guard wait <= self.longestDelay else { return nil }
            return wait + wait * (random / 4)
        }
        let doubled = self.firstDelay * Double(1 << min(attempt - 1, 30))
        return min(doubled, self.longestDelay) * (1 - random / 2)
    }

    private static func mayBeTriedAgain(_ error: SharedOllamaError, _ isRepeatable: Bool) -> Bool {
        switch error.status {
        case 429, 503: true
        case 409: isRepeatable && error.retryAfter != nil
        case nil: error.code == .unreachable || (isRepeatable && error.code == .connectionLost)
        default: false
        }
    }
}
