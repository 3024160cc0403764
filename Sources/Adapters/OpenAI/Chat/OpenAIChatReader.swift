import Domain

/// Reads the body of `POST /v1/chat/completions`.
///
/// Source: OpenAI's API reference. All faults are told at once.
enum OpenAIChatReader {
    private static let ignored = [
        "user", "metadata", "store", "service_tier", "parallel_tool_calls", "safety_identifier", "prompt_cache_key",
        "prompt_cache_retention", "prediction", "verbosity",
    ]

    /// Reads a body.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func read(_ body: JSONObject) throws -> OpenAIReading<ChatRequest> {
        let faults = FaultList()
        return try OpenAIChatReader.read(FieldReader(body, faults: faults), faults)
    }

    /// Reads the body of `POST /api/v1/vlm/openai`: the same, and in which form images are to be sent on.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func vlm(_ body: JSONObject) throws -> OpenAIReading<VLMRequest> {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let wish = reader.imageWish()
        let images = reader.images("images")
        let chat = try OpenAIChatReader.read(reader, faults)
        return OpenAIReading(
            request: try VLMRequest(chat.request, images: images, wish: wish),
            isStreamed: chat.isStreamed,
            tellsUsage: chat.tellsUsage,
            choices: chat.choices,
            ignored: chat.ignored
        )
    }

    private static func read(_ reader: FieldReader, _ faults: FaultList) throws -> OpenAIReading<ChatRequest> {
        let model = reader.requiredModel()
        let messages = reader.required("messages", reader.objects("messages") { OpenAIMessageReader.message($0) })
        let tools = reader.objects("tools") { $0.tool() } ?? []
        let choice = reader.toolChoice()
        let options = OpenAIChatReader.options(reader)
        let (isStreamed, tellsUsage) = reader.openAIStreaming()
        OpenAIChatReader.refuse(reader)
        let ignored = reader.present(OpenAIChatReader.ignored)
        try faults.throwIfAny()
        let request = try ChatRequest(
            model: model,
            messages: messages ?? [],
            tools: tools,
            toolChoice: choice ?? .auto,
            options: options
        )
        return OpenAIReading(
            request: request,
            isStreamed: isStreamed,
            tellsUsage: tellsUsage,
            choices: options.choices ?? 1,
            ignored: ignored
        )
    }

    private static func options(_ reader: FieldReader) -> GenerationOptions {
        var options = reader.openAIOptions()
        // The newer name wins where a client sends both.
        let newer = reader.integer("max_completion_tokens", in: 1...Int.max)
        let older = reader.integer("max_tokens", in: 1...Int.max)
        options.maxTokens = newer ?? older
        options.think = reader.reasoningEffort()
        options.logprobs = reader.bool("logprobs")
        options.topLogprobs = reader.integer("top_logprobs", in: 0...20)
        if options.topLogprobs != nil, options.logprobs != true {
            reader.fault("top_logprobs", "'logprobs' must be true where 'top_logprobs' is given.")
        }
        options.format = reader.value("response_format").flatMap { value in
            reader.made("response_format") { try ResponseFormat(openAI: value) }
        }
        return options
    }

    /// What changes the answer and cannot be had is not dropped in silence.
    private static func refuse(_ reader: FieldReader) {
        for key in ["functions", "function_call"] where reader.value(key) != nil {
            reader.unsupported(key, "Use 'tools' and 'tool_choice'.")
        }
        if let modalities = reader.value("modalities"), modalities != .array([.string("text")]) {
            reader.unsupported("modalities", "Only text can be had.")
        }
        for key in ["audio", "web_search_options"] where reader.value(key) != nil {
            reader.unsupported(key, "No engine offers it.")
        }
    }
}
