/// Something whose state is read when it is asked for.
public protocol MetricSource: Sendable {
    /// The present values.
    var readings: [MetricReading] { get async }
}

/// Writes all that is measured in a form that others read.
public protocol MetricsExposition: Sendable {
    /// What has been counted, and these values beside it, in Prometheus' text format 0.0.4.
    func text(with readings: [MetricReading]) -> [UInt8]
}

/// Shows all that is measured.
public struct ExpositionUseCase: Sendable {
    private let exposition: any MetricsExposition
    private let sources: [any MetricSource]

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - exposition: what has been counted.
    ///   - sources: what is looked up.
    public init(exposition: any MetricsExposition, sources: [any MetricSource]) {
        self.exposition = exposition
        self.sources = sources
    }

    /// All of it, in Prometheus' text format 0.0.4.
    ///
    /// Takes a millisecond or two; may look into files of the system, and into the store.
    public func text() async -> [UInt8] {
        var readings: [MetricReading] = []
        for source in self.sources { readings += await source.readings }
        return self.exposition.text(with: readings)
    }
}
