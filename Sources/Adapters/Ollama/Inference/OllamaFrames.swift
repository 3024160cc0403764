import Application
import Domain
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Ollama's NDJSON, for the answers of engines of another kind: one object a line.
///
/// What is the same in every line is written once; a token's bytes are copied between as they came.
///
/// Source: Ollama's API documentation.
struct OllamaFrames: Sendable {
    private let head: [UInt8]
    private let isChat: Bool

    init(model: String, isChat: Bool) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("model", model)
            writer.field("created_at", Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        }
        self.head = Array(writer.bytes.dropLast())
        self.isChat = isChat
    }

    /// Appends the line of an event; the end is not one, for it has figures.
    func append(_ event: GenerationEvent, to buffer: inout ByteBuffer) {
        switch event {
        case .text(let text): self.line(text: text, [], to: &buffer)
        case .thinking(let text):
            var writer = JSONWriter()
            writer.string(text)
            self.line(text: nil, Array(",\"thinking\":".utf8) + writer.bytes, to: &buffer)
        case .toolCalls(let calls):
            var writer = JSONWriter()
            OllamaFrames.write(calls, to: &writer)
            self.line(text: nil, Array(",\"tool_calls\":".utf8) + writer.bytes, to: &buffer)
        case .logprobs(let elements):
            self.line(text: nil, [], after: Array(",\"logprobs\":[".utf8) + elements + Array("]".utf8), to: &buffer)
        case .embedding, .finished: return
        }
    }

    /// Appends the last line.
    func appendEnd(_ summary: GenerationSummary?, reason: String, to buffer: inout ByteBuffer) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("done_reason", reason)
            if let summary { OllamaFrames.write(summary, to: &writer) }
        }
        self.open(to: &buffer)
        self.close([], to: &buffer)
        buffer.writeStaticString(",\"done\":true,")
        buffer.writeBytes(writer.bytes.dropFirst())
    }

    /// A whole answer as one object.
    func whole(_ result: GenerationResult) -> [UInt8] {
        var inner = JSONWriter()
        inner.object { writer in
            writer.field("thinking", result.thinking)
            guard !result.toolCalls.isEmpty else { return }
            writer.key("tool_calls")
            OllamaFrames.write(result.toolCalls, to: &writer)
        }
        let members = inner.bytes.dropFirst().dropLast()
        var buffer = ByteBuffer()
        self.open(to: &buffer)
        buffer.writeBytes(result.text.escaped)
        self.close(members.isEmpty ? [] : [UInt8(ascii: ",")] + members, to: &buffer)
        if let logprobs = result.logprobs {
            buffer.writeBytes(Array(",\"logprobs\":[".utf8) + logprobs + Array("]".utf8))
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("done", true)
            writer.field("done_reason", OllamaFrames.reason(result.summary))
            OllamaFrames.write(result.summary, to: &writer)
        }
        buffer.writeStaticString(",")
        buffer.writeBytes(writer.bytes.dropFirst())
        return Array(buffer.readableBytesView)
    }

    /// Ollama's word for why an answer ended; a call of tools is an end like any other.
    static func reason(_ summary: GenerationSummary) -> String {
        summary.reason == .toolCalls ? "stop" : summary.reason.rawValue
    }

    // MARK: Parts

    private func line(
        text: JSONText?,
        _ members: [UInt8],
        after: [UInt8] = [],
        to buffer: inout ByteBuffer
    ) {
        self.open(to: &buffer)
        if let text { buffer.writeBytes(text.escaped) }
        self.close(members, to: &buffer)
        buffer.writeBytes(after)
        buffer.writeStaticString(",\"done\":false}\n")
    }

    /// Up to where the text stands.
    private func open(to buffer: inout ByteBuffer) {
        buffer.writeBytes(self.head)
        if self.isChat {
            buffer.writeStaticString(",\"message\":{\"role\":\"assistant\",\"content\":\"")
        } else {
            buffer.writeStaticString(",\"response\":\"")
        }
    }

    /// From behind the text; members belong to the message, or to the answer itself.
    private func close(_ members: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeStaticString("\"")
        buffer.writeBytes(members)
        if self.isChat { buffer.writeStaticString("}") }
    }

    private static func write(_ summary: GenerationSummary, to writer: inout JSONWriter) {
        let timings = summary.timings
        writer.field("total_duration", timings.total.map { Int($0.nanoseconds) })
        writer.field("load_duration", timings.load.map { Int($0.nanoseconds) })
        writer.field("prompt_eval_count", summary.usage.promptTokens)
        writer.field("prompt_eval_duration", timings.promptEvaluation.map { Int($0.nanoseconds) })
        writer.field("eval_count", summary.usage.completionTokens)
        writer.field("eval_duration", timings.generation.map { Int($0.nanoseconds) })
    }

    private static func write(_ calls: [ToolCall], to writer: inout JSONWriter) {
        writer.array(calls.enumerated()) { writer, call in
            writer.object { writer in
                writer.field("id", call.element.id)
                writer.key("function")
                writer.object { writer in
                    writer.field("index", call.offset)
                    writer.field("name", call.element.name)
                    // Ollama tells an object where OpenAI tells text; what a model wrote need not be one.
                    writer.field(
                        "arguments",
                        (try? JSONParser.parse(Array(call.element.arguments.utf8))) ?? .object([:])
                    )
                }
            }
        }
    }
}
