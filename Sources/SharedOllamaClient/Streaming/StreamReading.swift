import AsyncHTTPClient
import NIOCore

/// One answer as it is read.
///
/// Whoever lets go of it closes the connection and gives the place back.
final class StreamReading {
    private enum State {
        case idle
        case reading(HTTPClientResponse.Body.AsyncIterator, CallDeadline, RequestLimit.Permit?)
        /// The answer is complete; what is left of the body is its end.
        case complete(HTTPClientResponse.Body.AsyncIterator, RequestLimit.Permit?)
        /// What came before the error has been told.
        case failed(SharedOllamaError)
        case ended
    }

    private let stream: AnswerStream
    private var state = State.idle
    private var frames: FrameReader
    private var assembler = AnswerAssembler()
    /// The pieces of what has arrived together, in reverse.
    private var pending: [AnswerEvent] = []
    private var taken = 0

    init(_ stream: AnswerStream) {
        self.stream = stream
        let limit = stream.caller.configuration.maximumAnswerBytes
        self.frames = FrameReader(stream.caller.wire.framing, limit: limit)
    }

    /// The next piece; nil after the last.
    ///
    /// - Throws: ``SharedOllamaError``, `CancellationError`.
    func next(isolation: isolated (any Actor)?) async throws -> AnswerEvent? {
        do {
            while true {
                if let event = self.pending.popLast() { return event }
                switch self.state {
                case .idle: try await self.open(isolation: isolation)
                case .reading(let body, let deadline, let permit):
                    try await self.read(body, deadline, permit, isolation: isolation)
                case .complete(var body, let permit):
                    // The connection is of use to the next call only when the body has been read to its end. The answer is
                    // complete, whatever comes now.
                    while let piece = try? await body.next(isolation: isolation), piece.readableBytes > 0 {}
                    withExtendedLifetime(permit) { self.state = .ended }
                case .failed(let error): throw error
                case .ended: return nil
                }
            }
        } catch {
            self.state = .ended
            throw error
        }
    }

    private func open(isolation: isolated (any Actor)?) async throws {
        if let refusal = self.stream.refusal { throw refusal }
        let (caller, stream) = (self.stream.caller, self.stream)
        let opened = try await caller.open(stream.call, stream.settings, requestID: stream.requestID)
        self.state = .reading(opened.response.body.makeAsyncIterator(), opened.deadline, opened.permit)
    }

    /// Reads what arrives next.
    private func read(
        _ body: HTTPClientResponse.Body.AsyncIterator,
        _ deadline: CallDeadline,
        _ permit: RequestLimit.Permit?,
        isolation: isolated (any Actor)?
    ) async throws {
        var body = body
        let id = self.stream.requestID
        let piece: ByteBuffer? = try await self.stream.caller.naming(id, .stream, deadline, isolation: isolation) {
            try await body.next(isolation: isolation)
        }
        let (figures, fault) = self.take(piece)
        if let fault {
            self.state = .failed(fault.of(id))
        } else if let figures {
            self.pending.insert(.done(self.assembler.answer(figures, requestID: id)), at: 0)
            self.state = piece == nil ? .ended : .complete(body, permit)
        } else if piece == nil {
            try Task.checkCancellation()
            self.state = .failed(
                SharedOllamaError(.streamCut, "the stream ended before the answer was complete", requestID: id)
            )
        } else {
            self.state = .reading(body, deadline, permit)
            do { _ = try deadline.left() } catch { self.state = .failed(error.of(id)) }
        }
    }

    /// Takes what has arrived together, or the end.
    ///
    /// - Returns: the figures if the answer is complete, and what is wrong with what came; what came before that is told.
    private func take(_ piece: ByteBuffer?) -> (AnswerFigures?, SharedOllamaError?) {
        var (frames, events): ([FrameReader.Frame], [AnswerEvent]) = ([], [])
        var fault: SharedOllamaError?
        do throws(SharedOllamaError) {
            if let piece {
                try self.frames.take(piece.readableBytesView, to: &frames)
            } else {
                try self.frames.finish(to: &frames)
            }
        } catch {
            fault = error
        }
        defer { self.pending = events.reversed() }
        do throws(SharedOllamaError) {
            for frame in frames {
                if let figures = try self.take(frame, to: &events) { return (figures, nil) }
            }
        } catch {
            fault = error
        }
        return (nil, fault)
    }

    private func take(
        _ frame: FrameReader.Frame,
        to events: inout [AnswerEvent]
    ) throws(SharedOllamaError)
        -> AnswerFigures?
    {
        switch frame {
        case .queued(let place):
            events.append(.queued(place))
            return nil
        case .value(let value):
            let read = try self.stream.caller.wire.frame(value)
            for event in read.events {
                self.assembler.take(event)
                self.taken += event.size
                events.append(event)
            }
            guard self.taken <= self.stream.caller.configuration.maximumAnswerBytes else {
                throw SharedOllamaError(.answerTooLarge, "the answer is longer than the client takes")
            }
            return read.end
        }
    }
}

extension AnswerEvent {
    /// How much of an answer it is, in bytes.
    fileprivate var size: Int {
        switch self {
        case .text(let text), .thinking(let text): text.utf8.count
        case .toolCalls(let calls): calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.bytes.count }
        case .queued, .done: 0
        }
    }
}
