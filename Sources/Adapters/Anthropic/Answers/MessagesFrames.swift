import Application
import Domain
import NIOCore

/// The named server-sent events of a streamed message.
///
/// What is the same in every event of a block is written once, when the block begins; a token's bytes are copied between as
/// they came.
struct MessagesFrames: AnswerFrames {
    /// A block whose text comes piece by piece.
    private enum Block {
        case text
        case thinking
    }

    private let id: String
    private let model: String
    private let estimate: Int
    private let omitsThinking: Bool
    private var hasBegun = false
    /// The block that is open.
    private var block: Block?
    /// How many blocks have begun.
    private var blocks = 0
    /// What stands before a piece of the open block.
    private var beforePiece: [UInt8] = []
    private let afterPiece = Array("\"}}\n\n".utf8)

    /// Starts a message.
    ///
    /// - Parameters:
    ///   - id: the message's id.
    ///   - model: the model, as the caller spelt it.
    ///   - estimate: how many tokens the prompt probably has.
    ///   - omitsThinking: whether thoughts are told without what was thought.
    init(id: String, model: String, estimate: Int, omitsThinking: Bool) {
        self.id = id
        self.model = model
        self.estimate = estimate
        self.omitsThinking = omitsThinking
    }

    mutating func append(
        _ event: GenerationEvent,
        of exchange: Exchange<GenerationEvent>,
        to buffer: inout ByteBuffer
    ) -> Bool {
        self.append(event, to: &buffer)
    }

    /// Appends the events that a piece of the engine's answer becomes, and returns whether it was the last.
    mutating func append(_ event: GenerationEvent, to buffer: inout ByteBuffer) -> Bool {
        if !self.hasBegun { self.appendStart(to: &buffer) }
        switch event {
        case .text(let text): self.append(text, of: .text, to: &buffer)
        case .thinking(let text): self.append(text, of: .thinking, to: &buffer)
        case .toolCalls(let calls):
            for call in calls { self.append(call, to: &buffer) }
        case .logprobs, .embedding: break
        case .finished(let summary):
            self.appendEnd(summary, to: &buffer)
            return true
        }
        return false
    }

    /// Appends an event: its name, and its data, which is JSON.
    static func append(_ name: String, _ data: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeStaticString("event: ")
        buffer.writeString(name)
        buffer.writeStaticString("\ndata: ")
        buffer.writeBytes(data)
        buffer.writeStaticString("\n\n")
    }

    /// Appends an event whose data has its name as its type.
    private func append(_ name: String, to buffer: inout ByteBuffer, _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("type", name)
            members(&writer)
        }
        MessagesFrames.append(name, writer.bytes, to: &buffer)
    }

    // MARK: Pieces

    private mutating func append(_ piece: JSONText, of block: Block, to buffer: inout ByteBuffer) {
        if self.block != block { self.open(block, to: &buffer) }
        if block == .thinking, self.omitsThinking { return }
        buffer.writeBytes(self.beforePiece)
        buffer.writeBytes(piece.escaped)
        buffer.writeBytes(self.afterPiece)
    }

    /// A call comes whole: one piece is all of its input.
    private mutating func append(_ call: ToolCall, to buffer: inout ByteBuffer) {
        self.close(to: &buffer)
        let index = self.blocks
        self.blocks += 1
        self.appendBlockStart(index, to: &buffer) { writer in
            writer.field("type", "tool_use")
            writer.field("id", call.id)
            writer.field("name", call.name)
            writer.key("input")
            writer.object { _ in }
        }
        self.appendDelta(index, to: &buffer) { writer in
            writer.field("type", "input_json_delta")
            writer.field("partial_json", MessageParts.input(of: call))
        }
        self.appendBlockStop(index, to: &buffer)
    }

    // MARK: Blocks

    private mutating func open(_ block: Block, to buffer: inout ByteBuffer) {
        self.close(to: &buffer)
        let index = self.blocks
        self.block = block
        self.blocks += 1
        self.appendBlockStart(index, to: &buffer) { writer in
            switch block {
            case .text:
                writer.field("type", "text")
                writer.field("text", "")
            case .thinking:
                writer.field("type", "thinking")
                writer.field("thinking", "")
                writer.field("signature", "")
            }
        }
        let kind = block == .text ? #""text_delta","text":""# : #""thinking_delta","thinking":""#
        self.beforePiece = Array(
            """
            event: content_block_delta
            data: {"type":"content_block_delta","index":\(index),"delta":{"type":\(kind)
            """.utf8
        )
    }

    private mutating func close(to buffer: inout ByteBuffer) {
        guard let block = self.block.take() else { return }
        let index = self.blocks - 1
        if block == .thinking {
            self.appendDelta(index, to: &buffer) { writer in
                writer.field("type", "signature_delta")
                writer.field("signature", "")
            }
        }
        self.appendBlockStop(index, to: &buffer)
    }

    private func appendBlockStart(_ index: Int, to buffer: inout ByteBuffer, _ block: (inout JSONWriter) -> Void) {
        self.append("content_block_start", to: &buffer) { writer in
            writer.field("index", index)
            writer.key("content_block")
            writer.object(block)
        }
    }

    private func appendDelta(_ index: Int, to buffer: inout ByteBuffer, _ delta: (inout JSONWriter) -> Void) {
        self.append("content_block_delta", to: &buffer) { writer in
            writer.field("index", index)
            writer.key("delta")
            writer.object(delta)
        }
    }

    private func appendBlockStop(_ index: Int, to buffer: inout ByteBuffer) {
        self.append("content_block_stop", to: &buffer) { $0.field("index", index) }
    }

    // MARK: The message

    private mutating func appendStart(to buffer: inout ByteBuffer) {
        self.hasBegun = true
        self.append("message_start", to: &buffer) { writer in
            writer.key("message")
            writer.object { writer in
                MessageParts.writeHead(id: self.id, model: self.model, to: &writer)
                writer.key("content")
                writer.array { _ in }
                MessageParts.writeStop(nil, to: &writer)
                writer.key("usage")
                writer.object {
                    $0.field("input_tokens", self.estimate)
                    $0.field("output_tokens", 0)
                }
            }
        }
    }

    private mutating func appendEnd(_ summary: GenerationSummary, to buffer: inout ByteBuffer) {
        self.close(to: &buffer)
        self.append("message_delta", to: &buffer) { writer in
            writer.key("delta")
            writer.object { MessageParts.writeStop(MessageParts.stopReason(summary.reason), to: &$0) }
            writer.key("usage")
            writer.object { MessageParts.write(summary.usage, to: &$0) }
        }
        self.append("message_stop", to: &buffer) { _ in }
    }
}
