/// `/v1/messages`.
enum MessagesRoute {
    static let all: [Router.Route] = [.init("POST", "/v1/messages", answer)]

    private static func answer(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answering(errorsBy: failure) {
            let body = try NativeRequests.json(exchange.request.body)
            let request = try read(body)
            let model = try TextRoutes.chatModel(request, engine)
            let runner = InferenceRunner(engine: engine, request: request, model: model, exchange: exchange)
            do {
                try await runner.run(MessagesDialect(request: request))
            } catch let error as EngineError where request.isStream && !exchange.isBegun {
                // The head of the stream was prepared already: what is left of it is its framing.
                let (headers, body) = failure(error, isStream: true)
                try await exchange.begin(error.status, headers)
                try await exchange.frame(Array(body.utf8), tokens: 0)
                try await exchange.end()
            }
        }
    }

    static func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) {
        failure(error, isStream: false)
    }

    static func failure(_ error: EngineError, isStream: Bool) -> (headers: [HeaderField], body: String) {
        let id = Fingerprint("\(error.message)\(WallClock.now.nanoseconds)").identifier(
            24,
            alphabet: "0123456789abcdef"
        )
        let body: JSONValue = [
            "type": "error",
            "error": ["type": .string(type(error.status)), "message": .string(error.message)],
            "request_id": .string("req_" + id),
        ]
        if error.isEarly { return ([.json], body.encoded()) }
        return (isStream ? [.noCache, .bareJSON] : [.bareJSON], body.encoded() + "\n")
    }

    private static func type(_ status: Int) -> String {
        switch status {
        case 400: "invalid_request_error"
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 429: "rate_limit_error"
        case 503, 529: "overloaded_error"
        default: "api_error"
        }
    }

    private static func read(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        var request = OpenAIRequests.common(body)
        if request.modelName.isEmpty { throw EngineError(400, "model is required", isEarly: true) }
        guard let limit = body["max_tokens"]?.int, limit > 0 else {
            throw EngineError(400, "max_tokens is required and must be positive", isEarly: true)
        }
        let messages = body["messages"]?.elements ?? []
        if messages.isEmpty { throw EngineError(400, "messages is required", isEarly: true) }
        request.system = body["system"]?.text ?? body["system"]?.elements?.first?["text"]?.text
        for message in messages {
            let content = try read(content: message["content"])
            request.prompt += request.prompt.isEmpty ? content.text : "\n" + content.text
            request.images += content.images
        }
        for tool in body["tools"]?.elements ?? [] {
            guard let name = tool["name"]?.text else { continue }
            request.tools.append(.init(name: name, parameters: tool["input_schema"] ?? [:]))
        }
        request.think = body["thinking"]?["type"]?.text == "enabled" ? .on : .unset
        var options: JSONValue = ["num_predict": .integer(limit)]
        if let stops = body["stop_sequences"] { options = options.adding("stop", stops) }
        request.options = options
        return request
    }

    private static func read(content: JSONValue?) throws(EngineError) -> (text: String, images: [[UInt8]]) {
        if let text = content?.text { return (text, []) }
        var texts: [String] = []
        var images: [[UInt8]] = []
        for part in content?.elements ?? [] {
            switch part["type"]?.text {
            case "image":
                guard let data = part["source"]?["data"]?.text, let bytes = try? Base64.decode(data) else {
                    throw EngineError(400, "invalid image input", isEarly: true)
                }
                images.append(bytes)
            case "tool_result": texts.append(try read(content: part["content"]).text)
            default: texts.append(part["text"]?.text ?? "")
            }
        }
        return (texts.joined(separator: "\n"), images)
    }
}
