import Domain

/// What a native route understood of a body.
struct NativeRequest<Request: Sendable>: Sendable {
    /// The request itself.
    let request: Request
    /// Whether the caller wants the answer piece by piece.
    let isStreamed: Bool
}

/// Turns the bodies of native inference routes into requests.
///
/// All faults of a body are told at once.
enum NativeRequestReader {
    /// Reads the body of `POST /api/v1/generate`.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func generate(_ body: JSONObject) throws -> NativeRequest<GenerationRequest> {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let model = reader.model()
        let prompt = reader.requiredString("prompt").flatMap { text in reader.made("prompt") { try Prompt(text) } }
        let system = reader.string("system").flatMap { text in reader.made("system") { try SystemMessage(text) } }
        let options = GenerationOptions(native: reader)
        let isStreamed = reader.bool("stream") ?? false
        reader.refuseUnknownFields()
        try faults.throwIfAny()
        guard let prompt else { throw ServiceError.unexpectedField }
        return NativeRequest(
            request: GenerationRequest(model: model, prompt: prompt, system: system, options: options),
            isStreamed: isStreamed
        )
    }

    /// Reads the body of `POST /api/v1/chat`.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func chat(_ body: JSONObject) throws -> NativeRequest<ChatRequest> {
        let faults = FaultList()
        return try NativeRequestReader.chat(FieldReader(body, faults: faults), faults)
    }

    /// Reads the body of `POST /api/v1/vlm`: that of a chat, with images for its last message of a user.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func vlm(_ body: JSONObject) throws -> NativeRequest<VLMRequest> {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let images = reader.images("images")
        let wish = reader.imageWish()
        let chat = try NativeRequestReader.chat(reader, faults)
        let request = try VLMRequest(chat.request, images: images, wish: wish)
        return NativeRequest(request: request, isStreamed: chat.isStreamed)
    }

    private static func chat(_ reader: FieldReader, _ faults: FaultList) throws -> NativeRequest<ChatRequest> {
        let model = reader.model()
        let messages = reader.required("messages", reader.objects("messages") { NativeRequestReader.message($0) })
        let tools = reader.objects("tools") { NativeRequestReader.tool($0) } ?? []
        let choice = reader.toolChoice()
        let options = GenerationOptions(native: reader)
        let isStreamed = reader.bool("stream") ?? false
        reader.refuseUnknownFields()
        try faults.throwIfAny()
        guard let messages else { throw ServiceError.unexpectedField }
        return NativeRequest(
            request: try ChatRequest(
                model: model,
                messages: messages,
                tools: tools,
                toolChoice: choice ?? .auto,
                options: options
            ),
            isStreamed: isStreamed
        )
    }

    /// Reads the body of `POST /api/v1/embeddings`: `input`, or `prompt` as the predecessor called it.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func embeddings(_ body: JSONObject) throws -> (request: EmbeddingRequest, prompt: String?) {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let model = reader.model()
        let prompt = reader.string("prompt")
        let input = reader.strings("input", atMost: EmbeddingRequest.maximumInputs)
        if prompt == nil, input == nil {
            _ = reader.required("input", input)
        } else if prompt != nil, input != nil {
            reader.fault("input", "Only one of 'prompt' and 'input' can be given.")
        }
        let dimensions = reader.integer("dimensions", in: 1...65_536)
        var options = GenerationOptions()
        options.truncate = reader.bool("truncate")
        options.keepAlive = reader.keepAlive()
        options.contextLength = reader.integer("num_ctx", in: 1...Int.max)
        reader.refuseUnknownFields()
        try faults.throwIfAny()
        let inputs = input ?? prompt.map { [$0] } ?? []
        let request = try EmbeddingRequest(model: model, inputs: inputs, dimensions: dimensions, options: options)
        return (request, inputs.count == 1 ? inputs[0] : nil)
    }

    // MARK: Parts

    private static func message(_ reader: FieldReader) -> ChatMessage? {
        let role = reader.required("role", reader.choice("role", as: ChatMessage.Role.self))
        let toolCalls = reader.objects("tool_calls") { NativeRequestReader.toolCall($0) } ?? []
        // An assistant that only calls tools says nothing, and clients send that as null.
        let content = toolCalls.isEmpty ? reader.requiredString("content") : reader.string("content") ?? ""
        let images = reader.images("images")
        let thinking = reader.string("thinking")
        let toolCallID = reader.string("tool_call_id")
        let toolName = reader.string("tool_name")
        reader.refuseUnknownFields()
        guard let role, let content else { return nil }
        do {
            return try ChatMessage(
                role: role,
                content: content,
                images: images,
                thinking: thinking,
                toolCalls: toolCalls,
                toolCallID: toolCallID,
                toolName: toolName
            )
        } catch {
            reader.faults.add(reader.pointer, error)
            return nil
        }
    }

    private static func toolCall(_ reader: FieldReader) -> ToolCall? {
        let id = reader.string("id") ?? ""
        _ = reader.string("type")
        let function = reader.required(
            "function",
            reader.object("function") { function -> ToolCall? in
                let name = function.requiredString("name")
                let arguments = function.toolArguments()
                _ = function.value("index")
                function.refuseUnknownFields()
                guard let name, let arguments else { return nil }
                return ToolCall(id: id, name: name, arguments: arguments)
            }
        )
        _ = reader.value("index")
        reader.refuseUnknownFields()
        return function
    }

    private static func tool(_ reader: FieldReader) -> Tool? {
        if let type = reader.string("type"), type != "function" {
            reader.fault("type", "Only tools of type 'function' are known.")
        }
        let tool = reader.required(
            "function",
            reader.object("function") { function -> Tool? in
                let name = function.requiredString("name")
                let description = function.string("description")
                let parameters = function.value("parameters")
                _ = function.bool("strict")
                function.refuseUnknownFields()
                if let parameters, parameters.object == nil {
                    function.fault("parameters", "A JSON schema is expected, not \(parameters.kind).")
                    return nil
                }
                guard let name else { return nil }
                return reader.madeHere {
                    try Tool(name: name, description: description, parameters: parameters?.object)
                }
            }
        )
        reader.refuseUnknownFields()
        return tool
    }
}

extension ServiceError {
    /// A required field is missing although no fault was noted: cannot happen.
    fileprivate static let unexpectedField = ServiceError(.invalidRequest, "A required field is missing.")
}
