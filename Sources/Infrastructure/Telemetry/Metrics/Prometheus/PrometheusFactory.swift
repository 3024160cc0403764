public import Application
public import CoreMetrics
import Synchronization

/// Makes the handlers of swift-metrics and shows what they hold in Prometheus' text format.
///
/// A family is a name with one kind; whoever asks for the same name with another kind gets a handler that nobody sees.
/// Names and labels are expected to be Prometheus' already, as ``Metric`` has them.
public final class PrometheusFactory: MetricsFactory, MetricsExposition {
    private struct Family {
        let kind: Metric.Kind
        var series: [String: any PrometheusSeries] = [:]
    }

    /// The most series of a family.
    static let maximumSeries = 1000

    private let metrics: [String: Metric]
    private let families = Mutex<[String: Family]>([:])

    /// Creates a factory without series.
    ///
    /// - Parameter metrics: the families of which more is known than the name.
    public init(metrics: [Metric] = Metric.all) {
        self.metrics = Dictionary(metrics.map { ($0.name, $0) }) { first, _ in first }
    }

    // MARK: Handlers

    /// See `MetricsFactory`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.series(label, dimensions, .counter) { PrometheusCounter(key: $0) }
    }

    /// See `MetricsFactory`.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.series(label, dimensions, .gauge) { PrometheusGauge(key: $0) }
    }

    /// See `MetricsFactory`; without aggregation it is a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return self.series(label, dimensions, .gauge) { PrometheusGauge(key: $0) } }
        return self.histogram(label, dimensions)
    }

    /// See `MetricsFactory`; what is recorded in nanoseconds is shown in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.histogram(label, dimensions)
    }

    /// See `MetricsFactory`.
    public func destroyCounter(_ handler: any CounterHandler) { self.remove(handler) }
    /// See `MetricsFactory`.
    public func destroyMeter(_ handler: any MeterHandler) { self.remove(handler) }
    /// See `MetricsFactory`.
    public func destroyRecorder(_ handler: any RecorderHandler) { self.remove(handler) }
    /// See `MetricsFactory`.
    public func destroyTimer(_ handler: any TimerHandler) { self.remove(handler) }

    private func histogram(_ name: String, _ labels: [(String, String)]) -> PrometheusHistogram {
        // For durations that nobody has described: from a millisecond to ten minutes, as models take them.
        let known = self.metrics[name]?.buckets ?? []
        let bounds = known.isEmpty ? [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600] : known
        return self.series(name, labels, .histogram) { PrometheusHistogram(key: $0, bounds: bounds) }
    }

    private func series<Series: PrometheusSeries>(
        _ name: String,
        _ labels: [(String, String)],
        _ kind: Metric.Kind,
        _ make: (PrometheusKey) -> Series
    ) -> Series {
        let key = PrometheusKey(name: name, labels: PrometheusText.labels(labels))
        return self.families.withLock { families in
            var family = families[name] ?? Family(kind: self.metrics[name]?.kind ?? kind)
            if let known = family.series[key.labels] as? Series { return known }
            let new = make(key)
            guard family.kind == kind, family.series.count < PrometheusFactory.maximumSeries else { return new }
            family.series[key.labels] = new
            families[name] = family
            return new
        }
    }

    private func remove(_ handler: AnyObject) {
        guard let series = handler as? any PrometheusSeries else { return }
        self.families.withLock { families in
            guard families[series.key.name]?.series[series.key.labels] === series else { return }
            families[series.key.name]?.series[series.key.labels] = nil
        }
    }

    // MARK: Exposition

    /// See ``MetricsExposition/text(with:)``.
    public func text(with readings: [MetricReading]) -> [UInt8] {
        let families = self.families.withLock { $0 }
        let readings = Dictionary(grouping: readings, by: \.metric)
        var text = PrometheusText()
        for metric in self.metrics.values.sorted(by: { $0.name < $1.name }) {
            let series = families[metric.name]?.series ?? [:]
            let values = readings[metric] ?? []
            // A counter that has no labels begins at zero, and not with its first event.
            let isUnseen = series.isEmpty && values.isEmpty && metric.labels.isEmpty && metric.kind == .counter
            text.family(metric.name, kind: metric.kind, help: metric.help)
            if isUnseen { text.sample(metric.name, "", 0) }
            for value in values {
                text.sample(metric.name, PrometheusText.labels(value.labels.map { ($0.name, $0.value) }), value.value)
            }
            for labels in series.keys.sorted() { series[labels]?.write(to: &text) }
        }
        for name in families.keys.sorted() where self.metrics[name] == nil {
            guard let family = families[name], !family.series.isEmpty else { continue }
            text.family(name, kind: family.kind, help: nil)
            for labels in family.series.keys.sorted() { family.series[labels]?.write(to: &text) }
        }
        return Array(text.text.utf8)
    }
}
