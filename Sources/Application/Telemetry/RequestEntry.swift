public import Domain
import Synchronization

/// The open record of one request.
///
/// It is filled on the way and handed to the recorder exactly once.
public final class RequestEntry: Sendable {
    private struct State {
        let record: RequestRecord
        var phase = RequestRecord.Phase.reading
        var headSent = false
        var finished = false
        var ready: MonotonicInstant
        var engineWait = Duration.zero
        var queuedAt: MonotonicInstant?
        var callerWait = Duration.zero
        var reservation: Reservation?
        var images: ImageReport?
        var trace: RequestTrace?
    }

    /// What is handed on at the end.
    private struct Ended {
        let record: RequestRecord
        let reservation: Reservation?
        let trace: RequestTrace?
    }

    /// When the request arrived.
    public let arrival: MonotonicInstant
    /// The request's id.
    public let requestID: RequestID
    /// Who called.
    public let project: ProjectName
    private let state: Mutex<State>
    private let telemetry: Telemetry
    private let statusOf: @Sendable (ServiceError) -> Int

    /// Opens a record.
    ///
    /// `origin`: where the request comes from, for its trace. `statusOf`: the status by which the caller's dialect answers
    /// an error.
    public init(
        requestID: RequestID,
        project: ProjectName,
        dialect: Dialect,
        operation: Operation,
        origin: TraceOrigin = TraceOrigin(),
        telemetry: Telemetry,
        statusOf: @escaping @Sendable (ServiceError) -> Int
    ) {
        let now = telemetry.clock.now
        self.arrival = now
        self.requestID = requestID
        self.project = project
        self.telemetry = telemetry
        self.statusOf = statusOf
        let trace = telemetry.trace(origin, at: now)
        let record = RequestRecord(
            requestID: requestID,
            project: project,
            dialect: dialect,
            operation: operation,
            arrivedAt: telemetry.clock.wallTime,
            traceID: trace?.context.traceID
        )
        self.state = Mutex(State(record: record, ready: now, trace: trace))
    }

    /// A record of the same request that nobody keeps: for work that several requests share.
    func shadow() -> RequestEntry {
        let (record, images, trace) = self.state.withLock { ($0.record, $0.images, $0.trace?.shadow) }
        let shadow = RequestEntry(
            requestID: self.requestID,
            project: self.project,
            dialect: record.dialect,
            operation: record.operation,
            telemetry: Telemetry(clock: self.telemetry.clock, recorder: Nobody(), metrics: Nobody()),
            statusOf: self.statusOf
        )
        if let images { shadow.prepared(images) }
        shadow.state.withLock { $0.trace = trace }
        return shadow
    }

    deinit {
        self.finish(.cancelled(self.phase))
    }

    // MARK: On the way

    /// Notes something in the record, unless that has been handed out: it is nobody's to change then.
    private func note(_ body: (inout State) -> Void) {
        self.state.withLock { if !$0.finished { body(&$0) } }
    }

    /// The body has been read: from here on the time is ours.
    public func bodyRead() {
        let now = self.telemetry.clock.now
        self.state.withLock { state in
            state.ready = now
            state.trace?.mark(.read, at: now)
        }
    }

    /// The head of the answer has been decided: a later failure does not change the status any more.
    public func headSent() {
        self.note {
            $0.headSent = true
            $0.record.status = 200
        }
    }

    /// Notes how long the caller took to take what was written; that time is not ours.
    public func callerWaited(_ duration: Duration) {
        self.state.withLock { $0.callerWait += duration }
    }

    /// The present, by the clock of this record.
    public var now: MonotonicInstant { self.telemetry.clock.now }

    /// The time that the service itself has taken so far.
    public var overhead: Duration {
        let now = self.telemetry.clock.now
        return self.state.withLock { self.overhead(of: $0, at: now) }
    }

    /// How long the request waited for its slot.
    public var queueWait: Duration? { self.state.withLock { $0.record.queueWait } }

    /// How long the model was loaded while the request waited for its slot; nil if it was there before.
    public var loadTime: Duration? { self.state.withLock { $0.record.loadTime } }

    /// Whether the model was in memory before the request.
    public var isWarm: Bool? { self.state.withLock { $0.record.warm } }

    /// The true tokens, once the engine has come to its end and the request is settled.
    public var usage: TokenUsage? { self.state.withLock { $0.record.usage } }

    /// From the arrival until now.
    public var elapsed: Duration { self.telemetry.clock.now - self.arrival }

    /// What was done to the request's images; nil if it has none.
    public var images: ImageReport? { self.state.withLock { $0.images } }

    /// The request's images are about to be prepared.
    func preparesImages() {
        self.state.withLock { $0.trace?.mark(.preparesImages, at: self.now) }
    }

    /// Notes what was done to the request's images.
    func prepared(_ images: ImageReport) {
        self.state.withLock { state in
            state.images = images
            state.trace?.mark(.preparedImages(images), at: self.now)
        }
    }

    var phase: RequestRecord.Phase { self.state.withLock { $0.phase } }

    /// The request is put in line, or back in line after an engine has failed.
    func queued(
        for model: ModelName,
        in queue: RequestQueue,
        as requestClass: RequestClass,
        after failure: ServiceError? = nil
    ) {
        let now = self.telemetry.clock.now
        self.note {
            $0.phase = .queued
            $0.queuedAt = $0.queuedAt ?? now
            $0.record.model = model
            $0.record.queue = queue
            $0.record.requestClass = requestClass
            $0.trace?.mark(.queued(after: failure?.code), at: now)
        }
    }

    /// Notes how long the prompt is, in bytes.
    func asks(promptBytes: Int) {
        self.note { $0.record.promptBytes = promptBytes }
    }

    /// Takes what the request has reserved of its project's limits, to settle it by the record.
    func hold(_ reservation: Reservation) {
        self.state.withLock { $0.reservation = reservation }
    }

    /// The generation is this request's only in part: others get the same answer.
    ///
    /// - Parameter share: above 0 and up to 1; the shares of all of them make 1.
    func shared(_ share: Double) {
        precondition(share > 0 && share <= 1, "a share is a part of one")
        self.note { $0.record.share = share }
    }

    func admitted(to engine: EngineName, after wait: Duration, loadTime: Duration?, warm: Bool) {
        self.note {
            $0.phase = warm || loadTime != nil ? .prefill : .loading
            $0.record.engine = engine
            $0.record.firstEvent = nil
            $0.record.warm = warm
            $0.record.queueWait = wait
            $0.record.loadTime = loadTime
            $0.trace?.mark(.admitted(loadTime: loadTime), at: self.now)
        }
    }

    /// An engine is asked.
    ///
    /// - Returns: what goes with the question; nil if there is no trace.
    func calls(_ note: @autoclosure () -> EngineCallNote) -> CallTrace? {
        self.state.withLock { $0.trace?.calls(note(), at: self.now) }
    }

    /// The model that the request waits for is being loaded.
    func loads() {
        self.state.withLock { state in
            if state.phase == .queued { state.phase = .loading }
        }
    }

    /// Whether spans are made of the request.
    var isTraced: Bool { self.state.withLock { $0.trace?.isRecorded ?? false } }

    /// An engine has said its first word, whether the caller sees it already or not.
    func engineSpoke() {
        self.state.withLock { $0.trace?.mark(.began, at: self.now) }
    }

    func firstEvent(after wait: Duration) {
        self.note {
            $0.phase = .decoding
            // Of an answer that is held back the caller sees something only later.
            $0.record.firstEvent = $0.record.firstEvent ?? wait
            $0.trace?.mark(.began, at: self.now)
        }
    }

    func engineWaited(_ duration: Duration) {
        self.state.withLock { $0.engineWait += duration }
    }

    func produced(_ progress: GenerationProgress) {
        self.note {
            $0.record.pieces = progress.pieces
            $0.record.usage = progress.summary?.usage
            $0.record.timings = progress.summary?.timings
            $0.record.reason = progress.summary?.reason
        }
    }

    // MARK: The end

    /// Closes the record with an error.
    ///
    /// A `cancelled` one counts by the phase in which it came.
    public func fail(_ error: any Error) {
        guard let error = error as? ServiceError else {
            self.finish(error is CancellationError ? .cancelled(self.phase) : .failed(.unexpected))
            return
        }
        self.finish(.failed(error))
    }

    /// Closes the record, hands it to the recorder and counts it.
    ///
    /// Only the first call does anything.
    public func finish(_ ending: RequestRecord.Ending) {
        let now = self.telemetry.clock.now
        let ended: Ended? = self.state.withLock { state in
            guard !state.finished else { return nil }
            state.finished = true
            state.record.ending = ending
            state.record.phase = state.phase
            state.record.total = now - self.arrival
            // Who never got a slot has waited until now.
            if state.record.queueWait == nil { state.record.queueWait = state.queuedAt.map { now - $0 } }
            state.record.overhead = self.overhead(of: state, at: now)
            if !state.headSent { state.record.status = self.status(for: ending) }
            return Ended(record: state.record, reservation: state.reservation.take(), trace: state.trace)
        }
        guard let ended else { return }
        ended.reservation?.settle(by: ended.record)
        self.telemetry.settled(ended.record, ended.trace)
    }

    private func status(for ending: RequestRecord.Ending) -> Int {
        switch ending {
        case .completed: 200
        case .failed(let error): self.statusOf(error)
        case .cancelled: 499
        }
    }

    private func overhead(of state: State, at now: MonotonicInstant) -> Duration {
        let waited = (state.record.queueWait ?? .zero) + state.engineWait + state.callerWait
        return max(.zero, (now - state.ready) - waited)
    }
}

extension ServiceError {
    /// What a caller is told of a failure that nobody foresaw.
    public static let unexpected = ServiceError(
        .internal,
        "The service failed. The request id finds the reason in its log."
    )
}

/// Keeps and counts nothing.
private struct Nobody: RequestRecorder, Metrics {
    func record(_ record: RequestRecord) {}
    func counter(_ metric: Metric, _ labels: [MetricLabel]) -> (any CounterSeries)? { nil }
    func histogram(_ metric: Metric, _ labels: [MetricLabel]) -> (any HistogramSeries)? { nil }
    func forget(_ label: MetricLabel) {}
}
