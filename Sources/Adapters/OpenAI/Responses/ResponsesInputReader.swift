import Domain

/// Reads the `input` of `POST /v1/responses`: a text, or the items of a conversation.
///
/// Source: OpenAI's API reference.
enum ResponsesInputReader {
    /// Reads the conversation; nil if something is wrong with it.
    static func messages(_ reader: FieldReader) -> [ChatMessage]? {
        if case .string(let text)? = reader.value("input") {
            return reader.made("input") { [try ChatMessage(role: .user, content: text)] }
        }
        guard let items = reader.required("input", reader.objects("input") { ResponsesInputReader.item($0) }) else {
            return nil
        }
        if reader.value("input") == .array([]) { reader.fault("input", "There must be at least one item.") }
        return reader.made("input") { try ResponsesTurn.messages(of: items) }
    }

    // MARK: Items

    private static func item(_ reader: FieldReader) -> ResponsesItem? {
        switch reader.string("type") {
        // Messages may leave their type out.
        case nil, "message": return ResponsesInputReader.message(reader).map(ResponsesItem.message)
        case "function_call": return ResponsesInputReader.call(reader).map(ResponsesItem.call)
        case "function_call_output": return ResponsesInputReader.output(reader).map(ResponsesItem.message)
        case "reasoning": return ResponsesInputReader.thought(reader).map(ResponsesItem.thought)
        case "item_reference":
            reader.unsupported("type", "Responses are not kept; send the item itself.")
            return nil
        case let type?:
            reader.unsupported("type", "An item of type '\(type.prefix(64))' cannot be had here.")
            return nil
        }
    }

    private static func message(_ reader: FieldReader) -> ChatMessage? {
        let role = ResponsesInputReader.role(reader)
        let content = reader.required("content", ResponsesInputReader.content(reader, "content"))
        guard let role, let content else { return nil }
        return reader.madeHere {
            try ChatMessage(role: role, content: content.text, images: content.images)
        }
    }

    private static func role(_ reader: FieldReader) -> ChatMessage.Role? {
        switch reader.requiredString("role") {
        case nil: return nil
        case "user": return .user
        case "assistant": return .assistant
        case "system", "developer": return .system
        case let word?:
            reader.fault("role", "'\(word.prefix(64))' is not one of 'user', 'assistant', 'system', 'developer'.")
            return nil
        }
    }

    private static func call(_ reader: FieldReader) -> ToolCall? {
        let id = reader.requiredString("call_id")
        let name = reader.requiredString("name")
        let arguments = reader.toolArguments()
        guard let id, let name, let arguments else { return nil }
        return ToolCall(id: id, name: name, arguments: arguments)
    }

    private static func output(_ reader: FieldReader) -> ChatMessage? {
        let id = reader.requiredString("call_id")
        let output = reader.required("output", ResponsesInputReader.content(reader, "output"))
        guard let id, let output else { return nil }
        return reader.madeHere {
            try ChatMessage(role: .tool, content: output.text, images: output.images, toolCallID: id)
        }
    }

    /// What the model thought: all of it where the caller has it, else its summary; nil where it has neither.
    private static func thought(_ reader: FieldReader) -> String? {
        let content = reader.objects("content") { $0.requiredString("text") } ?? []
        let summary = reader.objects("summary") { $0.requiredString("text") } ?? []
        let parts = content.isEmpty ? summary : content
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }

    // MARK: Parts

    private static func content(_ reader: FieldReader, _ key: String) -> OpenAIMessageReader.Content? {
        switch reader.value(key) {
        case nil: return nil
        case .string(let text)?: return OpenAIMessageReader.Content(text: text)
        case .array?:
            let parts = reader.objects(key) { ResponsesInputReader.part($0) } ?? []
            let texts = parts.map(\.text).filter { !$0.isEmpty }
            return OpenAIMessageReader.Content(
                text: texts.joined(separator: "\n"),
                images: parts.flatMap(\.images)
            )
        case let value?:
            reader.fault(key, "A string or an array of parts is expected, not \(value.kind).")
            return nil
        }
    }

    private static func part(_ reader: FieldReader) -> OpenAIMessageReader.Content? {
        switch reader.requiredString("type") {
        case nil: return nil
        case "input_text", "output_text", "text":
            return reader.requiredString("text").map { OpenAIMessageReader.Content(text: $0) }
        case "refusal": return reader.requiredString("refusal").map { OpenAIMessageReader.Content(text: $0) }
        case "input_image":
            if reader.value("file_id") != nil {
                reader.unsupported("file_id", "Send the picture itself in 'image_url'.")
                return nil
            }
            return OpenAIMessageReader.image(reader, "image_url")
        case let type?:
            reader.unsupported(
                "type",
                "A part of type '\(type.prefix(64))' cannot be had; use 'input_text' or 'input_image'."
            )
            return nil
        }
    }
}
