import Application
import Domain
import NIOCore

/// The pieces of a stream as one of OpenAI's routes writes them: what is around a choice's text.
struct OpenAIPieces: Sendable {
    /// Opens a choice's first piece; nil where its route has no such piece.
    var opening: String?
    /// What stands before and behind the escaped text of a token.
    var text: (before: String, after: String)
    /// What stands before and behind the escaped text of a thought; nil where the route does not tell them.
    var thinking: (before: String, after: String)?
    /// What stands before and behind the JSON of tool calls; nil where the route has none.
    var toolCalls: (before: String, after: String)?
    /// What stands before and behind the elements of the probabilities.
    var logprobs: (before: String, after: String)?
    /// How a choice's probabilities begin where they are not told as they come; nil elsewhere.
    var legacyLogprobs: LegacyLogprobs?
    /// What a choice's last piece says before the reason.
    var ending: String
}

/// Writes the server-sent events of a stream of choices.
///
/// What is the same in every frame is written once; a token's bytes are copied between as they came.
struct OpenAIFrameWriter: Sendable {
    private let head: [UInt8]
    private let pieces: OpenAIPieces
    private let tellsUsage: Bool
    private var opened: Set<Int> = []
    private var calls: [Int: Int] = [:]
    private var legacyLogprobs: [Int: LegacyLogprobs] = [:]
    private let tail = Array("}]}\n\n".utf8)
    /// What the list of choices and the number of one may take.
    private static let indexCapacity = 44

    init<Shape: OpenAIShape>(_ form: OpenAIForm<Shape>, model: String) {
        var writer = JSONWriter()
        writer.object { form.shape.identity.write(object: form.shape.objects.piece, model: model, to: &$0) }
        self.head = Array("data: ".utf8) + writer.bytes.dropLast()
        self.pieces = form.shape.pieces(model: model)
        self.tellsUsage = form.tellsUsage
    }

    /// Appends the frames of a choice's event.
    mutating func append(_ event: GenerationEvent, choice: Int, to buffer: inout ByteBuffer) {
        if let opening = self.pieces.opening, self.opened.insert(choice).inserted {
            self.frame(choice, (opening, ""), [], to: &buffer)
        }
        switch event {
        case .text(let text): self.frame(choice, self.pieces.text, text.escaped, to: &buffer)
        case .thinking(let text):
            if let pieces = self.pieces.thinking { self.frame(choice, pieces, text.escaped, to: &buffer) }
        case .toolCalls(let calls):
            guard let pieces = self.pieces.toolCalls else { return }
            let first = self.calls[choice, default: 0]
            self.calls[choice] = first + calls.count
            var writer = JSONWriter()
            OpenAIAnswers.write(calls, from: first, to: &writer)
            self.frame(choice, pieces, writer.bytes[...], to: &buffer)
        case .logprobs(let elements):
            guard let pieces = self.pieces.logprobs else { return }
            self.frame(choice, pieces, self.told(elements, of: choice), to: &buffer)
        case .embedding: return
        case .finished(let summary):
            let reason = OpenAIAnswers.finishReason(summary.reason)
            self.frame(
                choice,
                (self.pieces.ending, ""),
                Array("\"finish_reason\":\"\(reason)\"".utf8)[...],
                to: &buffer
            )
        }
    }

    /// Probabilities as the route tells them.
    private mutating func told(_ elements: ArraySlice<UInt8>, of choice: Int) -> ArraySlice<UInt8> {
        guard let first = self.pieces.legacyLogprobs else { return elements }
        var writer = JSONWriter()
        self.legacyLogprobs[choice, default: first].write(elements, to: &writer)
        return writer.bytes[...]
    }

    /// Appends what follows the last choice: the usage if it is wanted, and the end.
    func appendEnd(_ usage: TokenUsage, to buffer: inout ByteBuffer) {
        if self.tellsUsage {
            var writer = JSONWriter()
            OpenAIAnswers.write(usage, to: &writer)
            buffer.writeBytes(self.head)
            buffer.writeStaticString(",\"choices\":[],\"usage\":")
            buffer.writeBytes(writer.bytes)
            buffer.writeStaticString("}\n\n")
        }
        buffer.writeStaticString("data: [DONE]\n\n")
    }

    /// Appends one event.
    static func append(_ json: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeStaticString("data: ")
        buffer.writeBytes(json)
        buffer.writeStaticString("\n\n")
    }

    private func frame(
        _ choice: Int,
        _ around: (before: String, after: String),
        _ content: ArraySlice<UInt8>,
        to buffer: inout ByteBuffer
    ) {
        // In one go: a buffer that grows piece by piece is moved each time.
        let fixed = self.head.count + self.tail.count + OpenAIFrameWriter.indexCapacity
        buffer.reserveCapacity(
            minimumWritableBytes: fixed + around.before.utf8.count + content.count + around.after.utf8.count
        )
        buffer.writeBytes(self.head)
        buffer.writeStaticString(",\"choices\":[{\"index\":")
        if choice == 0 { buffer.writeStaticString("0") } else { buffer.writeString(String(choice)) }
        buffer.writeString(around.before)
        buffer.writeBytes(content)
        buffer.writeString(around.after)
        buffer.writeBytes(self.tail)
    }
}

/// The frames of an answer of one choice.
struct OpenAIFrames: AnswerFrames {
    var writer: OpenAIFrameWriter

    mutating func append(
        _ event: GenerationEvent,
        of exchange: Exchange<GenerationEvent>,
        to buffer: inout ByteBuffer
    ) -> Bool {
        self.writer.append(event, choice: 0, to: &buffer)
        guard case .finished(let summary) = event else { return false }
        self.writer.appendEnd(summary.usage, to: &buffer)
        return true
    }
}

/// The frames of an answer of several choices, one after the other.
struct OpenAIChoiceFrames: AnswerFrames {
    private var writer: OpenAIFrameWriter
    private let count: Int
    private var summaries: [GenerationSummary] = []

    /// Starts a stream of so many answers.
    init(writer: OpenAIFrameWriter, count: Int) {
        self.writer = writer
        self.count = count
    }

    mutating func append(
        _ frame: ChoiceEvent,
        of exchange: Exchange<ChoiceEvent>,
        to buffer: inout ByteBuffer
    ) -> Bool {
        self.writer.append(frame.event, choice: frame.index, to: &buffer)
        guard case .finished(let summary) = frame.event else { return false }
        self.summaries.append(summary)
        guard self.summaries.count == self.count else { return false }
        self.writer.appendEnd(GenerationSummary.sum(of: self.summaries).usage, to: &buffer)
        return true
    }
}
