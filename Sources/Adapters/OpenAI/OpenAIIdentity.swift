import Domain

/// What all frames of one answer have in common: `id`, `object`, `created`, `model`.
struct OpenAIIdentity: Sendable {
    /// The answer's id, such as `chatcmpl-…`.
    let id: String
    /// When it was begun, in seconds since 1970.
    let created: Int

    /// Writes the common fields.
    func write(object: String, model: String, to writer: inout JSONWriter) {
        writer.field("id", self.id)
        writer.field("object", object)
        writer.field("created", self.created)
        writer.field("model", model)
    }
}

/// Shapes that several of OpenAI's answers share.
///
/// Source: OpenAI's API reference.
enum OpenAIAnswers {
    /// Writes the value of `usage`.
    static func write(_ usage: TokenUsage, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("prompt_tokens", usage.promptTokens)
            writer.field("completion_tokens", usage.completionTokens)
            writer.field("total_tokens", usage.promptTokens + usage.completionTokens)
            if let cached = usage.cachedTokens {
                writer.key("prompt_tokens_details")
                writer.object { $0.field("cached_tokens", cached) }
            }
            if let reasoning = usage.reasoningTokens {
                writer.key("completion_tokens_details")
                writer.object { $0.field("reasoning_tokens", reasoning) }
            }
        }
    }

    /// Writes the field `logprobs`; null where nobody asked for them.
    static func write(logprobs: [UInt8]?, to writer: inout JSONWriter) {
        writer.key("logprobs")
        guard let logprobs else { return writer.null() }
        writer.object { writer in
            writer.key("content")
            writer.array { $0.raw(logprobs) }
        }
    }

    /// The word for why an answer ended: OpenAI's set is closed.
    static func finishReason(_ reason: GenerationSummary.Reason) -> String {
        switch reason {
        case .length, .toolCalls: reason.rawValue
        default: "stop"
        }
    }

    /// Writes tool calls; in a stream each has its index.
    static func write(_ calls: [ToolCall], from first: Int?, to writer: inout JSONWriter) {
        writer.array(calls.enumerated()) { writer, call in
            writer.object { writer in
                writer.field("index", first.map { $0 + call.offset })
                writer.field("id", call.element.id)
                writer.field("type", "function")
                writer.key("function")
                writer.object {
                    $0.field("name", call.element.name)
                    $0.field("arguments", call.element.arguments)
                }
            }
        }
    }
}
