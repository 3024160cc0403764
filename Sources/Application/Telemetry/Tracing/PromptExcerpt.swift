import Domain

/// What an engine was asked, for a trace whose operator wants to see it.
struct PromptExcerpt: Sendable {
    /// The largest body in a caller's own words that is taken apart, in bytes: what holds pictures is larger, and would
    /// take long.
    private static let bodyLimit = 262_144

    /// What the model was told first, where that is apart from what is said.
    private let system: String?
    private let messages: [ExcerptMessage]

    /// Nil for what is too large to be looked at, or nothing that is known.
    init?(_ work: any ExchangeWork) {
        switch work {
        case let work as EngineWork: self.init(understood: work)
        case let request as RelayedRequest:
            guard request.operation != .transcribe, request.body.count <= Self.bodyLimit,
                let body = (try? JSONParser.parse(request.body))?.object
            else { return nil }
            self.init(ollama: body)
        default: return nil
        }
    }

    /// Attributes of at most so many bytes of text: the latest messages come first.
    func attributes(limit: Int) -> (attributes: [SpanAttribute], isCut: Bool) {
        var budget = limit
        var isCut = false
        var attributes: [SpanAttribute] = []
        let kept = self.messages.reversed().compactMap { $0.cut(to: &budget, &isCut) }.reversed()
        if !kept.isEmpty {
            var writer = JSONWriter()
            writer.array(kept) { $1.write(to: &$0) }
            attributes.add("gen_ai.input.messages", String(decoding: writer.bytes, as: UTF8.self))
        }
        if let system {
            let (text, isShort) = system.cut(to: budget)
            isCut = isCut || isShort
            if !text.isEmpty {
                var writer = JSONWriter()
                writer.array([ExcerptMessage.Part.text(String(text))]) { $1.write(to: &$0) }
                attributes.add("gen_ai.system_instructions", String(decoding: writer.bytes, as: UTF8.self))
            }
        }
        return (attributes, isCut)
    }

    private init(understood work: EngineWork) {
        switch work {
        case .generate(let request):
            self.system = request.system?.text
            self.messages = [ExcerptMessage(role: "user", parts: [.text(request.prompt.text)])]
        case .chat(let request):
            self.system = nil
            self.messages = request.messages.map(ExcerptMessage.init)
        case .embed(let request):
            self.system = nil
            self.messages = [ExcerptMessage(role: "user", parts: request.inputs.map { .text($0) })]
        }
    }

    /// Source: Ollama's API, the requests of `/api/chat`, `/api/generate` and `/api/embed`.
    private init(ollama body: JSONObject) {
        self.system = body["system"]?.string
        if let messages = body["messages"]?.array {
            self.messages = messages.compactMap { ExcerptMessage(ollama: $0) }
        } else if let prompt = body["prompt"]?.string {
            let images = (body["images"]?.array ?? []).map { _ in ExcerptMessage.Part.image }
            self.messages = [ExcerptMessage(role: "user", parts: [.text(prompt)] + images)]
        } else {
            let inputs = body["input"].map { $0.string.map { [$0] } ?? ($0.array ?? []).compactMap(\.string) } ?? []
            self.messages = inputs.isEmpty ? [] : [ExcerptMessage(role: "user", parts: inputs.map { .text($0) })]
        }
    }
}

extension ExcerptMessage {
    fileprivate init(_ message: ChatMessage) {
        var parts: [Part] = message.thinking.map { [.reasoning($0)] } ?? []
        if message.role == .tool {
            parts.append(.toolResponse(id: message.toolCallID, message.content))
        } else if !message.content.isEmpty {
            parts.append(.text(message.content))
        }
        parts += message.images.map { _ in .image } + message.toolCalls.map { .toolCall($0) }
        self.init(role: message.role.rawValue, parts: parts)
    }

    fileprivate init?(ollama message: JSONValue) {
        guard let message = message.object, let role = message["role"]?.string else { return nil }
        var parts: [Part] = message["thinking"]?.string.map { [.reasoning($0)] } ?? []
        if let content = message["content"]?.string, !content.isEmpty {
            parts.append(role == "tool" ? .toolResponse(id: message["tool_call_id"]?.string, content) : .text(content))
        }
        parts += (message["images"]?.array ?? []).map { _ in .image }
        parts += (message["tool_calls"]?.array ?? []).compactMap { ToolCall(ollama: $0).map { .toolCall($0) } }
        self.init(role: role, parts: parts)
    }
}
