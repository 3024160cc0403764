public import Domain
import Synchronization

/// One request on its way through the service: slot, upstream connection, remaining frames and open record as one object.
///
/// It is settled exactly once, by whatever comes first: the last frame, an error, a cancellation, or its `deinit` if
/// nobody ever pulls. Settling closes the connection unless the answer is complete, gives the slot back and closes the
/// record, in this order.
public final class Exchange<Frame: Sendable>: Sendable {
    /// The open record.
    public let entry: RequestEntry
    /// The engine that answers.
    public let engine: EngineIdentity
    /// The model that answers, as the caller spelt it.
    public let model: ModelName
    /// How urgent the request is.
    public var requestClass: RequestClass { self.request.ticket.requestClass }
    private let stream: any EngineStream<Frame>
    private let slot: Slot
    private let clock: any ServiceClock
    private let request: OpenRequest
    private let state = Mutex(ExchangeState())
    /// The first frame, until it is pulled.
    private let first = Mutex<Frame?>(nil)

    init(
        stream: any EngineStream<Frame>,
        slot: Slot,
        engine: EngineIdentity,
        model: ModelName,
        request: OpenRequest,
        clock: any ServiceClock
    ) throws(ServiceError) {
        self.stream = stream
        self.slot = slot
        self.engine = engine
        self.model = model
        self.entry = request.entry
        self.clock = clock
        self.request = request
        try request.runs(on: slot.engine) { error in stream.cancel(error) }
    }

    deinit {
        self.settle(.cancelled(self.entry.phase))
    }

    /// Waits for the engine's first frame.
    ///
    /// Until then nothing has been promised to the caller. So where the engine is to blame, the record stays open: the
    /// request may still be answered by another.
    ///
    /// - Throws: ``ServiceError``; the record is closed with it unless it has blame.
    func begin() async throws {
        let start = self.clock.now
        let first = try await withTaskCancellationHandler {
            do {
                return try await self.stream.next()
            } catch {
                self.entry.engineWaited(self.clock.now - start)
                if self.request.ending == nil, let error = error as? ServiceError, error.blame != nil {
                    self.withdraw(error)
                    throw error
                }
                throw self.fail(error)
            }
        } onCancel: {
            self.cancel(.callerLeft)
        }
        self.entry.engineWaited(self.clock.now - start)
        self.entry.firstEvent(after: self.clock.now - start)
        self.first.withLock { $0 = first }
        self.state.withLock { $0.hasFirst = true }
    }

    /// The next frame, or nil after the last one.
    ///
    /// - Throws: ``ServiceError`` if the engine failed or the exchange was cancelled.
    public func next() async throws -> Frame? {
        let hasFirst = self.state.withLock { state in
            defer { state.hasFirst = false }
            return state.hasFirst
        }
        if hasFirst, let first = self.first.withLock({ $0.take() }) { return first }
        return try await self.pull()
    }

    /// The next frame if it is here already.
    public func buffered() throws -> Frame? {
        do {
            return try self.stream.buffered()
        } catch {
            throw self.fail(error)
        }
    }

    /// Gives the exchange up.
    ///
    /// The consumer's next pull throws the error.
    public func cancel(_ error: ServiceError) {
        self.request.cancel(error)
    }

    /// The caller has the last frame of a complete answer.
    ///
    /// Whatever comes now, the request has not failed.
    public func delivered() {
        self.state.withLock { $0.isDelivered = true }
    }

    /// The whole answer has been handed to the caller.
    public func complete() {
        self.settle(.completed)
    }

    /// Whether the engine has come to the end of its answer.
    public var isComplete: Bool { self.stream.isComplete }

    /// How the request was met, where that is not just as it was asked.
    public var notices: GenerationNotices { self.stream.notices }

    /// Ends the exchange with an error and returns what the caller is to be told.
    @discardableResult
    public func fail(_ error: any Error) -> ServiceError {
        let told =
            self.request.ending ?? (error as? ServiceError) ?? (error is CancellationError ? .callerLeft : .unexpected)
        self.settle(told == .callerLeft ? .cancelled(self.entry.phase) : .failed(told))
        return told
    }

    private func pull() async throws -> Frame? {
        let start = self.clock.now
        do {
            let frame = try await self.stream.next()
            self.waited(since: start)
            return frame
        } catch {
            self.waited(since: start)
            throw self.fail(error)
        }
    }

    /// Kept here until all of it is told at the end: with every token, whatever is not touched is gained.
    private func waited(since start: MonotonicInstant) {
        let waited = self.clock.now - start
        self.state.withLock { $0.engineWait += waited }
    }

    /// Gives back all but the record.
    private func withdraw(_ error: ServiceError) {
        let isFirst = self.state.withLock { state in
            defer { state.isSettled = true }
            return !state.isSettled
        }
        guard isFirst else { return }
        self.stream.cancel(error)
        self.slot.release()
    }

    private func settle(_ ending: RequestRecord.Ending) {
        let (isFirst, isDelivered, engineWait) = self.state.withLock { state in
            defer { state.isSettled = true }
            return (!state.isSettled, state.isDelivered, state.engineWait)
        }
        guard isFirst else { return }
        self.entry.engineWaited(engineWait)
        // After a complete answer this does nothing: the connection went back to its pool with the last byte.
        self.stream.cancel(.callerLeft)
        let progress = self.stream.progress
        self.slot.release(progress.summary.flatMap(RunFigures.init))
        self.request.close()
        self.entry.produced(progress)
        self.entry.finish(isDelivered ? .completed : ending)
    }
}

/// How far an exchange is.
///
/// Apart from its frames, and not generic like those: what depends on their type is looked up with every use.
private struct ExchangeState {
    var hasFirst = false
    var isSettled = false
    var isDelivered = false
    /// How long the engine was waited for, behind its first frame.
    var engineWait = Duration.zero
}

extension ServiceError {
    /// The caller closed the connection; nobody reads this.
    public static let callerLeft = ServiceError(.cancelled, "The caller left.", isRetryable: false)
}

extension RunFigures {
    /// What the scheduler learns of an engine's own figures; nil if it gives none.
    fileprivate init?(_ summary: GenerationSummary) {
        guard let generation = summary.timings.generation else { return nil }
        // Of a prompt that the engine still knew, its speed says nothing.
        let isFresh = (summary.usage.cachedTokens ?? 0) == 0
        self.init(
            promptTokens: isFresh ? summary.usage.promptTokens : 0,
            promptTime: summary.timings.promptEvaluation ?? .zero,
            outputTokens: summary.usage.completionTokens,
            outputTime: generation
        )
    }
}
