import Application
import Domain
import NIOCore

/// The form of an answer of `POST /v1/responses`.
///
/// Source: OpenAI's API reference. A stream has no `[DONE]`: its last event says that it is the last.
struct ResponsesForm: EventForm {
    let identity: OpenAIIdentity
    let settings: ResponsesSettings
    /// The present, in seconds since 1970.
    let now: @Sendable () -> Int

    var streamType: String { "text/event-stream" }
    var takesComments: Bool { true }

    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        self.body(result, model: exchange.model.spelling)
    }

    func frames(of exchange: Exchange<GenerationEvent>) -> ResponsesFrames {
        ResponsesFrames(events: self.events(model: exchange.model.spelling))
    }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        // A stream that has told nothing but its place in line has no response yet, and needs no model's name.
        var events = self.events(model: "")
        events.appendFailure(error, to: &buffer)
    }

    func appendFailure(
        _ error: ServiceError,
        after frames: ResponsesFrames,
        requestID: RequestID,
        to buffer: inout ByteBuffer
    ) {
        var events = frames.events
        events.appendFailure(error, to: &buffer)
    }

    /// The events of a stream.
    func events(model: String) -> ResponsesEvents {
        ResponsesEvents(self.answer(model), now: self.now)
    }

    /// The body of a whole answer.
    func body(_ result: GenerationResult, model: String) -> [UInt8] {
        let answer = self.answer(model)
        var writer = JSONWriter(capacity: 2 * result.text.escaped.count + 2048)
        answer.write(
            .finished(result.summary, at: self.now()),
            items: ResponsesForm.items(result, of: answer),
            to: &writer
        )
        return writer.bytes
    }

    private func answer(_ model: String) -> ResponsesAnswer {
        ResponsesAnswer(id: self.identity.id, created: self.identity.created, model: model, settings: self.settings)
    }

    /// What the model thought, said and called, in this order.
    private static func items(_ result: GenerationResult, of answer: ResponsesAnswer) -> [[UInt8]] {
        var items: [[UInt8]] = []
        if let thinking = result.thinking {
            let id = answer.itemID("rs", items.count)
            let isRepeated = answer.settings.tellsReasoning
            items.append(ResponsesItems.reasoning(id: id, text: thinking, isRepeated: isRepeated))
        }
        if !result.text.isEmpty || (items.isEmpty && result.toolCalls.isEmpty) {
            items.append(
                ResponsesItems.message(
                    id: answer.itemID("msg", items.count),
                    status: ResponsesAnswer.status(of: result.summary),
                    text: result.text,
                    logprobs: result.logprobs ?? []
                )
            )
        }
        for call in result.toolCalls {
            items.append(ResponsesItems.call(call, id: answer.itemID("fc", items.count), isOpen: false))
        }
        return items
    }
}

/// The frames of a streamed response.
struct ResponsesFrames: AnswerFrames {
    /// What writes them.
    private(set) var events: ResponsesEvents

    mutating func append(
        _ event: GenerationEvent,
        of exchange: Exchange<GenerationEvent>,
        to buffer: inout ByteBuffer
    ) -> Bool {
        self.events.append(event, to: &buffer)
        guard case .finished = event else { return false }
        return true
    }
}
