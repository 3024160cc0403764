/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, CaseIterable {
        /// The one who sets the rules.
        case system
        /// The one who asks.
        case user
        /// The model.
        case assistant
        /// A tool that was called.
        case tool
    }

    /// Who speaks.
    public let role: Role
    /// What is said; empty where an assistant only calls tools.
    public let content: String
    /// The pictures that belong to it.
    public private(set) var images: [ImagePart]
    /// What the model thought before, where the caller sends it back.
    public let thinking: String?
    /// The tools that the assistant asked for.
    public let toolCalls: [ToolCall]
    /// The call that this message is the result of.
    public let toolCallID: String?
    /// The tool that this message is the result of.
    public internal(set) var toolName: String?

    /// Checks a message.
    ///
    /// - Throws: ``ServiceError`` `invalid_prompt` if the content is too long, `invalid_request` if a part does not
    ///   belong to the role.
    public init(
        role: Role,
        content: String,
        images: [ImagePart] = [],
        thinking: String? = nil,
        toolCalls: [ToolCall] = [],
        toolCallID: String? = nil,
        toolName: String? = nil
    ) throws {
        try Prompt.checkLength(of: content)
        guard toolCalls.isEmpty || role == .assistant else {
            throw ServiceError(.invalidRequest, field: "/tool_calls", "Only an assistant's message can call tools.")
        }
        guard toolCallID == nil || role == .tool else {
            throw ServiceError(.invalidRequest, field: "/tool_call_id", "Only a tool's message refers to a tool call.")
        }
        self.role = role
        self.content = content
        self.images = images
        self.thinking = thinking
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        self.toolName = toolName
    }

    /// The same message with other pictures.
    public func with(images: [ImagePart]) -> ChatMessage {
        var message = self
        message.images = images
        return message
    }
}
