import Domain

/// Who takes the spans of requests that have ended: a port.
public protocol SpanRecorder: Sendable {
    /// Takes the spans of one request. Must not block.
    func record(_ spans: [Span])
}

/// Decides which requests are traced, and makes spans of them.
public struct Tracer: Sendable {
    private let recorder: any SpanRecorder
    private let random: any RandomNumbers
    private let contentLimit: Int?
    /// Traces that begin here are recorded if the last 56 bits of their id are at least this.
    private let threshold: UInt64

    /// Creates a tracer.
    ///
    /// - Parameters:
    ///   - sampleRatio: the part of the traces that begin here which is recorded, 0 to 1; whether another's trace is
    ///     recorded is its caller's decision.
    ///   - contentLimit: how much is told of each prompt and each answer, in bytes; nil tells nothing of them.
    ///   - recorder: who takes the spans.
    ///   - random: names traces and spans.
    public init(
        sampleRatio: Double,
        contentLimit: Int? = nil,
        recorder: any SpanRecorder,
        random: any RandomNumbers
    ) {
        self.contentLimit = contentLimit
        self.recorder = recorder
        self.random = random
        // Source: OpenTelemetry, TraceState: probability sampling: by the randomness of the id, so that others who go by
        // it decide alike.
        let rejected = (1 - min(1, max(0, sampleRatio))) * Double(Self.randomness)
        self.threshold = UInt64(rejected)
    }

    private static let randomness: UInt64 = 1 << 56

    /// Begins the trace of a request, or goes on with its caller's.
    func begin(_ origin: TraceOrigin, at arrival: MonotonicInstant) -> RequestTrace {
        let own = self.spanID()
        if let caller = origin.context {
            return RequestTrace(
                caller.with(own),
                parent: caller.spanID,
                origin: origin,
                arrival: arrival,
                contentLimit: self.contentLimit
            )
        }
        let id = self.traceID()
        let context = TraceContext(
            traceID: id,
            spanID: own,
            isSampled: id.low & (Self.randomness - 1) >= self.threshold,
            isRandom: true
        )
        return RequestTrace(
            context,
            parent: nil,
            origin: origin,
            arrival: arrival,
            contentLimit: self.contentLimit
        )
    }

    /// Makes the spans of a request that has ended.
    func ended(_ record: RequestRecord, _ trace: RequestTrace) {
        guard trace.isRecorded else { return }
        self.recorder.record(RequestSpans(record, trace).all)
    }

    private func traceID() -> TraceID {
        while true {
            if let id = TraceID(high: self.random.next(), low: self.random.next()) { return id }
        }
    }

    private func spanID() -> SpanID {
        while true {
            if let id = SpanID(self.random.next()) { return id }
        }
    }
}
