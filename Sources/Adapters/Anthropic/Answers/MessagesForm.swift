import Application
import Domain
import NIOCore

/// Anthropic's form of an answer: a message of blocks.
struct MessagesForm: EventForm {
    /// The message's id.
    let id: String
    /// Whether thoughts are told without what was thought.
    let omitsThinking: Bool
    /// How many tokens the prompt probably has: a stream tells it before the engine does.
    let estimate: @Sendable (ModelName) -> Int

    let streamType = "text/event-stream"
    let takesComments = true

    func frames(of exchange: Exchange<GenerationEvent>) -> MessagesFrames {
        MessagesFrames(
            id: self.id,
            model: exchange.model.spelling,
            estimate: self.estimate(exchange.model),
            omitsThinking: self.omitsThinking
        )
    }

    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        var writer = JSONWriter(capacity: result.text.escaped.count + 512)
        writer.object { writer in
            MessageParts.writeHead(id: self.id, model: exchange.model.spelling, to: &writer)
            writer.key("content")
            writer.array { self.writeBlocks(of: result, to: &$0) }
            MessageParts.writeStop(MessageParts.stopReason(result.summary.reason), to: &writer)
            writer.key("usage")
            writer.object { MessageParts.write(result.summary.usage, to: &$0) }
        }
        return writer.bytes
    }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        let body = ErrorShape.anthropic.body(of: error, requestID: requestID)
        MessagesFrames.append("error", body, to: &buffer)
    }

    private func writeBlocks(of result: GenerationResult, to writer: inout JSONWriter) {
        if let thinking = result.thinking {
            writer.object { writer in
                writer.field("type", "thinking")
                writer.field("thinking", self.omitsThinking ? JSONText("") : thinking)
                writer.field("signature", "")
            }
        }
        if !result.text.isEmpty {
            writer.object { writer in
                writer.field("type", "text")
                writer.field("text", result.text)
            }
        }
        for call in result.toolCalls {
            writer.object { writer in
                writer.field("type", "tool_use")
                writer.field("id", call.id)
                writer.field("name", call.name)
                writer.key("input")
                writer.raw(MessageParts.input(of: call).utf8)
            }
        }
    }
}
