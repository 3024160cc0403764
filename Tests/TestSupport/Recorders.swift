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

/// Keeps what is counted for a test to look at.
public final class RecordingMetrics: Metrics {
    private let counters = Mutex<[String: Int]>([:])

    /// Starts at zero.
    public init() {}

    /// The value of a counter.
    public func count(_ name: MetricName, _ label: String) -> Int {
        self.counters.withLock { $0["\(name.rawValue) \(label)"] ?? 0 }
    }

    /// Counts.
    public func increment(_ counter: MetricName, _ label: MetricLabel?) {
        self.counters.withLock { $0["\(counter.rawValue) \(label?.value ?? "")", default: 0] += 1 }
    }

    /// Not looked at.
    public func set(_ gauge: MetricName, to value: Double, _ label: MetricLabel?) {}

    /// Not looked at.
    public func record(_ timer: MetricName, _ duration: Duration, _ label: MetricLabel?) {}
}
