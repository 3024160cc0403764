import Domain

/// What a whole message and the events of a streamed one have in common.
enum MessageParts {
    /// Writes what every message begins with.
    static func writeHead(id: String, model: String, to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("type", "message")
        writer.field("role", "assistant")
        writer.field("model", model)
    }

    /// Writes why a message ended; nil while it has not.
    ///
    /// No engine says which stop string it met, so that none is ever named.
    static func writeStop(_ reason: String?, to writer: inout JSONWriter) {
        writer.nullable("stop_reason", reason)
        writer.nullField("stop_sequence")
    }

    /// Anthropic's word for why a generation ended.
    static func stopReason(_ reason: GenerationSummary.Reason) -> String {
        switch reason {
        case .length: "max_tokens"
        case .toolCalls: "tool_use"
        default: "end_turn"
        }
    }

    /// Writes the true tokens.
    ///
    /// Here those of the prompt that the engine still knew are not among `input_tokens`, but beside them.
    static func write(_ usage: TokenUsage, to writer: inout JSONWriter) {
        writer.field("input_tokens", max(0, usage.promptTokens - (usage.cachedTokens ?? 0)))
        writer.field("cache_read_input_tokens", usage.cachedTokens)
        writer.field("output_tokens", usage.completionTokens)
        guard let thinking = usage.reasoningTokens else { return }
        writer.key("output_tokens_details")
        writer.object { $0.field("thinking_tokens", thinking) }
    }

    /// The input of a tool call as JSON text: an object, whatever the model wrote.
    ///
    /// Text that is none, such as one that was cut off, is wrapped as Anthropic's documentation proposes.
    static func input(of call: ToolCall) -> String {
        let text = call.arguments
        if case .object? = try? JSONParser.parse(Array(text.utf8)) { return text }
        return JSONValue.object(["INVALID_JSON": .string(text)]).text
    }
}
