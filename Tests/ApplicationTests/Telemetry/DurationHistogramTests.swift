import TestSupport
import Testing

@testable import Application

@Suite("A histogram of durations")
struct DurationHistogramTests {
    @Test("Without durations everything is zero")
    func empty() {
        let histogram = DurationHistogram()
        #expect(histogram.mean == .zero && histogram.maximum == .zero && histogram.percentile(0.95) == .zero)
    }

    @Test("A percentile is off by 1.6 % at most, and sum, mean and maximum are exact")
    func percentiles() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var histogram = DurationHistogram()
            let scale = Double.random(in: 0...10, using: &random)
            let values = (0..<Int.random(in: 1...500, using: &random)).map { _ in
                // From microseconds to hours.
                Duration.nanoseconds(Int64(1000 * (1...scale.exponential).random(using: &random)))
            }
            for value in values { histogram.add(value) }
            let sorted = values.sorted()
            #expect(histogram.count == values.count)
            #expect(histogram.sum == values.reduce(.zero, +))
            #expect(histogram.maximum == sorted.last)
            for part in [0.01, 0.5, 0.9, 0.95, 0.99, 1] {
                let exact = sorted[max(0, Int((Double(sorted.count) * part).rounded(.up)) - 1)].inSeconds
                let found = histogram.percentile(part).inSeconds
                #expect(abs(found - exact) <= exact * 0.016 + 0.000_001, "\(part): \(found), not \(exact)")
            }
        }
    }

    @Test("Two histograms together are one of all their durations")
    func sum() {
        var (left, right, all) = (DurationHistogram(), DurationHistogram(), DurationHistogram())
        for number in 1...1000 {
            let duration = Duration.microseconds(number * number)
            if number % 3 == 0 { left.add(duration) } else { right.add(duration) }
            all.add(duration)
        }
        left.add(right)
        #expect(left.count == 1000 && left.sum == all.sum && left.maximum == all.maximum)
        for part in [0.1, 0.5, 0.95] { #expect(left.percentile(part) == all.percentile(part)) }
    }

    @Test("What is longer than anybody waits is counted and does not take more memory")
    func longest() {
        var histogram = DurationHistogram()
        histogram.add(.seconds(86_400 * 365))
        histogram.add(.nanoseconds(-5))
        #expect(histogram.count == 2 && histogram.maximum == .seconds(86_400 * 365))
        #expect(histogram.percentile(1) > .seconds(86_400 * 12))
    }
}

extension Double {
    /// Ten to the power of it, by squaring: enough for a test.
    fileprivate var exponential: Double {
        var result = 1.0
        for _ in 0..<Int(self) { result *= 10 }
        return result * (1 + 9 * (self - self.rounded(.down)))
    }
}

extension ClosedRange<Double> {
    fileprivate func random(using random: inout SeededRandom) -> Double {
        Double.random(in: self, using: &random)
    }
}
