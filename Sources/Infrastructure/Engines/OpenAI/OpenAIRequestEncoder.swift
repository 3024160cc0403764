import Application
import Domain

/// Writes requests for `/v1/chat/completions` of an OpenAI-compatible server.
///
/// A prompt becomes a conversation of one message: these servers apply a model's template only to conversations.
/// `top_k`, `min_p`, `repeat_penalty` and the switches of the template are llama.cpp's and vLLM's own.
struct OpenAIRequestEncoder {
    let request: EngineRequest

    /// The route for the request's work.
    var path: String {
        if case .embed = self.request.work { "/v1/embeddings" } else { "/v1/chat/completions" }
    }

    /// Fields that only tune and that these servers have nothing like.
    var ignoredFields: [String] {
        self.request.work.options.keepAlive == nil ? [] : ["keep_alive"]
    }

    /// The body.
    func body() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.field("model", self.request.model)
            switch self.request.work {
            case .generate(let generation): Self.write(generation, to: &writer)
            case .chat(let chat): Self.write(chat, to: &writer)
            case .embed(let embedding): return Self.write(embedding, to: &writer)
            }
            writer.field("stream", true)
            writer.key("stream_options")
            writer.object { $0.field("include_usage", true) }
            Self.write(self.request.work.options, to: &writer)
        }
        return writer.bytes
    }

    // MARK: Parts

    private static func write(_ generation: GenerationRequest, to writer: inout JSONWriter) {
        writer.key("messages")
        writer.array { writer in
            if let system = generation.system {
                writer.object {
                    $0.field("role", "system")
                    $0.field("content", system.text)
                }
            }
            writer.object {
                $0.field("role", "user")
                $0.field("content", generation.prompt.text)
            }
        }
    }

    private static func write(_ embedding: EmbeddingRequest, to writer: inout JSONWriter) {
        writer.key("input")
        writer.array(embedding.inputs) { $0.string($1) }
        writer.field("dimensions", embedding.dimensions)
        writer.field("encoding_format", "float")
    }

    private static func write(_ chat: ChatRequest, to writer: inout JSONWriter) {
        writer.key("messages")
        writer.array(chat.messages) { $0.object { [message = $1] in Self.write(message, to: &$0) } }
        guard !chat.tools.isEmpty else { return }
        writer.key("tools")
        writer.array(chat.tools) { OpenAIShapes.write($1, to: &$0) }
    }

    private static func write(_ message: ChatMessage, to writer: inout JSONWriter) {
        writer.field("role", message.role.rawValue)
        if message.images.isEmpty {
            writer.field("content", message.content)
        } else {
            Self.writeParts(of: message, to: &writer)
        }
        writer.field("reasoning_content", message.thinking)
        writer.field("name", message.toolName)
        writer.field("tool_call_id", message.toolCallID)
        guard !message.toolCalls.isEmpty else { return }
        writer.key("tool_calls")
        writer.array(message.toolCalls) { writer, call in
            writer.object { writer in
                writer.field("id", call.id)
                writer.field("type", "function")
                writer.key("function")
                writer.object { writer in
                    writer.field("name", call.name)
                    writer.field("arguments", call.arguments)
                }
            }
        }
    }

    private static func writeParts(of message: ChatMessage, to writer: inout JSONWriter) {
        writer.key("content")
        writer.array { writer in
            if !message.content.isEmpty {
                writer.object {
                    $0.field("type", "text")
                    $0.field("text", message.content)
                }
            }
            for image in message.images {
                writer.object { writer in
                    writer.field("type", "image_url")
                    writer.key("image_url")
                    writer.object { $0.field("url", image.jsonDataURL) }
                }
            }
        }
    }

    private static func write(_ options: GenerationOptions, to writer: inout JSONWriter) {
        writer.field("temperature", options.temperature)
        writer.field("top_p", options.topP)
        writer.field("top_k", options.topK)
        writer.field("min_p", options.minP)
        writer.field("max_tokens", options.maxTokens)
        writer.field("seed", options.seed)
        writer.field("repeat_penalty", options.repeatPenalty)
        writer.field("presence_penalty", options.presencePenalty)
        writer.field("frequency_penalty", options.frequencyPenalty)
        writer.field("logprobs", options.logprobs)
        writer.field("top_logprobs", options.topLogprobs)
        if let stop = options.stop {
            writer.key("stop")
            writer.array(stop) { $0.string($1) }
        }
        switch options.think {
        case .enabled(let isEnabled):
            writer.key("chat_template_kwargs")
            writer.object { $0.field("enable_thinking", isEnabled) }
        case .level(let level): writer.field("reasoning_effort", level.rawValue)
        case nil: break
        }
        self.write(options.format, to: &writer)
    }

    private static func write(_ format: ResponseFormat?, to writer: inout JSONWriter) {
        switch format {
        case .text, nil: return
        case .json:
            writer.key("response_format")
            writer.object { $0.field("type", "json_object") }
        case .schema(let schema):
            writer.key("response_format")
            writer.object { writer in
                writer.field("type", "json_schema")
                writer.key("json_schema")
                writer.object {
                    $0.field("name", "answer")
                    $0.field("schema", .object(schema.source))
                }
            }
        }
    }
}
