import Application
import Domain
import NIOCore

/// How a route tells an answer: its dialect, as far as inference is concerned.
protocol AnswerForm: Sendable {
    /// The frames of a streamed answer.
    associatedtype Frames: AnswerFrames

    /// The `Content-Type` of a streamed answer.
    var streamType: String { get }
    /// Whether a stream may hold comments, and so begin before the engine has said anything: true of server-sent events.
    var takesComments: Bool { get }

    /// The frames of a streamed answer, from its beginning.
    func frames(of exchange: Exchange<Frames.Frame>) -> Frames
    /// Appends what ends a stream that failed before its first frame.
    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer)
    /// Appends what ends a stream that failed after some frames; the same, unless those are to be brought to an end.
    func appendFailure(
        _ error: ServiceError,
        after frames: Frames,
        requestID: RequestID,
        to buffer: inout ByteBuffer
    )
    /// What keeps a streamed answer for those who come with the same key.
    func keeper(_ claim: IdempotencyClaim, limit: Int) -> any AnswerKeeper<Frames.Frame>
    /// Waits for the whole answer, to give it as one body.
    ///
    /// - Throws: ``ServiceError`` if the engine failed or stopped before its end.
    func whole(_ exchange: Exchange<Frames.Frame>) async throws -> StoredAnswer
}

extension AnswerForm {
    func appendFailure(
        _ error: ServiceError,
        after frames: Frames,
        requestID: RequestID,
        to buffer: inout ByteBuffer
    ) {
        self.appendFailure(error, requestID: requestID, to: &buffer)
    }
}

/// Writes the frames of one streamed answer.
protocol AnswerFrames<Frame>: Sendable {
    /// What the engine's answer consists of.
    associatedtype Frame: Sendable

    /// Appends what a piece of the engine's answer becomes, and returns whether it was the last.
    mutating func append(_ frame: Frame, of exchange: Exchange<Frame>, to buffer: inout ByteBuffer) -> Bool
}

/// A form of answers that are understood, event by event.
protocol EventForm: AnswerForm where Frames.Frame == GenerationEvent {
    /// The `Content-Type` of an answer that is not streamed.
    var wholeType: String { get }

    /// The body of an answer that is not streamed.
    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8]
    /// A whole answer as a stream, for one who has its key.
    func stream(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8]
}

extension EventForm {
    var wholeType: String { "application/json; charset=utf-8" }

    func whole(_ exchange: Exchange<GenerationEvent>) async throws -> StoredAnswer {
        let result = try await exchange.collect()
        return StoredAnswer(status: 200, contentType: self.wholeType, body: self.body(result, of: exchange))
    }

    func keeper(_ claim: IdempotencyClaim, limit: Int) -> any AnswerKeeper<GenerationEvent> {
        EventKeeper(claim, form: self, limit: limit)
    }

    /// The frames that the events would have become, had each kind come as one.
    func stream(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        var (frames, buffer) = (self.frames(of: exchange), ByteBuffer())
        for event in result.events { _ = frames.append(event, of: exchange, to: &buffer) }
        return Array(buffer.readableBytesView)
    }
}
