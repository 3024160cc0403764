/// What is measured: the name, the kind and the meaning of a family of series, as Prometheus has them.
///
/// Names and labels are part of the service's interface: docs/operations.md lists them all. A class, for each is handed on several
/// times with every request, and its texts need not be.
public final class Metric: Sendable, Hashable {
    /// How its values are to be understood.
    public enum Kind: String, Sendable {
        /// It only grows, until the service starts anew.
        case counter
        /// It goes up and down.
        case gauge
        /// How many values were up to which bound.
        case histogram
    }

    /// The name, by Prometheus' rules: base units, `_total` behind counters.
    public let name: String
    /// How its values are to be understood.
    public let kind: Kind
    /// What it tells, as a sentence.
    public let help: String
    /// The labels of its series.
    public let labels: [String]
    /// The upper bounds of a histogram's buckets, in ascending order; empty for other kinds.
    public let buckets: [Double]

    init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = [], buckets: [Double] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.buckets = buckets
    }

    /// Whether two are the same family: there is one object for each.
    public static func == (left: Metric, right: Metric) -> Bool { left === right }

    /// By identity.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }

    /// All families, in the order in which they are shown.
    public static let all: [Metric] = ofRequests + ofTime + ofQueues + ofEngines + ofBatches + ofImages + ofTheService
}

/// One label and its value.
public struct MetricLabel: Sendable, Hashable {
    /// The label's name.
    public let name: String
    /// The label's value: from a bounded set, never a caller's text as it came.
    public let value: String

    /// Creates a label.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// By the value alone: series are looked up with every request, and those of one family have the same names.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.value)
    }
}

/// The present value of a series that nobody counts, because it can be looked up.
public struct MetricReading: Sendable, Equatable {
    /// Of which family.
    public let metric: Metric
    /// The labels, in the order of ``Metric/labels``.
    public let labels: [MetricLabel]
    /// The value, in the base unit of the name.
    public let value: Double

    /// Notes a value.
    public init(_ metric: Metric, _ value: Double, _ labels: MetricLabel...) {
        self.metric = metric
        self.labels = labels
        self.value = value
    }
}
