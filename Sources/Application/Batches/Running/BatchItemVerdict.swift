import Domain

/// What becomes of an item that was tried.
enum BatchItemVerdict: Sendable, Equatable {
    /// Its answer stands, be it a failure.
    case stands
    /// An engine failed it: it is tried again after a while, but not for ever.
    case again(after: Duration)
    /// There is no engine to try it on: it waits, however often that happens.
    case wait(Duration)
    /// The project's limits are reached: its items wait.
    case hold(Duration)
    /// It was stopped from this side before it had an answer: it waits for its next turn.
    case stopped

    /// The first wait after a failure; each further one doubles it.
    private static let firstPause = Duration.seconds(1)
    /// The longest wait after a failure.
    private static let longestPause = Duration.seconds(60)

    /// The longest wait for an engine: when it is back, its slots are to be used.
    private static let longestWait = Duration.seconds(10)

    /// Judges an answer.
    ///
    /// - Parameters:
    ///   - error: why it failed; nil if it did not.
    ///   - attempt: which attempt of those that count this was, from 1.
    ///   - limit: how many there may be.
    init(_ error: ServiceError?, attempt: Int, limit: Int) {
        switch error?.code {
        case nil: self = .stands
        case .cancelled? where error == .callerLeft: self = .stopped
        case .shuttingDown?, .deadlineExceeded?: self = .stopped
        case .rateLimited?, .quotaExceeded?: self = .hold(error?.retryAfter ?? .seconds(60))
        case .engineUnavailable?, .queueFull?, .queueTimeout?: self = .wait(min(Self.longestWait, Self.pause(1, error)))
        case .modelUnavailable?, .engineError?, .engineTimeout?, .internal?:
            self = attempt < limit ? .again(after: Self.pause(attempt, error)) : .stands
        default: self = .stands
        }
    }

    /// How long to wait after an attempt: no shorter than the error asks for, within reason.
    private static func pause(_ attempt: Int, _ error: ServiceError?) -> Duration {
        let doubled = Self.firstPause * (1 << min(6, max(0, attempt - 1)))
        return min(Self.longestPause, max(doubled, error?.retryAfter ?? .zero))
    }
}
