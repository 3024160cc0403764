/// Where the service counts what happens to it.
///
/// The labels of a series are those of the metric, in its order; their values come from bounded sets.
public protocol Metrics: Sendable {
    /// The series of a counter with these labels; nil where there is no place for another one.
    func counter(_ metric: Metric, _ labels: [MetricLabel]) -> (any CounterSeries)?
    /// The series of a histogram with these labels; nil where there is no place for another one.
    func histogram(_ metric: Metric, _ labels: [MetricLabel]) -> (any HistogramSeries)?
    /// Removes every series that has this label: its name has given its place to another.
    ///
    /// What somebody kept of them counts on, and is shown no more.
    func forget(_ label: MetricLabel)
}

/// One series of a counter; whoever counts often keeps it, for looking it up takes longer than counting.
public protocol CounterSeries: AnyObject, Sendable {
    /// Adds to it.
    ///
    /// `amount`: 0 or more.
    func add(_ amount: Int)
}

/// One series of a histogram.
public protocol HistogramSeries: AnyObject, Sendable {
    /// Notes one value, in the base unit of the metric's name.
    func observe(_ value: Double)
}

extension Metrics {
    /// Adds to a counter.
    ///
    /// `amount`: 0 or more.
    public func add(_ amount: Int, to counter: Metric, _ labels: [MetricLabel]) {
        self.counter(counter, labels)?.add(amount)
    }

    /// Adds one to a counter.
    public func increment(_ counter: Metric, _ labels: MetricLabel...) {
        self.add(1, to: counter, labels)
    }

    /// Notes one duration, in seconds.
    public func observe(_ duration: Duration, in histogram: Metric, _ labels: MetricLabel...) {
        self.histogram(histogram, labels)?.observe(duration.inSeconds)
    }
}
