/// A conversation to be answered.
public struct ChatRequest: Sendable, Hashable {
    /// The model that the caller names, or nil for the default one.
    public var model: ModelName?
    /// The conversation so far; not empty.
    public var messages: [ChatMessage]
    /// The tools that the model may call.
    public var tools: [Tool]
    /// Whether it may, must or must not.
    public var toolChoice: ToolChoice
    /// How to generate.
    public var options: GenerationOptions
    /// In which form its images are to be sent on.
    public var imageWish = ImageWish()

    /// Checks a request.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` if there is no message, if a required tool is not among the tools,
    ///   or if two tools have the same name; `invalid_prompt` if the messages together are longer than a prompt may
    ///   be.
    public init(
        model: ModelName?,
        messages: [ChatMessage],
        tools: [Tool] = [],
        toolChoice: ToolChoice = .auto,
        options: GenerationOptions
    ) throws {
        guard !messages.isEmpty else {
            throw ServiceError(.invalidRequest, field: "/messages", "There must be at least one message.")
        }
        try ChatRequest.checkLength(of: messages)
        guard Set(tools.map(\.name)).count == tools.count else {
            throw ServiceError(.invalidRequest, field: "/tools", "Two tools have the same name.")
        }
        if case .named(let name) = toolChoice, !tools.contains(where: { $0.name == name }) {
            throw ServiceError(
                .invalidRequest,
                field: "/tool_choice",
                "There is no tool '\(name.prefix(64))' in 'tools'."
            )
        }
        if toolChoice == .required, tools.isEmpty {
            throw ServiceError(.invalidRequest, field: "/tool_choice", "A tool is required, but 'tools' is empty.")
        }
        self.model = model
        self.messages = ChatRequest.named(messages)
        self.tools = tools
        self.toolChoice = toolChoice
        self.options = options
    }

    /// The bytes of what a model reads: contents, tool calls, and the definitions of the tools that it may call.
    public var promptBytes: Int {
        let said = self.messages.reduce(0) { bytes, message in
            let calls = message.toolCalls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
            return bytes + message.content.utf8.count + calls
        }
        guard self.toolChoice != .none else { return said }
        return self.tools.reduce(said) { bytes, tool in
            let schema = tool.parameters.map { JSONValue.object($0).text.utf8.count } ?? 0
            return bytes + tool.name.utf8.count + (tool.description?.utf8.count ?? 0) + schema
        }
    }

    /// Gives each tool's result the name of its tool: engines want it, and most callers leave it to the call's id.
    private static func named(_ messages: [ChatMessage]) -> [ChatMessage] {
        var names: [String: String] = [:]
        return messages.map { message in
            for call in message.toolCalls { names[call.id] = call.name }
            guard message.role == .tool, message.toolName == nil, let id = message.toolCallID else { return message }
            var message = message
            message.toolName = names[id]
            return message
        }
    }

    /// All messages together are a prompt.
    private static func checkLength(of messages: [ChatMessage]) throws {
        // Counting characters is dear; there are never more of them than bytes.
        guard messages.reduce(0, { $0 + $1.content.utf8.count }) > Prompt.maximumLength else { return }
        let length = messages.reduce(0) { $0 + $1.content.unicodeScalars.count }
        guard length > Prompt.maximumLength else { return }
        throw ServiceError(
            .invalidPrompt,
            field: "/messages",
            "The messages have \(length) characters together; at most \(Prompt.maximumLength) are allowed."
        )
    }
}
