public import Application
public import Metrics
import Synchronization

/// Counts with swift-metrics.
///
/// The handler of a metric and its label is made once and then found by their values.
public final class SwiftMetricsAdapter: Application.Metrics {
    /// The most series: labels come from small fixed sets, and a mistake there must not fill the memory.
    static let maximumSeries = 1000

    private struct Series: Hashable {
        let name: MetricName
        let label: MetricLabel?
    }

    private enum Handler {
        case counter(Counter)
        case meter(Meter)
        case timer(Timer)
    }

    private let factory: any MetricsFactory
    private let handlers = Mutex<[Series: Handler]>([:])

    /// Creates an adapter.
    ///
    /// - Parameter factory: who makes the handlers.
    public init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// Adds one to a counter.
    public func increment(_ counter: MetricName, _ label: MetricLabel?) {
        let handler = self.handler(counter, label) {
            .counter(Counter(label: counter.rawValue, dimensions: $0, factory: self.factory))
        }
        if case .counter(let counter) = handler { counter.increment() }
    }

    /// Sets a gauge.
    public func set(_ gauge: MetricName, to value: Double, _ label: MetricLabel?) {
        let handler = self.handler(gauge, label) {
            .meter(Meter(label: gauge.rawValue, dimensions: $0, factory: self.factory))
        }
        if case .meter(let meter) = handler { meter.set(value) }
    }

    /// Notes one duration.
    public func record(_ timer: MetricName, _ duration: Duration, _ label: MetricLabel?) {
        let handler = self.handler(timer, label) {
            .timer(Timer(label: timer.rawValue, dimensions: $0, factory: self.factory))
        }
        if case .timer(let timer) = handler { timer.recordNanoseconds(duration.nanoseconds) }
    }

    private func handler(
        _ name: MetricName,
        _ label: MetricLabel?,
        _ make: ([(String, String)]) -> Handler
    ) -> Handler? {
        let series = Series(name: name, label: label)
        return self.handlers.withLock { handlers in
            if let handler = handlers[series] { return handler }
            guard handlers.count < SwiftMetricsAdapter.maximumSeries else { return nil }
            let handler = make(label.map { [($0.name, $0.value)] } ?? [])
            handlers[series] = handler
            return handler
        }
    }
}
