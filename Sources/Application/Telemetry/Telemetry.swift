/// What every request needs in order to be timed, recorded and counted.
public struct Telemetry: Sendable {
    /// The time.
    public let clock: any ServiceClock
    /// Who keeps the records.
    public let recorder: any RequestRecorder
    /// Who counts.
    public let metrics: any Metrics
    /// Who traces; nil where nothing is traced.
    public let tracer: Tracer?

    /// Puts them together.
    public init(clock: any ServiceClock, recorder: any RequestRecorder, metrics: any Metrics, tracer: Tracer? = nil) {
        self.clock = clock
        self.recorder = recorder
        self.metrics = metrics
        self.tracer = tracer
    }

    /// Begins the trace of a request: nil if nobody traces and its caller sent nothing that is to be handed on.
    func trace(_ origin: TraceOrigin, at arrival: MonotonicInstant) -> RequestTrace? {
        if let tracer { return tracer.begin(origin, at: arrival) }
        return origin.context.map { RequestTrace(handingOn: $0, arrival: arrival) }
    }

    /// Hands on the record of a request that has ended, and what was noted for its trace.
    func settled(_ record: RequestRecord, _ trace: RequestTrace?) {
        self.recorder.record(record)
        if let trace { self.tracer?.ended(record, trace) }
    }
}
