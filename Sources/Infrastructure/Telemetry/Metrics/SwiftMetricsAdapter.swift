public import Application
public import Metrics
import Synchronization

/// Counts with swift-metrics.
///
/// The handler of a metric and its labels is made once and then found by their values.
public final class SwiftMetricsAdapter: Application.Metrics {
    /// The most series: labels come from bounded sets, and a mistake there must not fill the memory.
    static let maximumSeries = 1000

    private struct Series: Hashable {
        let metric: Metric
        let labels: [MetricLabel]
    }

    private enum Handler {
        case counter(Counter)
        case recorder(Recorder)

        func destroy() {
            switch self {
            case .counter(let counter): counter.destroy()
            case .recorder(let recorder): recorder.destroy()
            }
        }
    }

    private let factory: any MetricsFactory
    private let handlers = Mutex<[Series: Handler]>([:])

    /// Creates an adapter.
    ///
    /// - Parameter factory: who makes the handlers.
    public init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Adds to a counter.
    public func add(_ amount: Int, to counter: Metric, _ labels: [MetricLabel]) {
        let handler = self.handler(counter, labels) {
            .counter(Counter(label: counter.name, dimensions: $0, factory: self.factory))
        }
        if case .counter(let counter) = handler { counter.increment(by: amount) }
    }

    /// Notes one value of a histogram.
    public func observe(_ value: Double, in histogram: Metric, _ labels: [MetricLabel]) {
        let handler = self.handler(histogram, labels) {
            .recorder(Recorder(label: histogram.name, dimensions: $0, aggregate: true, factory: self.factory))
        }
        if case .recorder(let recorder) = handler { recorder.record(value) }
    }

    /// Removes every series that has this label.
    public func forget(_ label: MetricLabel) {
        let forgotten = self.handlers.withLock { handlers in
            let forgotten = handlers.filter { $0.key.labels.contains(label) }
            for series in forgotten.keys { handlers[series] = nil }
            return forgotten
        }
        for handler in forgotten.values { handler.destroy() }
    }

    private func handler(
        _ metric: Metric,
        _ labels: [MetricLabel],
        _ make: ([(String, String)]) -> Handler
    ) -> Handler? {
        let series = Series(metric: metric, labels: labels)
        return self.handlers.withLock { handlers in
            if let handler = handlers[series] { return handler }
            guard handlers.count < SwiftMetricsAdapter.maximumSeries else { return nil }
            let handler = make(labels.map { ($0.name, $0.value) })
            handlers[series] = handler
            return handler
        }
    }
}
