import Application
import Domain
import NIOCore
import Synchronization

/// What a stream does when the engine answers with another status than 200.
enum RefusalAction: Sendable {
    /// Tell the caller.
    case fail(ServiceError)
    /// Send another request instead, and tell the caller about it.
    case resend(ByteBuffer, note: @Sendable (inout GenerationNotices) -> Void)
}

/// An engine's answer as a pull sequence of events.
///
/// Not generic over its decoder: whatever depends on one is looked up with every event.
final class EngineEventStream: EngineStream {
    typealias Frame = GenerationEvent

    /// What to ask, and how to read the answer.
    struct Plan: Sendable {
        /// The bytes of the request.
        var request: ByteBuffer
        /// Whether the model was loaded before: decides which deadline the first event has.
        var isLoaded: Bool
        /// How long the caller still wants the answer; nil if it did not say.
        var timeLeft: Duration?
        /// Reads the lines of the answer.
        var decoder: any EventDecoder
        /// The longest line, in bytes; nil is the transport's own limit.
        var lineLimit: Int?
        /// Where the answer is noted for its trace; nil where it is not to be told.
        var answer: AnswerExcerpt?
        /// What to tell the caller about how the request was met.
        var notices: GenerationNotices
        /// Reads the body of an answer with another status than 200.
        var onRefusal: @Sendable (ResponseHead, [UInt8]) -> RefusalAction
    }

    private struct State {
        var hasStarted = false
        var hasEnded = false
        var splitter: LineSplitter
        var decoder: any EventDecoder
        var events = CircularBuffer<GenerationEvent>(initialCapacity: 2)
        var progress = GenerationProgress()
        var notices: GenerationNotices
        var hasBegun = false
        /// What went wrong behind the events that are still to be handed out.
        var failure: (any Error)?
    }

    /// What may still come behind the last event: the end of a chunked body.
    private static let tail = Duration.seconds(1)

    private let transport: EngineTransport
    private let call: EngineCall
    private let plan: Plan
    // One consumer at a time; the lock is for `progress` and `notices`, which others read.
    private let state: Mutex<State>
    /// Asked for with every event.
    private let hasSummary = Atomic<Bool>(false)

    init(transport: EngineTransport, plan: Plan) {
        self.transport = transport
        self.call = transport.makeCall()
        self.plan = plan
        self.state = Mutex(
            State(
                splitter: LineSplitter(limit: plan.lineLimit ?? transport.configuration.maxLineBytes),
                decoder: plan.decoder,
                notices: plan.notices
            )
        )
    }

    var progress: GenerationProgress { self.state.withLock { $0.progress } }

    var isComplete: Bool { self.hasSummary.load(ordering: .relaxed) }

    var notices: GenerationNotices { self.state.withLock { $0.notices } }

    func cancel(_ error: ServiceError) {
        self.call.cancel(error)
    }

    func next() async throws -> GenerationEvent? {
        do {
            if let event = try self.buffered() { return event }
            let (hasStarted, hasEnded) = self.state.withLock { ($0.hasStarted, $0.hasEnded) }
            if hasEnded { return nil }
            if !hasStarted { try await self.start() }
            while true {
                guard let piece = try await self.call.next() else { return try self.end() }
                if let event = try self.feed(piece) { return event }
            }
        } catch {
            return try self.settled(error)
        }
    }

    func buffered() throws -> GenerationEvent? {
        do {
            if let event = try self.state.withLock({ try self.pop(&$0) }) { return event }
            guard self.state.withLock({ $0.hasStarted && !$0.hasEnded }), let piece = self.call.buffered() else {
                return nil
            }
            return try self.feed(piece)
        } catch {
            return try self.settled(error)
        }
    }

    // MARK: Parts

    private func start() async throws {
        self.state.withLock { $0.hasStarted = true }
        var request = self.plan.request
        // At most twice: the second request asks for what the first was refused.
        for _ in 0..<2 {
            let settings = self.transport.configuration
            let deadlines = settings.deadlines
            let head = try await self.call.start(
                request,
                first: self.plan.isLoaded ? (.firstToken, deadlines.firstToken) : (.load, deadlines.load),
                idle: deadlines.idle,
                total: min(deadlines.total, self.plan.timeLeft ?? deadlines.total)
            )
            if head.status == 200 { return }
            let body = try await self.transport.readAll(of: self.call, limit: settings.maxErrorBytes)
            switch self.plan.onRefusal(head, body) {
            case .fail(let error): throw error
            case .resend(let other, let note):
                request = other
                self.state.withLock { note(&$0.notices) }
            }
        }
        throw ServiceError(.engineError, "The engine refused the request twice.")
    }

    /// Reads a piece of the answer and returns the first event of it, if it holds one.
    private func feed(_ piece: ByteBuffer) throws -> GenerationEvent? {
        let bytes = Array(piece.readableBytesView)
        let (event, isFirst) = try self.state.withLock { state in
            var events: [GenerationEvent] = []
            do {
                try state.splitter.feed(bytes) { bytes, line in
                    try state.decoder.decode(bytes, in: line, into: &events)
                }
            } catch {
                // What came before the failure is handed out first.
                state.failure = error
            }
            self.note(events, in: &state)
            let isFirst = !state.hasBegun && !state.events.isEmpty
            state.hasBegun = state.hasBegun || isFirst
            return (try self.pop(&state), isFirst)
        }
        if isFirst { self.call.begun() }
        return event
    }

    /// The answer has ended: nil, or what the decoder still owes.
    private func end() throws -> GenerationEvent? {
        try self.state.withLock { state in
            state.hasEnded = true
            var events: [GenerationEvent] = []
            try state.splitter.finish { bytes, line in try state.decoder.decode(bytes, in: line, into: &events) }
            try state.decoder.finish(into: &events)
            self.note(events, in: &state)
            if let event = try self.pop(&state) { return event }
            guard state.progress.summary != nil else { throw EngineErrors.unfinished }
            return nil
        }
    }

    private func note(_ events: [GenerationEvent], in state: inout State) {
        // Nothing follows the end, whatever the engine sends.
        for event in events where !self.isComplete {
            self.plan.answer?.add(event)
            switch event {
            case .text, .thinking: state.progress.pieces += 1
            case .finished(let summary):
                state.progress.summary = summary
                self.hasSummary.store(true, ordering: .relaxed)
                self.call.ending(within: Self.tail)
            case .toolCalls, .logprobs, .embedding: break
            }
            state.events.append(event)
        }
    }

    private func pop(_ state: inout State) throws -> GenerationEvent? {
        if let event = state.events.popFirst() { return event }
        if let failure = state.failure { throw failure }
        return nil
    }

    /// What a failure means: nothing once the last event has been seen, for the answer is complete whatever the engine
    /// does with the rest of its body.
    ///
    /// The connection is not used again.
    private func settled(_ error: any Error) throws -> GenerationEvent? {
        let told = self.told(error)
        let isComplete = self.state.withLock { state in
            guard state.progress.summary != nil else { return false }
            state.hasEnded = true
            state.failure = nil
            return true
        }
        guard isComplete else { throw told }
        self.call.cancel(told)
        return nil
    }

    /// Whether the caller wants the whole answer sooner than the service does.
    private var isCallersDeadline: Bool {
        self.plan.timeLeft.map { $0 < self.transport.configuration.deadlines.total } ?? false
    }

    /// What the caller is told; the connection is not used again.
    private func told(_ error: any Error) -> any Error {
        let told: any Error =
            switch error {
            case let error as ServiceError: error
            case TransportFailure.timedOut(.total) where self.isCallersDeadline: ServiceError.deadlinePassed
            case let failure as TransportFailure:
                EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
            case is JSONError, is LineSplitter.LineTooLong:
                ServiceError(.engineError, "The engine answered with something that is not its protocol.")
            default: error
            }
        if let told = told as? ServiceError { self.call.cancel(told) }
        return told
    }
}
