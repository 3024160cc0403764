/// Where the service counts what happens to it.
///
/// The labels of a call are those of the metric, in its order; their values come from bounded sets.
public protocol Metrics: Sendable {
    /// Adds to a counter.
    ///
    /// `amount`: 0 or more.
    func add(_ amount: Int, to counter: Metric, _ labels: [MetricLabel])
    /// Notes one value of a histogram, in the base unit of its name.
    func observe(_ value: Double, in histogram: Metric, _ labels: [MetricLabel])
    /// Removes every series that has this label: its name has given its place to another.
    func forget(_ label: MetricLabel)
}

extension Metrics {
    /// Adds one to a counter.
    public func increment(_ counter: Metric, _ labels: MetricLabel...) {
        self.add(1, to: counter, labels)
    }

    /// Notes one duration, in seconds.
    public func observe(_ duration: Duration, in histogram: Metric, _ labels: MetricLabel...) {
        self.observe(duration.inSeconds, in: histogram, labels)
    }
}
