import Domain

/// Reads the messages of a conversation.
///
/// Source: OpenAI's API reference.
enum OpenAIMessageReader {
    /// What a message's content consists of.
    struct Content {
        var text = ""
        var images: [ImagePart] = []
    }

    /// Reads a message.
    static func message(_ reader: FieldReader) -> ChatMessage? {
        let role = OpenAIMessageReader.role(reader)
        let toolCalls = reader.objects("tool_calls") { OpenAIMessageReader.toolCall($0) } ?? []
        let content = OpenAIMessageReader.content(reader)
        let thinking = reader.string("reasoning") ?? reader.string("reasoning_content")
        let toolCallID = reader.string("tool_call_id")
        let name = reader.string("name")
        if content == nil, role != .assistant { _ = reader.required("content", content) }
        guard let role else { return nil }
        return reader.madeHere {
            try ChatMessage(
                role: role,
                content: content?.text ?? "",
                images: content?.images ?? [],
                thinking: thinking,
                toolCalls: toolCalls,
                toolCallID: role == .tool ? toolCallID : nil,
                toolName: role == .tool ? name : nil
            )
        }
    }

    // MARK: Parts

    private static func role(_ reader: FieldReader) -> ChatMessage.Role? {
        switch reader.requiredString("role") {
        case nil: return nil
        // The newer name of the same role.
        case "developer": return .system
        case "function": return .tool
        case let word?:
            if let role = ChatMessage.Role(rawValue: word) { return role }
            let words = "'system', 'developer', 'user', 'assistant', 'tool'"
            reader.fault("role", "'\(word.prefix(64))' is not one of \(words).")
            return nil
        }
    }

    private static func content(_ reader: FieldReader) -> Content? {
        switch reader.value("content") {
        case nil: return nil
        case .string(let text)?: return Content(text: text)
        case .array?:
            let parts = reader.objects("content") { OpenAIMessageReader.part($0) } ?? []
            let texts = parts.map(\.text).filter { !$0.isEmpty }
            return Content(text: texts.joined(separator: "\n"), images: parts.flatMap(\.images))
        case let value?:
            reader.fault("content", "A string or an array of parts is expected, not \(value.kind).")
            return nil
        }
    }

    private static func part(_ reader: FieldReader) -> Content? {
        switch reader.requiredString("type") {
        case "text": return reader.requiredString("text").map { Content(text: $0) }
        case "refusal": return reader.requiredString("refusal").map { Content(text: $0) }
        case "image_url":
            // Some clients send the address itself where an object is due.
            if reader.value("image_url")?.string != nil { return OpenAIMessageReader.image(reader, "image_url") }
            return reader.required("image_url", reader.object("image_url") { OpenAIMessageReader.image($0, "url") })
        case let type?:
            reader.unsupported("type", "A part of type '\(type.prefix(64))' cannot be had; use 'text' or 'image_url'.")
            return nil
        case nil: return nil
        }
    }

    /// Reads a picture of which a field is the address.
    static func image(_ reader: FieldReader, _ key: String) -> Content? {
        guard let url = reader.requiredString(key) else { return nil }
        let pointer = reader.pointer(to: key)
        return reader.made(key) { try ImagePart(url: url, pointer: pointer) }.map { Content(images: [$0]) }
    }

    private static func toolCall(_ reader: FieldReader) -> ToolCall? {
        let id = reader.string("id") ?? ""
        return reader.required(
            "function",
            reader.object("function") { function -> ToolCall? in
                let name = function.requiredString("name")
                let arguments = function.toolArguments()
                guard let name, let arguments else { return nil }
                return ToolCall(id: id, name: name, arguments: arguments)
            }
        )
    }
}
