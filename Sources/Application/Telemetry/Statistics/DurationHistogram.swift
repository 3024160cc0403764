/// Durations in buckets whose width grows with what is in them: percentiles over any number of them, in bounded memory.
///
/// Below 32 µs a bucket is 1 µs wide, above it 1/32 of its power of two: a percentile is off by at most 1.6 %. What is
/// longer than 12 days counts as that.
struct DurationHistogram: Sendable {
    private static let stepBits = 5
    private static let longest = (UInt64(1) << 40) - 1

    /// Grows up to 1,152 buckets, as far as they are needed.
    private var buckets: [UInt32] = []
    /// How many durations there are.
    private(set) var count = 0
    /// All of them together.
    private(set) var sum = Duration.zero
    /// The longest; zero if there is none.
    private(set) var maximum = Duration.zero

    mutating func add(_ duration: Duration) {
        let duration = max(.zero, duration)
        let index = DurationHistogram.index(of: duration)
        self.grow(to: index + 1)
        // A bucket that is full stays full: only a percentile would notice, after four thousand million durations.
        if self.buckets[index] < .max { self.buckets[index] += 1 }
        self.count += 1
        self.sum += duration
        self.maximum = max(self.maximum, duration)
    }

    mutating func add(_ other: DurationHistogram) {
        self.grow(to: other.buckets.count)
        for (index, count) in other.buckets.enumerated() {
            let (sum, isOver) = self.buckets[index].addingReportingOverflow(count)
            self.buckets[index] = isOver ? .max : sum
        }
        self.count += other.count
        self.sum += other.sum
        self.maximum = max(self.maximum, other.maximum)
    }

    /// The mean; zero if there is nothing.
    var mean: Duration { self.count == 0 ? .zero : self.sum / self.count }

    /// The duration that a part of all is not longer than.
    ///
    /// - Parameter part: above 0 and up to 1; 0.95 is the 95th percentile.
    /// - Returns: the middle of its bucket, never more than ``maximum``; zero if there is nothing.
    func percentile(_ part: Double) -> Duration {
        let wanted = max(1, (Double(self.count) * part).rounded(.up))
        var seen = 0.0
        for (index, count) in self.buckets.enumerated() {
            seen += Double(count)
            if seen >= wanted { return min(self.maximum, DurationHistogram.middle(of: index)) }
        }
        return self.maximum
    }

    // MARK: Buckets

    private mutating func grow(to count: Int) {
        guard count > self.buckets.count else { return }
        self.buckets += repeatElement(0, count: count - self.buckets.count)
    }

    private static func index(of duration: Duration) -> Int {
        let micros = min(self.longest, UInt64(duration.nanoseconds / 1000))
        guard micros >= 1 << self.stepBits else { return Int(micros) }
        let octave = 63 - micros.leadingZeroBitCount - self.stepBits
        return (octave << self.stepBits) + Int(micros >> octave)
    }

    private static func middle(of index: Int) -> Duration {
        guard index >= 1 << (self.stepBits + 1) else { return .microseconds(index) }
        let octave = (index >> self.stepBits) - 1
        let low = UInt64(index - (octave << self.stepBits)) << octave
        return .microseconds(Int64(low + (UInt64(1) << octave) / 2))
    }
}
