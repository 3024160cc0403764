/// Counts in series that it has looked up once.
///
/// They are searched one after another, by the metric and the values of its labels: there are few, and a table would have
/// to hash texts each time. One that there was no place for is asked for again.
final class SeriesSet {
    private struct Kept<Series> {
        private var entries: [(metric: Metric, values: Values, series: Series)] = []

        mutating func series(_ metric: Metric, _ values: Values, _ make: ([MetricLabel]) -> Series?) -> Series? {
            for entry in self.entries where entry.metric === metric && entry.values == values { return entry.series }
            let all = [values.0, values.1, values.2]
            guard let series = make(zip(metric.labels, all).map { MetricLabel($0, $1) }) else { return nil }
            self.entries.append((metric, values, series))
            return series
        }
    }

    /// The values of a metric's labels, in their order; the rest is empty.
    private typealias Values = (String, String, String)

    private let metrics: any Metrics
    private var counters = Kept<any CounterSeries>()
    private var histograms = Kept<any HistogramSeries>()

    /// Starts empty.
    init(of metrics: any Metrics) {
        self.metrics = metrics
    }

    /// Adds to a counter.
    ///
    /// `first` and so on: the values of its labels, in their order.
    func add(_ amount: Int, to counter: Metric, _ first: String = "", _ second: String = "", _ third: String = "") {
        let series = self.counters.series(counter, (first, second, third)) { self.metrics.counter(counter, $0) }
        series?.add(amount)
    }

    /// Notes one value of a histogram.
    func observe(_ value: Double, in histogram: Metric, _ first: String = "", _ second: String = "") {
        let series = self.histograms.series(histogram, (first, second, "")) { self.metrics.histogram(histogram, $0) }
        series?.observe(value)
    }

    /// Notes one duration, in seconds.
    func observe(_ duration: Duration, in histogram: Metric, _ first: String = "", _ second: String = "") {
        self.observe(duration.inSeconds, in: histogram, first, second)
    }
}
