import Application
import Domain
import NIOCore

/// Writes the events of a streamed response.
///
/// Source: OpenAI's API reference, and what its Python client does with them.
struct ResponsesEvents: Sendable {
    private let answer: ResponsesAnswer
    /// The present, in seconds since 1970.
    private let now: @Sendable () -> Int
    private var sequence = 0
    private var isBegun = false
    /// The items that have come to their end, as JSON text.
    private var items: [[UInt8]] = []
    private var item: ResponsesOpenItem?

    /// Starts with nothing told.
    init(_ answer: ResponsesAnswer, now: @escaping @Sendable () -> Int) {
        self.answer = answer
        self.now = now
    }

    /// Appends what an event becomes.
    mutating func append(_ event: GenerationEvent, to buffer: inout ByteBuffer) {
        self.begin(&buffer)
        switch event {
        case .text(let text): self.delta(text, .message, &buffer)
        case .thinking(let text): self.delta(text, .reasoning, &buffer)
        case .logprobs(let elements): self.logprobs(elements, &buffer)
        case .toolCalls(let calls):
            self.close(status: "completed", &buffer)
            for call in calls { self.append(call, to: &buffer) }
        case .embedding: return
        case .finished(let summary): self.finish(summary, &buffer)
        }
    }

    /// Appends what ends a stream that failed.
    ///
    /// The client of OpenAI's own raises what stands in a member `error`, so the event has one beside the members of the
    /// reference.
    mutating func appendFailure(_ error: ServiceError, to buffer: inout ByteBuffer) {
        if self.isBegun { self.lifecycle("response.failed", .failed(error), &buffer) }
        self.event("error", &buffer) { writer in
            writer.field("code", error.code.rawValue)
            writer.field("message", error.message)
            writer.field("param", ErrorShape.openAIParameter(error))
            ErrorShape.writeOpenAIMember(error, to: &writer)
        }
    }

    // MARK: The response

    private mutating func begin(_ buffer: inout ByteBuffer) {
        guard !self.isBegun else { return }
        self.isBegun = true
        self.lifecycle("response.created", .inProgress, &buffer)
        self.lifecycle("response.in_progress", .inProgress, &buffer)
    }

    private mutating func finish(_ summary: GenerationSummary, _ buffer: inout ByteBuffer) {
        // An answer of nothing is a message without text.
        if self.items.isEmpty, self.item == nil { self.open(.message, &buffer) }
        let status = ResponsesAnswer.status(of: summary)
        self.close(status: status, &buffer)
        self.lifecycle("response.\(status)", .finished(summary, at: self.now()), &buffer)
    }

    private mutating func lifecycle(_ name: String, _ state: ResponsesAnswer.State, _ buffer: inout ByteBuffer) {
        let (answer, items) = (self.answer, self.items)
        self.event(name, &buffer) { writer in
            writer.key("response")
            answer.write(state, items: items, to: &writer)
        }
    }

    // MARK: Items

    private mutating func delta(_ text: JSONText, _ kind: ResponsesOpenItem.Kind, _ buffer: inout ByteBuffer) {
        if self.item?.kind != kind { self.open(kind, &buffer) }
        self.item?.append(text, number: self.sequence, to: &buffer)
        self.sequence += 1
    }

    /// The probabilities of what has just been told, beside an empty piece of text.
    private mutating func logprobs(_ elements: ArraySlice<UInt8>, _ buffer: inout ByteBuffer) {
        guard let item = self.item, item.kind == .message else { return }
        self.item?.add(logprobs: elements)
        self.event("response.output_text.delta", &buffer) { writer in
            item.writePlace(to: &writer)
            writer.field("delta", "")
            writer.key("logprobs")
            writer.elements(elements)
        }
    }

    private mutating func open(_ kind: ResponsesOpenItem.Kind, _ buffer: inout ByteBuffer) {
        self.close(status: "completed", &buffer)
        let item = ResponsesOpenItem(kind, of: self.answer, index: self.items.count)
        self.item = item
        self.added(item.opening, &buffer)
        self.event(kind.partAdded, &buffer) { item.writePart(text: JSONText(""), logprobs: [], to: &$0) }
    }

    private mutating func close(status: String, _ buffer: inout ByteBuffer) {
        guard let item = self.item.take() else { return }
        self.event(item.kind.textDone, &buffer) { writer in
            item.writePlace(to: &writer)
            writer.field("text", item.text)
            guard item.kind == .message else { return }
            writer.key("logprobs")
            writer.elements(item.logprobs)
        }
        self.event(item.kind.partDone, &buffer) { item.writePart(text: item.text, logprobs: item.logprobs, to: &$0) }
        self.done(item.closing(status: status), &buffer)
    }

    /// A call comes whole.
    private mutating func append(_ call: ToolCall, to buffer: inout ByteBuffer) {
        let index = self.items.count
        let id = self.answer.itemID("fc", index)
        self.added(ResponsesItems.call(call, id: id, isOpen: true), &buffer)
        for (name, field) in [("delta", "delta"), ("done", "arguments")] {
            self.event("response.function_call_arguments.\(name)", &buffer) { writer in
                writer.field("item_id", id)
                writer.field("output_index", index)
                if name == "done" { writer.field("name", call.name) }
                writer.field(field, call.arguments)
            }
        }
        self.done(ResponsesItems.call(call, id: id, isOpen: false), &buffer)
    }

    private mutating func added(_ item: [UInt8], _ buffer: inout ByteBuffer) {
        self.place("response.output_item.added", item, &buffer)
    }

    private mutating func done(_ item: [UInt8], _ buffer: inout ByteBuffer) {
        self.place("response.output_item.done", item, &buffer)
        self.items.append(item)
    }

    private mutating func place(_ name: String, _ item: [UInt8], _ buffer: inout ByteBuffer) {
        let index = self.items.count
        self.event(name, &buffer) { writer in
            writer.field("output_index", index)
            writer.key("item")
            writer.raw(item)
        }
    }

    private mutating func event(_ name: String, _ buffer: inout ByteBuffer, _ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field("type", name)
            writer.field("sequence_number", self.sequence)
            body(&writer)
        }
        self.sequence += 1
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(writer.bytes)
        buffer.writeStaticString("\n\n")
    }
}
