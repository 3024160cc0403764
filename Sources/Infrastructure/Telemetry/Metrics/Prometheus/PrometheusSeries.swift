import CoreMetrics
import Synchronization

/// By which a series is found: the name of its family, and its labels as they are written.
struct PrometheusKey: Sendable {
    let name: String
    let labels: String
}

/// One series of a family.
protocol PrometheusSeries: AnyObject, Sendable {
    var key: PrometheusKey { get }
    func write(to text: inout PrometheusText)
}

/// A number that only grows.
final class PrometheusCounter: PrometheusSeries, CounterHandler {
    let key: PrometheusKey
    private let value = Atomic<Int64>(0)

    init(key: PrometheusKey) {
        self.key = key
    }

    func increment(by amount: Int64) {
        if amount > 0 { self.value.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() {
        self.value.store(0, ordering: .relaxed)
    }

    func write(to text: inout PrometheusText) {
        text.sample(self.key.name, self.key.labels, Double(self.value.load(ordering: .relaxed)))
    }
}

/// A number that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    let key: PrometheusKey
    private let value = Mutex(0.0)

    init(key: PrometheusKey) {
        self.key = key
    }

    func set(_ value: Int64) { self.set(Double(value)) }

    func set(_ value: Double) { self.value.withLock { $0 = value } }

    func increment(by amount: Double) { self.value.withLock { $0 += amount } }

    func decrement(by amount: Double) { self.value.withLock { $0 -= amount } }

    func record(_ value: Int64) { self.set(Double(value)) }

    func record(_ value: Double) { self.set(value) }

    func write(to text: inout PrometheusText) {
        text.sample(self.key.name, self.key.labels, self.value.withLock { $0 })
    }
}

/// Values in buckets.
final class PrometheusHistogram: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [UInt64]
        var sum = 0.0
    }

    let key: PrometheusKey
    private let bounds: [Double]
    private let state: Mutex<State>

    /// `bounds`: the upper bounds, in ascending order.
    init(key: PrometheusKey, bounds: [Double]) {
        self.key = key
        self.bounds = bounds
        self.state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        let bucket = self.bounds.firstIndex { value <= $0 } ?? self.bounds.count
        self.state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1_000_000_000) }

    func write(to text: inout PrometheusText) {
        let state = self.state.withLock { $0 }
        text.histogram(self.key.name, self.key.labels, bounds: self.bounds, counts: state.counts, sum: state.sum)
    }
}
