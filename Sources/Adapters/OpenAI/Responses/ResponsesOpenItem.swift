import Domain
import NIOCore

/// An item of a streamed response that grows token by token.
///
/// What is the same in every piece is written once; a token's bytes are copied between as they came.
struct ResponsesOpenItem: Sendable {
    /// What grows.
    enum Kind: Sendable {
        case message
        case reasoning

        var partAdded: String { self == .message ? "response.content_part.added" : self.summary("part.added") }
        var partDone: String { self == .message ? "response.content_part.done" : self.summary("part.done") }
        var textDelta: String { self == .message ? "response.output_text.delta" : self.summary("text.delta") }
        var textDone: String { self == .message ? "response.output_text.done" : self.summary("text.done") }

        private func summary(_ name: String) -> String { "response.reasoning_summary_\(name)" }
    }

    let kind: Kind
    /// The elements of the probabilities so far, as JSON text.
    private(set) var logprobs: [UInt8] = []
    private let id: String
    private let index: Int
    private let tellsReasoning: Bool
    private var bytes: [UInt8] = []
    private let before: (number: [UInt8], text: [UInt8])
    private let after: [UInt8]

    init(_ kind: Kind, of answer: ResponsesAnswer, index: Int) {
        self.kind = kind
        self.id = answer.itemID(kind == .message ? "msg" : "rs", index)
        self.index = index
        self.tellsReasoning = answer.settings.tellsReasoning
        let part = kind == .message ? "content_index" : "summary_index"
        self.before = (
            Array("event: \(kind.textDelta)\ndata: {\"type\":\"\(kind.textDelta)\",\"sequence_number\":".utf8),
            Array(",\"item_id\":\"\(self.id)\",\"output_index\":\(index),\"\(part)\":0,\"delta\":\"".utf8)
        )
        self.after = Array((kind == .message ? "\",\"logprobs\":[]}\n\n" : "\"}\n\n").utf8)
    }

    /// The text so far.
    var text: JSONText { JSONText(validated: self.bytes[...]) }

    /// The item as it is when it opens.
    var opening: [UInt8] {
        switch self.kind {
        case .message: ResponsesItems.openMessage(id: self.id)
        case .reasoning: ResponsesItems.reasoning(id: self.id, text: nil, isRepeated: false)
        }
    }

    /// The item as it is when it ends.
    func closing(status: String) -> [UInt8] {
        switch self.kind {
        case .message: ResponsesItems.message(id: self.id, status: status, text: self.text, logprobs: self.logprobs)
        case .reasoning: ResponsesItems.reasoning(id: self.id, text: self.text, isRepeated: self.tellsReasoning)
        }
    }

    /// Takes the next piece and appends its event.
    mutating func append(_ piece: JSONText, number: Int, to buffer: inout ByteBuffer) {
        self.bytes.append(contentsOf: piece.escaped)
        buffer.writeBytes(self.before.number)
        buffer.writeString(String(number))
        buffer.writeBytes(self.before.text)
        buffer.writeBytes(piece.escaped)
        buffer.writeBytes(self.after)
    }

    /// Takes the probabilities of what has just come.
    mutating func add(logprobs elements: ArraySlice<UInt8>) {
        if !self.logprobs.isEmpty { self.logprobs.append(UInt8(ascii: ",")) }
        self.logprobs.append(contentsOf: elements)
    }

    /// Writes where the item's text stands.
    func writePlace(to writer: inout JSONWriter) {
        writer.field("item_id", self.id)
        writer.field("output_index", self.index)
        writer.field(self.kind == .message ? "content_index" : "summary_index", 0)
    }

    /// Writes where the item's text stands, and the part that holds it.
    func writePart(text: JSONText, logprobs: [UInt8], to writer: inout JSONWriter) {
        self.writePlace(to: &writer)
        writer.key("part")
        switch self.kind {
        case .message: ResponsesItems.textPart(text, logprobs: logprobs, to: &writer)
        case .reasoning: ResponsesItems.summaryPart(text, to: &writer)
        }
    }
}
