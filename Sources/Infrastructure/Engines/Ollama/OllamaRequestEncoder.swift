import Application
import Domain

/// Writes requests for Ollama's `/api/chat` and `/api/generate`.
///
/// What the caller left out is left out here, so that the model's own defaults hold.
struct OllamaRequestEncoder {
    let request: EngineRequest

    /// The route for the request's work.
    var path: String {
        switch self.request.work {
        case .generate: "/api/generate"
        case .chat: "/api/chat"
        case .embed: "/api/embed"
        }
    }

    /// The body.
    ///
    /// - Parameter truncates: whether the engine may cut a prompt that does not fit; it is told not to at first, so
    ///   that nothing is cut in silence.
    /// - Returns: JSON.
    func body(truncates: Bool) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.field("model", self.request.model)
            switch self.request.work {
            case .generate(let generation):
                writer.field("prompt", generation.prompt.text)
                writer.field("system", generation.system?.text)
            case .chat(let chat): self.write(chat, to: &writer)
            case .embed(let embedding):
                writer.key("input")
                writer.array(embedding.inputs) { $0.string($1) }
                writer.field("dimensions", embedding.dimensions)
            }
            if case .embed = self.request.work {} else { writer.field("stream", true) }
            writer.field("truncate", truncates)
            self.write(self.request.work.options, to: &writer)
        }
        return writer.bytes
    }

    // MARK: Parts

    private func write(_ chat: ChatRequest, to writer: inout JSONWriter) {
        writer.key("messages")
        writer.array(chat.messages) { $0.object { [message = $1] in Self.write(message, to: &$0) } }
        guard !chat.tools.isEmpty else { return }
        writer.key("tools")
        writer.array(chat.tools) { OpenAIShapes.write($1, to: &$0) }
    }

    private static func write(_ message: ChatMessage, to writer: inout JSONWriter) {
        writer.field("role", message.role.rawValue)
        writer.field("content", message.content)
        if !message.images.isEmpty {
            writer.key("images")
            writer.array(message.images) { $0.string($1.jsonText) }
        }
        writer.field("thinking", message.thinking)
        writer.field("tool_name", message.toolName)
        writer.field("tool_call_id", message.toolCallID)
        guard !message.toolCalls.isEmpty else { return }
        writer.key("tool_calls")
        writer.array(message.toolCalls) { writer, call in
            writer.object { writer in
                writer.field("id", call.id)
                writer.key("function")
                writer.object { writer in
                    writer.field("name", call.name)
                    // Ollama wants an object where OpenAI wants text.
                    writer.key("arguments")
                    writer.raw(call.arguments.utf8)
                }
            }
        }
    }

    private func write(_ options: GenerationOptions, to writer: inout JSONWriter) {
        switch options.format {
        case .json: writer.field("format", "json")
        case .schema(let schema): writer.field("format", .object(schema.source))
        case .text, nil: break
        }
        switch options.think {
        case .enabled(let isEnabled): writer.field("think", isEnabled)
        case .level(let level): writer.field("think", level.rawValue)
        case nil: break
        }
        switch options.keepAlive {
        case .seconds(let seconds): writer.field("keep_alive", seconds)
        case .duration(let text): writer.field("keep_alive", text)
        case nil: break
        }
        writer.field("logprobs", options.logprobs)
        writer.field("top_logprobs", options.topLogprobs)
        writer.key("options")
        writer.object { self.writeSampling(options, to: &$0) }
    }

    private func writeSampling(_ options: GenerationOptions, to writer: inout JSONWriter) {
        writer.field("temperature", options.temperature)
        writer.field("top_p", options.topP)
        writer.field("top_k", options.topK)
        writer.field("min_p", options.minP)
        writer.field("num_predict", options.maxTokens)
        writer.field("seed", options.seed)
        writer.field("repeat_penalty", options.repeatPenalty)
        writer.field("presence_penalty", options.presencePenalty)
        writer.field("frequency_penalty", options.frequencyPenalty)
        if let stop = options.stop {
            writer.key("stop")
            writer.array(stop) { $0.string($1) }
        }
        // A loaded context that is large enough satisfies the wish; asking for another would reload the model for all.
        if let wanted = options.contextLength, wanted > self.request.loadedContext ?? 0 {
            writer.field("num_ctx", wanted)
        }
    }
}
