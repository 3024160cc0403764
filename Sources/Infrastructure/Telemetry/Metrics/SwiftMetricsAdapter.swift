public import Application
public import CoreMetrics
import Synchronization

/// Counts with swift-metrics.
///
/// The handler of a metric and its labels is made once and then found by their values. Handlers are asked of the factory
/// itself: the types that swift-metrics has around them convert every number once more.
public final class SwiftMetricsAdapter: Metrics {
    /// The most series: labels come from bounded sets, and a mistake there must not fill the memory.
    static let maximumSeries = 1000

    private struct Key: Hashable {
        let metric: Metric
        let labels: [MetricLabel]
    }

    private enum Series {
        case counter(Count)
        case histogram(Values)
    }

    private final class Count: CounterSeries {
        let handler: any CounterHandler

        init(_ handler: any CounterHandler) {
            self.handler = handler
        }

        func add(_ amount: Int) {
            self.handler.increment(by: Int64(amount))
        }
    }

    private final class Values: HistogramSeries {
        let handler: any RecorderHandler

        init(_ handler: any RecorderHandler) {
            self.handler = handler
        }

        func observe(_ value: Double) {
            self.handler.record(value)
        }
    }

    private let factory: any MetricsFactory
    private let series = Mutex<[Key: Series]>([:])

    /// Creates an adapter.
    ///
    /// - Parameter factory: who makes the handlers.
    public init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// See ``Metrics/counter(_:_:)``.
    public func counter(_ metric: Metric, _ labels: [MetricLabel]) -> (any CounterSeries)? {
        let series = self.series(metric, labels) {
            .counter(Count(self.factory.makeCounter(label: metric.name, dimensions: $0)))
        }
        guard case .counter(let count) = series else { return nil }
        return count
    }

    /// See ``Metrics/histogram(_:_:)``.
    public func histogram(_ metric: Metric, _ labels: [MetricLabel]) -> (any HistogramSeries)? {
        let series = self.series(metric, labels) {
            .histogram(Values(self.factory.makeRecorder(label: metric.name, dimensions: $0, aggregate: true)))
        }
        guard case .histogram(let values) = series else { return nil }
        return values
    }

    /// Removes every series that has this label.
    public func forget(_ label: MetricLabel) {
        let forgotten = self.series.withLock { all in
            let forgotten = all.filter { $0.key.labels.contains(label) }
            for key in forgotten.keys { all[key] = nil }
            return forgotten
        }
        for series in forgotten.values {
            switch series {
            case .counter(let count): self.factory.destroyCounter(count.handler)
            case .histogram(let values): self.factory.destroyRecorder(values.handler)
            }
        }
    }

    private func series(
        _ metric: Metric,
        _ labels: [MetricLabel],
        _ make: ([(String, String)]) -> Series
    ) -> Series? {
        let key = Key(metric: metric, labels: labels)
        return self.series.withLock { all in
            if let series = all[key] { return series }
            guard all.count < SwiftMetricsAdapter.maximumSeries else { return nil }
            let series = make(labels.map { ($0.name, $0.value) })
            all[key] = series
            return series
        }
    }
}
