/// Where the service counts what happens to it.
///
/// Names are Prometheus', labels come from small fixed sets.
public protocol Metrics: Sendable {
    /// Adds one to a counter.
    func increment(_ counter: MetricName, _ label: MetricLabel?)
    /// Sets a gauge.
    func set(_ gauge: MetricName, to value: Double, _ label: MetricLabel?)
    /// Notes one duration.
    func record(_ timer: MetricName, _ duration: Duration, _ label: MetricLabel?)
}

/// What is measured.
public enum MetricName: String, Sendable, CaseIterable {
    /// Requests that ended, by ending.
    case requests = "shared_ollama_requests_total"
    /// Requests that were refused before a route had made a record of them, by code.
    case refusals = "shared_ollama_refused_requests_total"
    /// Requests that were cancelled, by phase.
    case cancellations = "shared_ollama_cancellations_total"
    /// Requests that wait for a slot.
    case queued = "shared_ollama_queued_requests"
    /// Requests that hold a slot.
    case running = "shared_ollama_running_requests"
    /// How long requests waited for a slot.
    case queueWait = "shared_ollama_queue_wait_seconds"
    /// How long requests took in all.
    case duration = "shared_ollama_request_duration_seconds"
    /// Records of requests that were lost because the store could not be written for too long.
    case usageDropped = "shared_ollama_usage_records_dropped_total"
    /// Whether an engine answers, by engine.
    case engineUp = "shared_ollama_engine_up"
}

/// One label and its value.
public struct MetricLabel: Sendable, Hashable {
    /// The label's name.
    public let name: String
    /// The label's value: from a small fixed set, never a caller's text.
    public let value: String

    /// Creates a label.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
