import Domain

/// One item of a conversation.
enum ResponsesItem {
    /// Something said, or a tool's result.
    case message(ChatMessage)
    /// A tool that the model asked for.
    case call(ToolCall)
    /// What the model thought before its next message or call.
    case thought(String)
}

/// What the model thought, said and called in one go: items here, one message for an engine.
struct ResponsesTurn {
    private var thoughts: [String] = []
    private var text: ChatMessage?
    private var calls: [ToolCall] = []

    /// Makes messages of items.
    ///
    /// - Throws: ``ServiceError`` `invalid_prompt` for a text that is too long.
    static func messages(of items: [ResponsesItem]) throws -> [ChatMessage] {
        var messages: [ChatMessage] = []
        var turn = ResponsesTurn()
        for item in items {
            if !turn.takes(item), let message = try turn.message {
                messages.append(message)
                turn = ResponsesTurn()
            }
            switch item {
            case .message(let message) where message.role == .assistant: turn.text = message
            case .message(let message): messages.append(message)
            case .call(let call): turn.calls.append(call)
            case .thought(let thought): turn.thoughts.append(thought)
            }
        }
        if let message = try turn.message { messages.append(message) }
        return messages
    }

    /// Whether an item belongs to the same turn: thoughts come first, then what is said, then the calls.
    private func takes(_ item: ResponsesItem) -> Bool {
        switch item {
        case .message(let message): message.role == .assistant && self.text == nil && self.calls.isEmpty
        case .call: true
        case .thought: self.text == nil && self.calls.isEmpty
        }
    }

    /// The turn as one message; nil if nothing belongs to it.
    private var message: ChatMessage? {
        get throws {
            guard self.text != nil || !self.calls.isEmpty || !self.thoughts.isEmpty else { return nil }
            return try ChatMessage(
                role: .assistant,
                content: self.text?.content ?? "",
                images: self.text?.images ?? [],
                thinking: self.thoughts.isEmpty ? nil : self.thoughts.joined(separator: "\n"),
                toolCalls: self.calls
            )
        }
    }
}
