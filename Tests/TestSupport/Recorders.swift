public import Application
import Synchronization

/// Keeps the records of requests for a test to look at.
public final class RecordingRecorder: RequestRecorder {
    private let kept = Mutex<[RequestRecord]>([])

    /// Starts empty.
    public init() {}

    /// The records so far.
    public var records: [RequestRecord] { self.kept.withLock { $0 } }

    /// Keeps a record.
    public func record(_ record: RequestRecord) {
        self.kept.withLock { $0.append(record) }
    }
}

/// Keeps what is counted and measured for a test to look at.
public final class RecordingMetrics: Metrics {
    private struct State {
        var counts: [Metric: [[MetricLabel]: Int]] = [:]
        var values: [Metric: [[MetricLabel]: [Double]]] = [:]
        var forgotten: [MetricLabel] = []
    }

    private let state = Mutex(State())

    /// Starts at zero.
    public init() {}

    /// The value of a counter: all of its series that have a label of this value; an empty value is all series.
    public func count(_ counter: Metric, _ value: String) -> Int {
        self.state.withLock { state in
            (state.counts[counter] ?? [:]).reduce(0) { sum, series in
                value.isEmpty || series.key.contains { $0.value == value } ? sum + series.value : sum
            }
        }
    }

    /// The values of a histogram's series with exactly these labels.
    public func values(_ histogram: Metric, _ labels: MetricLabel...) -> [Double] {
        self.state.withLock { $0.values[histogram]?[labels] ?? [] }
    }

    /// The labels of all series of a counter or histogram.
    public func labels(_ metric: Metric) -> Set<[MetricLabel]> {
        self.state.withLock { Set(($0.counts[metric] ?? [:]).keys).union(($0.values[metric] ?? [:]).keys) }
    }

    /// The labels that were forgotten, in order.
    public var forgotten: [MetricLabel] { self.state.withLock(\.forgotten) }

    /// A series that counts here.
    public func counter(_ metric: Metric, _ labels: [MetricLabel]) -> (any CounterSeries)? {
        RecordedSeries { amount in
            self.state.withLock { $0.counts[metric, default: [:]][labels, default: 0] += Int(amount) }
        }
    }

    /// A series that keeps its values here.
    public func histogram(_ metric: Metric, _ labels: [MetricLabel]) -> (any HistogramSeries)? {
        RecordedSeries { value in
            self.state.withLock { $0.values[metric, default: [:]][labels, default: []].append(value) }
        }
    }

    /// Notes the label.
    public func forget(_ label: MetricLabel) {
        self.state.withLock { $0.forgotten.append(label) }
    }
}

private final class RecordedSeries: CounterSeries, HistogramSeries {
    private let note: @Sendable (Double) -> Void

    init(_ note: @escaping @Sendable (Double) -> Void) {
        self.note = note
    }

    func add(_ amount: Int) { self.note(Double(amount)) }

    func observe(_ value: Double) { self.note(value) }
}
