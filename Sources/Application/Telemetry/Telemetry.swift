/// What every request needs in order to be timed, recorded and counted.
public struct Telemetry: Sendable {
    /// The time.
    public let clock: any ServiceClock
    /// Who keeps the records.
    public let recorder: any RequestRecorder
    /// Who counts.
    public let metrics: any Metrics

    /// Puts the three together.
    public init(clock: any ServiceClock, recorder: any RequestRecorder, metrics: any Metrics) {
        self.clock = clock
        self.recorder = recorder
        self.metrics = metrics
    }

    /// Hands on the record of a request that has ended.
    func settled(_ record: RequestRecord) {
        self.recorder.record(record)
    }
}
