import Application
import Domain

/// Reads a body in Ollama's words for an engine that speaks another dialect.
///
/// Source: Ollama's API documentation. Unknown fields and options are ignored, as Ollama does.
struct OllamaRequestReader {
    /// The model as the caller spelt it.
    let model: String
    /// What is to be done; nil for a request that only loads or unloads a model.
    let work: EngineWork?
    /// Why there is nothing to do: `load` or `unload`.
    let reason: String

    /// Reads a body.
    ///
    /// - Throws: ``ServiceError`` with every fault, or `not_supported_by_engine` for what only an Ollama can do.
    static func read(_ request: RelayedRequest, _ operation: OllamaOperation) throws -> OllamaRequestReader {
        let body = try JSONParser.parse(request.body).object ?? [:]
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        try OllamaRequestReader.refuse(reader, operation)
        let model = reader.string("model") ?? ""
        let work: EngineWork?
        switch operation {
        case .generate: work = try OllamaRequestReader.generate(reader, request)
        case .chat: work = try OllamaRequestReader.chat(reader, request)
        case .embed, .embeddings: work = try OllamaRequestReader.embed(reader, operation)
        }
        try faults.throwIfAny()
        let unloads = request.options.keepAlive?.lengthInSeconds == 0
        return OllamaRequestReader(model: model, work: work, reason: unloads ? "unload" : "load")
    }

    /// What only an Ollama can do.
    private static func refuse(_ reader: FieldReader, _ operation: OllamaOperation) throws {
        guard operation == .generate else { return }
        for key in ["raw", "context", "suffix", "template"] {
            switch reader.value(key) {
            case nil, .bool(false)?, .string("")?, .array([])?: continue
            case _?:
                throw ServiceError(
                    .notSupportedByEngine,
                    "the engine of this model does not support '\(key)'; an Ollama engine does",
                    isRetryable: false
                )
            }
        }
    }

    private static func generate(_ reader: FieldReader, _ request: RelayedRequest) throws -> EngineWork? {
        let prompt = reader.string("prompt") ?? ""
        let system = reader.string("system")
        let images = OllamaRequestReader.images(reader)
        let options = OllamaRequestReader.options(reader, request)
        try reader.faults.throwIfAny()
        if images.isEmpty {
            guard !prompt.isEmpty else { return nil }
            return .generate(
                GenerationRequest(
                    model: nil,
                    prompt: try Prompt(prompt),
                    system: try system.map { try SystemMessage($0) },
                    options: options
                )
            )
        }
        // Only a conversation can hold pictures there.
        var messages: [ChatMessage] = []
        if let system { messages.append(try ChatMessage(role: .system, content: system)) }
        messages.append(try ChatMessage(role: .user, content: prompt, images: images))
        return .chat(try ChatRequest(model: nil, messages: messages, options: options))
    }

    private static func chat(_ reader: FieldReader, _ request: RelayedRequest) throws -> EngineWork? {
        let messages = reader.objects("messages") { OllamaRequestReader.message($0) } ?? []
        let tools = reader.objects("tools") { $0.tool() } ?? []
        let options = OllamaRequestReader.options(reader, request)
        try reader.faults.throwIfAny()
        guard !messages.isEmpty else { return nil }
        return .chat(try ChatRequest(model: nil, messages: messages, tools: tools, options: options))
    }

    private static func embed(_ reader: FieldReader, _ operation: OllamaOperation) throws -> EngineWork? {
        let key = operation == .embed ? "input" : "prompt"
        let inputs = reader.strings(key, atMost: EmbeddingRequest.maximumInputs) ?? []
        let dimensions = reader.integer("dimensions", in: 1...65_536)
        var options = GenerationOptions()
        options.truncate = reader.bool("truncate")
        try reader.faults.throwIfAny()
        guard inputs.contains(where: { !$0.isEmpty }) else { return nil }
        return .embed(try EmbeddingRequest(model: nil, inputs: inputs, dimensions: dimensions, options: options))
    }

    private static func message(_ reader: FieldReader) -> ChatMessage? {
        // A role that Ollama does not know it takes as it is; to a template it is one who asks.
        let role = reader.string("role").flatMap { ChatMessage.Role(rawValue: $0) } ?? .user
        let content = reader.string("content") ?? ""
        let images = OllamaRequestReader.images(reader)
        let thinking = reader.string("thinking")
        let calls = reader.objects("tool_calls") { OllamaRequestReader.toolCall($0) } ?? []
        let toolCallID = reader.string("tool_call_id")
        let toolName = reader.string("tool_name")
        return reader.madeHere {
            try ChatMessage(
                role: role,
                content: content,
                images: images,
                thinking: thinking,
                toolCalls: calls,
                toolCallID: role == .tool ? toolCallID : nil,
                toolName: toolName
            )
        }
    }

    private static func toolCall(_ reader: FieldReader) -> ToolCall? {
        let id = reader.string("id") ?? ""
        return reader.object("function") { function -> ToolCall? in
            guard let name = function.requiredString("name") else { return nil }
            let arguments = function.toolArguments() ?? "{}"
            return ToolCall(id: id, name: name, arguments: arguments)
        }
    }

    private static func images(_ reader: FieldReader) -> [ImagePart] {
        let texts = reader.strings("images", atMost: 1000) ?? []
        return texts.enumerated().compactMap { index, text in
            let pointer = "\(reader.pointer(to: "images"))/\(index)"
            return reader.made("images") { try ImagePart(mediaType: nil, base64: text[...], pointer: pointer) }
        }
    }

    private static func options(_ reader: FieldReader, _ request: RelayedRequest) -> GenerationOptions {
        var options = reader.object("options") { OllamaRequestReader.sampling($0) } ?? GenerationOptions()
        options.maxTokens = request.options.maxTokens
        options.contextLength = request.options.contextLength
        options.keepAlive = request.options.keepAlive
        options.truncate = reader.bool("truncate")
        options.logprobs = reader.bool("logprobs")
        options.topLogprobs = reader.integer("top_logprobs", in: 0...20)
        options.format = reader.value("format").flatMap { value in
            reader.made("format") { try ResponseFormat(ollama: value) }
        }
        switch reader.value("think") {
        case .bool(let isEnabled)?: options.think = .enabled(isEnabled)
        case .string?: options.think = reader.choice("think", as: Think.Level.self).map(Think.level)
        default: break
        }
        return options
    }

    private static func sampling(_ reader: FieldReader) -> GenerationOptions? {
        var options = GenerationOptions()
        options.temperature = reader.number("temperature", in: 0...Double.greatestFiniteMagnitude)
        options.topP = reader.number("top_p", in: 0...Double.greatestFiniteMagnitude)
        options.topK = reader.integer("top_k", in: 0...Int.max)
        options.minP = reader.number("min_p", in: 0...1)
        options.seed = reader.integer("seed", in: Int.min...Int.max)
        options.stop = reader.strings("stop", atMost: GenerationOptions.maximumStops)
        options.repeatPenalty = reader.number("repeat_penalty", in: 0...Double.greatestFiniteMagnitude)
        options.presencePenalty = reader.number("presence_penalty", in: -100...100)
        options.frequencyPenalty = reader.number("frequency_penalty", in: -100...100)
        return options
    }
}
