/// Stops asking somebody who fails again and again, and after a while asks again, with exactly one request.
///
/// A value without a clock: the instant comes with each call.
struct Breaker: Sendable, Equatable {
    /// The right to ask once.
    enum Pass: Sendable {
        /// One of many.
        case ordinary
        /// The one request that finds out whether it works again.
        case probe
    }

    private enum Phase: Equatable {
        case closed
        case open(until: MonotonicInstant)
        case probing
    }

    private let settings: BreakerSettings
    private var phase = Phase.closed
    /// Failures since the last success.
    private(set) var failures = 0

    init(_ settings: BreakerSettings) {
        self.settings = settings
    }

    /// Whether there is nothing to remember.
    var isFresh: Bool { self.phase == .closed && self.failures == 0 }

    func state(at now: MonotonicInstant) -> BreakerState {
        switch self.phase {
        case .closed: .closed
        case .open(let until): until <= now ? .halfOpen : .open
        case .probing: .halfOpen
        }
    }

    /// How long nobody is asked; zero where somebody may be.
    func pause(at now: MonotonicInstant) -> Duration {
        guard case .open(let until) = self.phase, until > now else { return .zero }
        return until - now
    }

    /// Asks for the right to ask; nil if nobody may, or the one probe is on its way.
    mutating func pass(at now: MonotonicInstant) -> Pass? {
        switch self.phase {
        case .closed: return .ordinary
        case .probing: return nil
        case .open(let until):
            guard until <= now else { return nil }
            self.phase = .probing
            return .probe
        }
    }

    /// Somebody was asked and has begun to answer: enough to let others ask, but not to forget what was.
    mutating func answered(_ pass: Pass) {
        guard pass == .probe, self.phase == .probing else { return }
        self.phase = .closed
        self.failures = self.settings.failures - 1
    }

    /// A whole answer has come.
    mutating func succeeded(_ pass: Pass) {
        switch self.phase {
        case .closed: self.failures = 0
        case .probing where pass == .probe:
            self.phase = .closed
            self.failures = 0
        // Who was asked before it opened proves nothing about now.
        case .open, .probing: break
        }
    }

    mutating func failed(_ pass: Pass, at now: MonotonicInstant) {
        switch self.phase {
        case .closed:
            self.failures += 1
            guard self.failures >= self.settings.failures else { return }
            self.phase = .open(until: now.advanced(by: self.settings.reset))
        case .probing where pass == .probe: self.phase = .open(until: now.advanced(by: self.settings.reset))
        case .open, .probing: break
        }
    }

    /// Whoever asked has left before anything was known; another may probe.
    mutating func abandoned(_ pass: Pass, at now: MonotonicInstant) {
        guard pass == .probe, self.phase == .probing else { return }
        self.phase = .open(until: now)
    }

    /// Opens it at once, whatever came before.
    mutating func open(at now: MonotonicInstant) {
        self.failures = self.settings.failures
        self.phase = .open(until: now.advanced(by: self.settings.reset))
    }
}

/// When a breaker opens and for how long.
public struct BreakerSettings: Sendable, Equatable {
    /// Failures in a row that open it; at least 1.
    public var failures: Int
    /// How long nobody is asked then.
    public var reset: Duration

    /// Creates settings; without more they are the documented defaults.
    public init(failures: Int = 5, reset: Duration = .seconds(30)) {
        self.failures = max(1, failures)
        self.reset = reset
    }
}

/// How a breaker is.
public enum BreakerState: String, Sendable {
    /// All may ask.
    case closed
    /// Nobody may.
    case open
    /// One may, to find out whether it works again.
    case halfOpen = "half_open"
}
