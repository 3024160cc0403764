import Domain

/// What `POST /v1/responses` understood of a body.
struct ResponsesReading: Sendable {
    /// The request itself.
    let request: ChatRequest
    /// What of the request the answer repeats.
    let settings: ResponsesSettings
    /// Whether the caller wants the answer piece by piece.
    let isStreamed: Bool
    /// Fields that only tune or label, and that mean nothing here.
    let ignored: [String]
}

/// Reads the body of `POST /v1/responses`.
///
/// Source: OpenAI's API reference. Nothing is kept from one request to the next, so what refers to an earlier one is refused.
/// All faults are told at once.
enum ResponsesReader {
    private static let ignored = [
        "parallel_tool_calls", "metadata", "user", "store", "service_tier", "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier", "stream_options",
    ]
    private static let logprobs = "message.output_text.logprobs"
    private static let reasoning = "reasoning.encrypted_content"

    /// Reads a body.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func read(_ body: JSONObject) throws -> ResponsesReading {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let model = reader.requiredModel()
        let instructions = reader.string("instructions")
        let input = ResponsesInputReader.messages(reader)
        let tools = reader.objects("tools") { ResponsesReader.tool($0) } ?? []
        let choice = reader.toolChoice()
        let include = reader.strings("include", atMost: 16) ?? []
        var ignored = reader.present(ResponsesReader.ignored)
        let options = ResponsesReader.options(reader, include: include, ignored: &ignored)
        let isStreamed = reader.bool("stream") ?? false
        ResponsesReader.refuse(reader)
        let settings = ResponsesSettings(reader, tools: tools, options: options, include: include)
        try faults.throwIfAny()
        var messages = input ?? []
        if let instructions {
            messages.insert(try ChatMessage(role: .system, content: instructions), at: 0)
        }
        let request = try ChatRequest(
            model: model,
            messages: messages,
            tools: tools,
            toolChoice: choice ?? .auto,
            options: options
        )
        return ResponsesReading(request: request, settings: settings, isStreamed: isStreamed, ignored: ignored)
    }

    /// Reads a tool, which here is flat: `{"type":"function","name":…}`.
    private static func tool(_ reader: FieldReader) -> Tool? {
        switch reader.requiredString("type") {
        case nil: return nil
        case "function": return reader.functionTool()
        case let type?:
            reader.unsupported("type", "A tool of type '\(type.prefix(64))' cannot be had; only 'function' can.")
            return nil
        }
    }

    private static func options(
        _ reader: FieldReader,
        include: [String],
        ignored: inout [String]
    ) -> GenerationOptions {
        var options = reader.openAIOptions()
        if (options.choices ?? 1) > 1 { reader.unsupported("n", "A response is one answer; use chat completions.") }
        options.maxTokens = reader.integer("max_output_tokens", in: 1...Int.max)
        options.topLogprobs = reader.integer("top_logprobs", in: 0...20)
        options.logprobs = include.contains(ResponsesReader.logprobs) || (options.topLogprobs ?? 0) > 0 ? true : nil
        if options.logprobs == nil { options.topLogprobs = nil }
        if include.contains(where: { $0 != ResponsesReader.logprobs && $0 != ResponsesReader.reasoning }) {
            ignored.append("include")
        }
        if let truncation = reader.choice("truncation", as: Truncation.self) {
            // "auto" allows what is allowed anyway.
            options.truncate = truncation == .disabled ? false : nil
        }
        _ = reader.object("reasoning") { reasoning in
            options.think = reasoning.reasoningEffort("effort")
            ignored += reasoning.present(["summary", "generate_summary"]).map { "reasoning.\($0)" }
            return ()
        }
        _ = reader.object("text") { text in
            options.format = text.object("format") { ResponsesReader.format($0) }
            ignored += text.present(["verbosity"]).map { "text.\($0)" }
            return ()
        }
        return options
    }

    private enum Truncation: String, CaseIterable {
        case auto
        case disabled
    }

    /// Reads `text.format`, where the schema is not nested as in chat completions.
    private static func format(_ reader: FieldReader) -> ResponseFormat? {
        switch reader.requiredString("type") {
        case nil: return nil
        case "text": return .text
        case "json_object": return .json
        case "json_schema":
            _ = reader.string("name")
            guard let schema = reader.required("schema", reader.object("schema") { _ in true }), schema else {
                return nil
            }
            return reader.value("schema").flatMap { schema in
                reader.made("schema") { try ResponseFormat(ollama: schema) }
            }
        case let type?:
            reader.fault("type", "'\(type.prefix(64))' is not one of 'text', 'json_object', 'json_schema'.")
            return nil
        }
    }

    /// What changes the answer and cannot be had is not dropped in silence.
    private static func refuse(_ reader: FieldReader) {
        for key in ["previous_response_id", "conversation"] where reader.value(key) != nil {
            reader.unsupported(key, "Responses are not kept; send the whole conversation in 'input'.")
        }
        if reader.bool("background") == true {
            reader.unsupported("background", "Responses are not kept; wait for the answer, or stream it.")
        }
        if reader.value("prompt") != nil {
            reader.unsupported("prompt", "There are no stored prompts; use 'instructions' and 'input'.")
        }
        if reader.value("max_tool_calls") != nil {
            reader.unsupported("max_tool_calls", "It limits built-in tools, and there are none.")
        }
    }
}
