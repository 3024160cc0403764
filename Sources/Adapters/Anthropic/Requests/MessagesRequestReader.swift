import Domain

/// Turns the bodies of Anthropic's Messages API into requests.
///
/// All faults of a body are told at once; fields that nobody knows are ignored. Source: Anthropic's API reference, create a
/// message and count tokens in a message.
struct MessagesRequestReader {
    private let reader: FieldReader
    private let ignored = IgnoredFields()

    /// Reads the body of `POST /v1/messages`.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func read(_ body: JSONObject) throws -> MessagesRequest {
        try MessagesRequestReader(body).request(isAnswered: true)
    }

    /// Reads the body of `POST /v1/messages/count_tokens`: the same, but that nobody asks for an answer of some length.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func countable(_ body: JSONObject) throws -> ChatRequest {
        try MessagesRequestReader(body).request(isAnswered: false).chat
    }

    private init(_ body: JSONObject) {
        self.reader = FieldReader(body, faults: FaultList())
    }

    private func request(isAnswered: Bool) throws -> MessagesRequest {
        let reader = self.reader
        let model = reader.required("model", reader.model())
        let messages = self.messages()
        let tools = ToolsReader(ignored: self.ignored)
        let definitions = reader.objects("tools") { tools.tool($0) } ?? []
        let choice = reader.object("tool_choice") { tools.choice($0) } ?? .auto
        var options = self.options()
        if isAnswered { options.maxTokens = reader.required("max_tokens", options.maxTokens) }
        let isStreamed = reader.bool("stream") ?? false
        let omitsThinking = self.thinking(into: &options)
        self.noteIgnored()
        try reader.faults.throwIfAny()
        return MessagesRequest(
            chat: try ChatRequest(
                model: model,
                messages: messages,
                tools: definitions,
                toolChoice: choice,
                options: options
            ),
            isStreamed: isStreamed,
            omitsThinking: omitsThinking,
            ignored: self.ignored.names
        )
    }

    /// What only labels a request or tunes Anthropic's own machines is ignored; what the answer would depend on is refused.
    private func noteIgnored() {
        for key in [
            "cache_control", "metadata", "service_tier", "inference_geo", "speed", "diagnostics", "context_management",
            "user_profile_id",
        ] {
            self.ignored.note(key, in: self.reader)
        }
        if self.reader.value("container") != nil {
            self.reader.unsupported("container", "There are no containers here; leave the field out.")
        }
        if let servers = self.reader.value("mcp_servers"), servers.array?.isEmpty != true {
            self.reader.unsupported("mcp_servers", "MCP servers are not called from here; give their tools in 'tools'.")
        }
    }

    // MARK: The conversation

    private func messages() -> [ChatMessage] {
        var conversation = ConversationReader(
            blocks: ContentBlockReader(ignored: self.ignored),
            faults: self.reader.faults
        )
        conversation.addSystem(of: self.reader)
        let turns: [Void]? = self.reader.objects("messages") { turn in conversation.add(turn) }
        _ = self.reader.required("messages", turns)
        return conversation.messages()
    }

    // MARK: Options

    private func options() -> GenerationOptions {
        let reader = self.reader
        var options = GenerationOptions()
        options.maxTokens = reader.integer("max_tokens", in: 1...Int.max)
        options.temperature = reader.number("temperature", in: 0...1)
        options.topP = reader.number("top_p", in: 0...1)
        options.topK = reader.integer("top_k", in: 1...Int.max)
        options.stop = reader.strings("stop_sequences", atMost: GenerationOptions.maximumStops)
        // The first is what the field was called while it was a beta.
        let early = reader.object("output_format") { self.format($0) }
        options.format = reader.object("output_config") { $0.object("format") { self.format($0) } } ?? early
        return options
    }

    private func format(_ reader: FieldReader) -> ResponseFormat? {
        guard let type = reader.requiredString("type") else { return nil }
        guard type == "json_schema" else {
            reader.unsupportedValue("type", "'\(type.prefix(64))' is no format; 'json_schema' is the only one.")
            return nil
        }
        guard let value = reader.required("schema", reader.value("schema")) else { return nil }
        guard let schema = value.object else {
            reader.fault("schema", "A JSON schema is expected, not \(value.kind).")
            return nil
        }
        return reader.made("schema") { .schema(try JSONSchema(schema)) }
    }

    // MARK: Thinking

    /// How a request wants its model to think.
    private enum Mode: String, CaseIterable {
        case enabled
        case disabled
        case adaptive
        case betweenTools = "between_tools"
    }

    /// Whether thoughts are told.
    private enum Display: String, CaseIterable {
        case summarized
        case omitted
    }

    /// How hard a model is to try.
    private enum Effort: String, CaseIterable {
        case low, medium, high, xhigh, max

        var level: Think.Level {
            switch self {
            case .low: .low
            case .medium: .medium
            case .high: .high
            case .xhigh, .max: .max
            }
        }
    }

    /// Reads whether and how hard the model is to think.
    ///
    /// `adaptive` leaves it to the model, which may be one that cannot think at all; so an effort counts only with
    /// `enabled`.
    ///
    /// - Returns: whether the thoughts themselves are to be left out of the answer.
    private func thinking(into options: inout GenerationOptions) -> Bool {
        var omits = false
        let mode = self.reader.object("thinking") { thinking -> Mode? in
            let mode = thinking.required("type", thinking.choice("type", as: Mode.self))
            // Engines have no bound for thoughts alone; what is too small for Anthropic's is no fault here.
            _ = thinking.integer("budget_tokens", in: 1...Int.max)
            self.ignored.note("budget_tokens", in: thinking, as: "thinking.budget_tokens")
            omits = thinking.choice("display", as: Display.self) == .omitted
            return mode
        }
        let effort = self.reader.object("output_config") { $0.choice("effort", as: Effort.self) }
        switch mode {
        case .enabled: options.think = effort.map { .level($0.level) } ?? .enabled(true)
        case .disabled: options.think = .enabled(false)
        case .adaptive, .betweenTools, nil: break
        }
        if mode != .enabled {
            _ = self.reader.object("output_config") { self.ignored.note("effort", in: $0, as: "output_config.effort") }
        }
        return omits
    }
}
