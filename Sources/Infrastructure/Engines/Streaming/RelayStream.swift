import Application
import Domain
import NIOCore
import Synchronization

/// An engine's answer that passes through byte for byte; only what accounting needs is read from it.
final class RelayStream: EngineStream {
    typealias Frame = ByteBuffer

    private struct State {
        var hasStarted = false
        var hasEnded = false
        var hasBegun = false
        var meter: RelayMeter
        var notices = GenerationNotices()
    }

    private let transport: EngineTransport
    private let call: EngineCall
    private let request: ByteBuffer
    private let job: EngineJob<RelayedRequest>
    private let state: Mutex<State>
    /// Asked for with every piece.
    private let hasFigures = Atomic<Bool>(false)

    init(transport: EngineTransport, request: ByteBuffer, job: EngineJob<RelayedRequest>) {
        self.transport = transport
        self.call = transport.makeCall()
        self.request = request
        self.job = job
        var state = State(meter: RelayMeter(job.work.operation, answer: job.trace?.answer))
        state.notices.ignoredFields = job.work.barred.map { "options.\($0)" }
        self.state = Mutex(state)
    }

    var progress: GenerationProgress { self.state.withLock { $0.meter.progress } }

    var isComplete: Bool { self.hasFigures.load(ordering: .relaxed) }

    var notices: GenerationNotices { self.state.withLock(\.notices) }

    func cancel(_ error: ServiceError) {
        self.call.cancel(error)
    }

    func next() async throws -> ByteBuffer? {
        do {
            let (hasStarted, hasEnded) = self.state.withLock { ($0.hasStarted, $0.hasEnded) }
            if hasEnded { return nil }
            if !hasStarted { try await self.start() }
            guard let piece = try await self.call.next() else { return try self.end() }
            return self.noted(piece)
        } catch {
            throw self.told(error)
        }
    }

    func buffered() throws -> ByteBuffer? {
        guard self.state.withLock({ $0.hasStarted && !$0.hasEnded }), let piece = self.call.buffered() else {
            return nil
        }
        return self.noted(piece)
    }

    // MARK: Parts

    private func start() async throws {
        self.state.withLock { $0.hasStarted = true }
        let deadlines = self.transport.configuration.deadlines
        let head = try await self.call.start(
            self.request,
            first: self.first(deadlines),
            idle: deadlines.idle,
            total: min(deadlines.total, self.job.timeLeft ?? deadlines.total)
        )
        guard head.status != 200 else {
            return self.state.withLock { $0.notices.contentType = head.contentType }
        }
        let body = try await self.transport.readAll(of: self.call, limit: self.transport.configuration.maxErrorBytes)
        let error = EngineErrors.error(for: self.refusal(status: head.status, body: body), model: self.job.model)
        throw error.with(EngineAnswer(status: head.status, contentType: head.contentType, body: body))
    }

    /// An engine without the route says so in words about anything but a model, or in none.
    private func refusal(status: Int, body: [UInt8]) -> EngineRefusal {
        var refusal = EngineRefusal(status: status, body: body)
        guard self.job.work.operation == .transcribe, [404, 405].contains(status) else { return refusal }
        guard !refusal.message.lowercased().contains("model") else { return refusal }
        refusal.status = 501
        refusal.message = "it has no \(self.job.work.path)"
        return refusal
    }

    /// What is not streamed says nothing before all of it is there.
    private func first(_ deadlines: EngineDeadlines) -> (TransportFailure.Deadline, Duration) {
        guard self.job.work.isStreamed else { return (.total, deadlines.load + deadlines.total) }
        return self.job.isLoaded ? (.firstToken, deadlines.firstToken) : (.load, deadlines.load)
    }

    private func noted(_ piece: ByteBuffer) -> ByteBuffer {
        let (isFirst, isComplete) = self.state.withLock { state in
            state.meter.read(piece)
            defer { state.hasBegun = true }
            return (!state.hasBegun, state.meter.isComplete)
        }
        if isComplete { self.hasFigures.store(true, ordering: .relaxed) }
        if isFirst { self.call.begun() }
        return piece
    }

    /// The answer has ended; one that did not come to its end has been broken off, whatever the connection says.
    private func end() throws -> ByteBuffer? {
        let (meter, isStream) = self.state.withLock { state in
            state.hasEnded = true
            state.meter.finish()
            if state.meter.isComplete { self.hasFigures.store(true, ordering: .relaxed) }
            return (state.meter, state.notices.contentType == "application/x-ndjson")
        }
        if let words = meter.failure {
            // The caller has read it already.
            throw EngineErrors.brokenOff(words).with(EngineAnswer(status: 200, contentType: nil, body: []))
        }
        // A stream has a last line; an answer that is none may be anything, such as a prompt that was only rendered.
        guard meter.progress.summary != nil || !isStream else { throw EngineErrors.unfinished }
        return nil
    }

    private func told(_ error: any Error) -> any Error {
        let deadlines = self.transport.configuration.deadlines
        let told: any Error =
            switch error {
            case let error as ServiceError: error
            case TransportFailure.timedOut(.total) where self.job.timeLeft.map({ $0 < deadlines.total }) ?? false:
                ServiceError.deadlinePassed
            case let failure as TransportFailure: EngineErrors.error(for: failure, deadlines: deadlines)
            default: error
            }
        if let told = told as? ServiceError { self.call.cancel(told) }
        return told
    }
}

extension ServiceError {
    /// The same error with what the engine itself answered.
    func with(_ answer: EngineAnswer) -> ServiceError {
        ServiceError(
            self.code,
            self.message,
            faults: self.faults,
            retryAfter: self.retryAfter,
            isRetryable: self.isRetryable,
            blame: self.blame,
            answer: answer
        )
    }
}
