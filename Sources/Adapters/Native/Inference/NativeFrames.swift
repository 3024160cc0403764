import Application
import Domain
import NIOCore

/// The server-sent events of a native stream: `{chunk, role, thinking?, tool_calls?, done, model, request_id}`.
///
/// What is the same in every frame is written once; a token's bytes are copied between as they came.
struct NativeFrames: AnswerFrames {
    private let open: [UInt8]
    private let afterText: [UInt8]
    private let names: [UInt8]
    private let end = Array("}\n\n".utf8)
    private let shape: NativeAnswers.Shape

    init(model: String, requestID: RequestID, shape: NativeAnswers.Shape = .message) {
        self.shape = shape
        var writer = JSONWriter()
        writer.object {
            $0.field("model", model)
            $0.field("request_id", requestID.description)
        }
        self.names = Array(writer.bytes.dropFirst().dropLast())
        self.open = Array("data: {\"chunk\":\"".utf8)
        self.afterText = Array("\",\"role\":\"assistant\",\"done\":false,".utf8)
    }

    func append(_ event: GenerationEvent, of exchange: Exchange<GenerationEvent>, to buffer: inout ByteBuffer) -> Bool {
        guard case .finished(let summary) = event else {
            self.append(event, to: &buffer)
            return false
        }
        self.appendEnd(NativeAnswers(summary, exchange: exchange), to: &buffer)
        return true
    }

    /// Appends the frame of an event.
    ///
    /// The end is not an event here: it needs the whole record.
    func append(_ event: GenerationEvent, to buffer: inout ByteBuffer) {
        switch event {
        case .text(let text):
            buffer.writeBytes(self.open)
            buffer.writeBytes(text.escaped)
            buffer.writeBytes(self.afterText)
        case .thinking(let text): self.member("thinking", to: &buffer) { $0.string(text) }
        case .toolCalls(let calls): self.member("tool_calls", to: &buffer) { NativeAnswers.write(calls, to: &$0) }
        case .logprobs(let elements):
            self.member("logprobs", to: &buffer) { writer in
                writer.array { $0.raw(elements) }
            }
        case .embedding, .finished: return
        }
        buffer.writeBytes(self.names)
        buffer.writeBytes(self.end)
    }

    /// Appends the last frame.
    func appendEnd(_ answer: NativeAnswers, to buffer: inout ByteBuffer) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("chunk", "")
            writer.field("role", "assistant")
            writer.field("done", true)
            answer.writeMetrics(to: &writer, shape: self.shape)
        }
        NativeFrames.append(writer.bytes, to: &buffer)
    }

    /// A whole answer as one frame, which is also the last.
    static func whole(_ result: GenerationResult, _ answer: NativeAnswers, shape: NativeAnswers.Shape) -> [UInt8] {
        var writer = JSONWriter(capacity: result.text.escaped.count + 768)
        writer.object { writer in
            writer.field("chunk", result.text)
            writer.field("role", "assistant")
            writer.field("thinking", result.thinking)
            if !result.toolCalls.isEmpty {
                writer.key("tool_calls")
                NativeAnswers.write(result.toolCalls, to: &writer)
            }
            if let logprobs = result.logprobs {
                writer.key("logprobs")
                writer.array { $0.raw(logprobs) }
            }
            writer.field("done", true)
            answer.writeMetrics(to: &writer, shape: shape)
        }
        var buffer = ByteBuffer()
        NativeFrames.append(writer.bytes, to: &buffer)
        return Array(buffer.readableBytesView)
    }

    /// Appends the frame that ends a stream that failed.
    static func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("chunk", "")
            writer.field("done", true)
            writer.field("error", error.message)
            writer.field("code", error.code.rawValue)
            writer.field("error_type", error.code.rawValue)
            writer.field("request_id", requestID.description)
        }
        NativeFrames.append(writer.bytes, to: &buffer)
    }

    private func member(_ key: String, to buffer: inout ByteBuffer, _ value: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        value(&writer)
        buffer.writeBytes(self.open)
        buffer.writeStaticString("\",\"")
        buffer.writeString(key)
        buffer.writeStaticString("\":")
        buffer.writeBytes(writer.bytes)
        buffer.writeBytes(self.afterText.dropFirst())
    }

    private static func append(_ json: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeStaticString("data: ")
        buffer.writeBytes(json)
        buffer.writeStaticString("\n\n")
    }
}
