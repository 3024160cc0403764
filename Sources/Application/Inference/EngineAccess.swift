import Domain

/// An engine as one request meets it: each answer that is asked of it is watched, and has the time that is left.
///
/// A request may ask for several answers, one after the other.
struct EngineAccess<Work: ExchangeWork>: Sendable {
    /// The engine.
    let client: any EngineClient
    /// What it is to do, as the project may ask for it.
    let work: Work
    /// The open record of the request.
    let entry: RequestEntry
    /// Names tool calls.
    let ids: any IDGenerator
    private let job: EngineJob<Work>
    private let deadline: MonotonicInstant?
    private let clock: any ServiceClock
    private let keepAlive: KeepAliveChange?
    private let attempt: @Sendable () throws -> EngineAttempt

    /// Describes an engine; `attempt` lets one answer more be asked of it, unless a breaker says no.
    init(
        client: any EngineClient,
        job: EngineJob<Work>,
        entry: RequestEntry,
        deadline: MonotonicInstant?,
        clock: any ServiceClock,
        ids: any IDGenerator,
        keepAlive: KeepAliveChange?,
        attempt: @escaping @Sendable () throws -> EngineAttempt
    ) {
        self.client = client
        self.work = job.work
        self.job = job
        self.entry = entry
        self.deadline = deadline
        self.clock = clock
        self.ids = ids
        self.keepAlive = keepAlive
        self.attempt = attempt
    }

    /// A job for the engine, with the time that is left now.
    func job<Other: ExchangeWork>(_ work: Other) -> EngineJob<Other> {
        self.job(work, trace: nil)
    }

    /// A job that is put to the engine at once: a call of its own in the trace.
    func call<Other: ExchangeWork>(_ work: Other) -> EngineJob<Other> {
        let trace = self.entry.calls(
            EngineCallNote(engine: self.client.identity, model: self.job.model, work: work)
        )
        return self.job(work, trace: trace)
    }

    private func job<Other: ExchangeWork>(_ work: Other, trace: CallTrace?) -> EngineJob<Other> {
        EngineJob<Other>(
            work: work,
            model: self.job.model,
            isLoaded: self.job.isLoaded,
            loadedContext: self.job.loadedContext,
            requestID: self.job.requestID,
            // One that has none left is told so by its own deadline.
            timeLeft: self.deadline.map { max(.milliseconds(1), $0 - self.clock.now) },
            trace: trace
        )
    }

    /// Asks for an answer, of which breakers and watchdog learn.
    func watched<Frame: Sendable>(
        _ make: () throws -> any EngineStream<Frame>
    ) throws -> any EngineStream<Frame> {
        let attempt = try self.attempt()
        return WatchedStream(
            try make(),
            attempt: attempt,
            keepAlive: self.keepAlive,
            traced: self.entry.isTraced ? self.entry : nil
        )
    }

    /// Asks for an answer that is understood, event by event.
    func events(_ work: EngineWork) throws -> any EngineStream<GenerationEvent> {
        try self.watched { try self.client.stream(self.call(work)) }
    }

    /// A clock that tells how long ago it was begun.
    func stopwatch() -> @Sendable () -> Duration {
        let start = self.clock.now
        return { [clock = self.clock] in clock.now - start }
    }
}
