import Domain

/// Reads the blocks of which the contents of a Messages request consist.
struct ContentBlockReader {
    /// What a block says.
    enum Block {
        case text(String)
        case image(ImagePart)
        case thinking(String)
        case toolCall(ToolCall)
        case toolResult(ToolResult)
        /// Nothing that a model could be told.
        case nothing
    }

    /// What became of a tool call.
    struct ToolResult {
        let callID: String
        let text: String
        let images: [ImagePart]
    }

    /// Where a block stands, which decides what it may be.
    enum Place: String {
        case user = "a user's message"
        case assistant = "an assistant's message"
        case system = "a system message"
        case toolResult = "a tool result"

        fileprivate var kinds: [Kind] {
            switch self {
            case .user: [.text, .image, .document, .toolResult]
            case .assistant: [.text, .toolUse, .thinking, .redactedThinking]
            case .system: [.text]
            case .toolResult: [.text, .image, .document]
            }
        }
    }

    /// The blocks that are understood.
    fileprivate enum Kind: String, CaseIterable {
        case text, image, document, thinking
        case redactedThinking = "redacted_thinking"
        case toolUse = "tool_use"
        case toolResult = "tool_result"
    }

    let ignored: IgnoredFields

    /// Reads a block; nil where something is wrong with it.
    func block(_ reader: FieldReader, in place: Place) -> Block? {
        guard let type = reader.requiredString("type") else { return nil }
        guard let kind = Kind(rawValue: type) else {
            let known = Kind.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            reader.unsupportedValue("type", "Blocks of type '\(type.prefix(64))' are not understood; \(known) are.")
            return nil
        }
        guard place.kinds.contains(kind) else {
            reader.fault("type", "A block of type '\(type)' does not belong into \(place.rawValue).")
            return nil
        }
        self.ignored.note("cache_control", in: reader)
        switch kind {
        case .text: return reader.requiredString("text").map { .text($0) }
        case .image: return self.image(reader).map { .image($0) }
        case .document: return self.document(reader).map { .text($0) }
        // A signature vouches for a thought towards Anthropic; here nobody asks.
        case .thinking: return reader.requiredString("thinking").map { .thinking($0) }
        // Only Anthropic can read it.
        case .redactedThinking: return .nothing
        case .toolUse: return self.toolCall(reader).map { .toolCall($0) }
        case .toolResult: return self.toolResult(reader).map { .toolResult($0) }
        }
    }

    // MARK: Kinds

    private func image(_ reader: FieldReader) -> ImagePart? {
        self.ignored.note("transformations", in: reader, as: "image.transformations")
        return reader.required(
            "source",
            reader.object("source") { source -> ImagePart? in
                switch source.requiredString("type") {
                case nil: return nil
                case "base64":
                    let mediaType = source.requiredString("media_type")
                    guard let data = source.requiredString("data"), let mediaType else { return nil }
                    let pointer = source.pointer(to: "data")
                    return source.made("data") {
                        try ImagePart(mediaType: mediaType, base64: data[...], pointer: pointer)
                    }
                case "url":
                    guard let url = source.requiredString("url") else { return nil }
                    let pointer = source.pointer(to: "url")
                    return source.made("url") { try ImagePart(url: url, pointer: pointer) }
                case _?:
                    source.unsupportedValue("type", "Only sources of type 'base64' and 'url' work.")
                    return nil
                }
            }
        )
    }

    private func document(_ reader: FieldReader) -> String? {
        let heading = [reader.string("title"), reader.string("context")].compactMap(\.self)
        self.ignored.note("citations", in: reader, as: "document.citations")
        let text = reader.required(
            "source",
            reader.object("source") { source -> String? in
                guard let type = source.requiredString("type") else { return nil }
                guard type == "text" else {
                    source.unsupportedValue("type", "A document must be plain text: only sources of type 'text' work.")
                    return nil
                }
                return source.requiredString("data")
            }
        )
        return text.map { (heading + [$0]).joined(separator: "\n") }
    }

    private func toolCall(_ reader: FieldReader) -> ToolCall? {
        let (id, name) = (reader.requiredString("id"), reader.requiredString("name"))
        let input = reader.required("input", reader.value("input"))
        if let input, input.object == nil {
            reader.fault("input", "An object is expected, not \(input.kind).")
            return nil
        }
        guard let id, let name, let input else { return nil }
        return ToolCall(id: id, name: name, arguments: input.text)
    }

    private func toolResult(_ reader: FieldReader) -> ToolResult? {
        let id = reader.requiredString("tool_use_id")
        let isError = reader.bool("is_error") ?? false
        var (texts, images): ([String], [ImagePart]) = ([], [])
        for block in self.blocks(of: reader, in: .toolResult) {
            switch block {
            case .text(let text): texts.append(text)
            case .image(let image): images.append(image)
            case .thinking, .toolCall, .toolResult, .nothing: continue
            }
        }
        // Engines have no field for it, and a model should not take a failure for a result.
        if isError { texts.insert("The tool failed.", at: 0) }
        return id.map { ToolResult(callID: $0, text: texts.joined(separator: "\n"), images: images) }
    }

    /// The blocks of a `content`, which may be one text; none where there is no such field.
    func blocks(of reader: FieldReader, in place: Place) -> [Block] {
        switch reader.value("content") {
        case nil: return []
        case .string(let text)?: return [.text(text)]
        case .array?: return reader.objects("content") { self.block($0, in: place) } ?? []
        case let value?:
            reader.fault("content", "A string or an array of blocks is expected, not \(value.kind).")
            return []
        }
    }
}
