/// A conversation to be answered.
public struct ChatRequest: Sendable, Hashable {
    /// The model, such as `llama3.2:3b`; nil lets the service choose.
    ///
    /// An Ollama that is called directly needs one.
    public var model: String?
    /// What was said so far, the newest last.
    public var messages: [ChatMessage]
    /// The tools that the model may call.
    public var tools: [Tool]
    /// Whether it may, or must.
    public var toolChoice: ToolChoice
    /// How the answer is generated.
    public var options: GenerationOptions

    /// A conversation.
    public init(
        model: String? = nil,
        messages: [ChatMessage],
        tools: [Tool] = [],
        toolChoice: ToolChoice = .auto,
        options: GenerationOptions = GenerationOptions()
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.options = options
    }

    /// A conversation that begins with a question.
    public init(
        model: String? = nil,
        _ question: String,
        options: GenerationOptions = GenerationOptions()
    ) {
        self.init(model: model, messages: [.user(question)], options: options)
    }
}

/// What somebody said.
public struct ChatMessage: Sendable, Hashable {
    /// Who says something.
    public enum Role: String, Sendable, Hashable {
        /// Whoever sets the rules.
        case system
        /// Whoever asks.
        case user
        /// The model.
        case assistant
        /// A tool that the model had called.
        case tool
    }

    /// Who says it.
    public var role: Role
    /// What is said.
    public var content: String
    /// Pictures, each the bytes of a JPEG, PNG or WebP file.
    public var images: [[UInt8]]
    /// What the model thought before it answered.
    public var thinking: String?
    /// The tools that the model calls.
    public var toolCalls: [ToolCall]
    /// The call that a tool answers.
    public var toolCallID: String?
    /// The name of the tool that answers.
    public var toolName: String?

    /// A message.
    public init(
        role: Role,
        content: String,
        images: [[UInt8]] = [],
        thinking: String? = nil,
        toolCalls: [ToolCall] = [],
        toolCallID: String? = nil,
        toolName: String? = nil
    ) {
        self.role = role
        self.content = content
        self.images = images
        self.thinking = thinking
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        self.toolName = toolName
    }

    /// A rule.
    public static func system(_ content: String) -> ChatMessage { ChatMessage(role: .system, content: content) }

    /// A question, which may be about pictures.
    public static func user(_ content: String, images: [[UInt8]] = []) -> ChatMessage {
        ChatMessage(role: .user, content: content, images: images)
    }

    /// An answer.
    public static func assistant(_ content: String) -> ChatMessage { ChatMessage(role: .assistant, content: content) }

    /// What a tool answers to a call.
    public static func tool(_ content: String, answering call: ToolCall) -> ChatMessage {
        ChatMessage(role: .tool, content: content, toolCallID: call.id.isEmpty ? nil : call.id, toolName: call.name)
    }
}
