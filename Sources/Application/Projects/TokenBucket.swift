import Domain

/// A limit that refills at a steady rate: full at the start, and never fuller than its capacity.
///
/// It may be overdrawn when a reservation turns out to have been too small; then it has to fill up again first.
struct TokenBucket: Equatable {
    /// What it holds at most.
    private(set) var capacity: Double
    /// What flows in, a second.
    private(set) var rate: Double
    private var level: Double
    private var updated: MonotonicInstant

    /// A full bucket for so many units a minute.
    init(perMinute limit: Int, at now: MonotonicInstant) {
        self.capacity = Double(limit)
        self.rate = Double(limit) / 60
        self.level = Double(limit)
        self.updated = now
    }

    /// What it holds at an instant.
    func level(at now: MonotonicInstant) -> Double {
        min(self.capacity, self.level + max(0, (now - self.updated).inSeconds) * self.rate)
    }

    /// How long until it holds so much; nil if it never will.
    func wait(for amount: Double, at now: MonotonicInstant) -> Duration? {
        guard amount <= self.capacity else { return nil }
        let missing = amount - self.level(at: now)
        return missing <= 0 ? .zero : .seconds(missing / self.rate)
    }

    /// How long until it is full.
    func untilFull(at now: MonotonicInstant) -> Duration {
        .seconds(max(0, self.capacity - self.level(at: now)) / self.rate)
    }

    /// Takes an amount out, or puts one back where it is negative.
    mutating func take(_ amount: Double, at now: MonotonicInstant) {
        self.level = min(self.capacity, self.level(at: now) - amount)
        self.updated = max(self.updated, now)
    }

    /// Changes the limit; what has been used stays used.
    mutating func resize(perMinute limit: Int, at now: MonotonicInstant) {
        let used = self.capacity - self.level(at: now)
        self = TokenBucket(perMinute: limit, at: now)
        self.level = self.capacity - used
    }
}
