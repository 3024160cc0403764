import Application
import Domain
import NIOCore

/// How one of OpenAI's generating routes names its parts.
protocol OpenAIShape: Sendable {
    /// What all frames have in common.
    var identity: OpenAIIdentity { get }
    /// The word for a whole answer and for a piece of one.
    var objects: (whole: String, piece: String) { get }

    /// Writes the fields of a whole choice, but for its index, its probabilities and the reason why it ended.
    func write(_ result: GenerationResult, to writer: inout JSONWriter)
    /// Writes the field `logprobs` of a whole choice; null where nobody asked for them.
    func write(logprobs: [UInt8]?, to writer: inout JSONWriter)
    /// The pieces of a stream.
    func pieces(model: String) -> OpenAIPieces
}

extension OpenAIShape {
    func write(logprobs: [UInt8]?, to writer: inout JSONWriter) {
        OpenAIAnswers.write(logprobs: logprobs, to: &writer)
    }
}

/// The form of an answer of one choice.
struct OpenAIForm<Shape: OpenAIShape>: EventForm {
    let shape: Shape
    /// Whether a stream ends with the tokens used.
    let tellsUsage: Bool

    var streamType: String { "text/event-stream" }
    var takesComments: Bool { true }

    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        self.body([result], usage: result.summary.usage, model: exchange.model.spelling)
    }

    func frames(of exchange: Exchange<GenerationEvent>) -> OpenAIFrames {
        OpenAIFrames(writer: OpenAIFrameWriter(self, model: exchange.model.spelling))
    }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        OpenAIFrameWriter.append(ErrorShape.openAI.body(of: error, requestID: requestID), to: &buffer)
    }

    /// The body of a whole answer of some choices.
    func body(_ results: [GenerationResult], usage: TokenUsage, model: String) -> [UInt8] {
        var writer = JSONWriter(capacity: results.reduce(512) { $0 + $1.text.escaped.count + 256 })
        writer.object { writer in
            self.shape.identity.write(object: self.shape.objects.whole, model: model, to: &writer)
            writer.key("choices")
            writer.array(results.enumerated()) { writer, choice in
                writer.object { writer in
                    writer.field("index", choice.offset)
                    self.shape.write(choice.element, to: &writer)
                    self.shape.write(logprobs: choice.element.logprobs, to: &writer)
                    writer.field("finish_reason", OpenAIAnswers.finishReason(choice.element.summary.reason))
                }
            }
            writer.key("usage")
            OpenAIAnswers.write(usage, to: &writer)
        }
        return writer.bytes
    }
}

/// The form of an answer of several choices.
struct OpenAIChoicesForm<Shape: OpenAIShape>: AnswerForm {
    let form: OpenAIForm<Shape>
    /// How many choices.
    let count: Int

    var streamType: String { self.form.streamType }
    var takesComments: Bool { true }

    func frames(of exchange: Exchange<ChoiceEvent>) -> OpenAIChoiceFrames {
        OpenAIChoiceFrames(writer: OpenAIFrameWriter(self.form, model: exchange.model.spelling), count: self.count)
    }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        self.form.appendFailure(error, requestID: requestID, to: &buffer)
    }

    func keeper(_ claim: IdempotencyClaim, limit: Int) -> any AnswerKeeper<ChoiceEvent> {
        ChoiceKeeper(claim)
    }

    func whole(_ exchange: Exchange<ChoiceEvent>) async throws -> StoredAnswer {
        let results = try await exchange.collectChoices()
        let usage = GenerationSummary.sum(of: results.map(\.summary)).usage
        let body = self.form.body(results, usage: usage, model: exchange.model.spelling)
        return StoredAnswer(status: 200, contentType: self.form.wholeType, body: body)
    }
}

/// Keeps nothing: a stream of several choices is not stored, and its key is given back.
private struct ChoiceKeeper: AnswerKeeper {
    let claim: IdempotencyClaim

    init(_ claim: IdempotencyClaim) { self.claim = claim }

    func add(_ frame: ChoiceEvent) {}
    func keep(of exchange: Exchange<ChoiceEvent>) async {}
    func free() { self.claim.free() }
}
