/// The routes under `/v1` that speak OpenAI's dialect.
enum OpenAIRoutes {
    static let all: [Router.Route] = [
        .init("GET", "/v1/models", models),
        .init("GET", "/v1/models/:model", model),
        .init("POST", "/v1/chat/completions", chat),
        .init("POST", "/v1/completions", completions),
        .init("POST", "/v1/embeddings", embeddings),
        .init("POST", "/v1/responses", ResponsesRoute.answer),
    ]

    private static func models(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        let rows = engine.store.all.map { row($0, name: $0.name) }
        try await exchange.bareJSON(["object": "list", "data": .array(rows)])
    }

    private static func model(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answering(errorsBy: OpenAIErrors.failure) {
            let name = exchange.request.lastPathPart
            guard let model = engine.store.find(name) else {
                throw EngineError(404, "model '\(ModelName.completed(name))' not found")
            }
            try await exchange.bareJSON(row(model, name: name))
        }
    }

    private static func row(_ model: ModelDescription, name: String) -> JSONValue {
        ["id": .string(name), "object": "model", "created": .integer(model.modified), "owned_by": "library"]
    }

    private static func chat(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answering(errorsBy: OpenAIErrors.failure) {
            let body = try OpenAIRequests.json(exchange.request.body)
            let request = try OpenAIRequests.chat(body)
            let model = try TextRoutes.chatModel(request, engine)
            let usage = body["stream_options"]?["include_usage"]?.flag ?? false
            let runner = InferenceRunner(engine: engine, request: request, model: model, exchange: exchange)
            try await runner.run(ChatDialect(request: request, includesUsage: usage))
        }
    }

    private static func completions(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answering(errorsBy: OpenAIErrors.failure) {
            let body = try OpenAIRequests.json(exchange.request.body)
            let request = try OpenAIRequests.completion(body)
            let model = try engine.model(request.modelName)
            guard model.can(.completion) else {
                throw EngineError(400, "\"\(request.modelName)\" does not support generate")
            }
            let usage = body["stream_options"]?["include_usage"]?.flag ?? false
            let runner = InferenceRunner(engine: engine, request: request, model: model, exchange: exchange)
            try await runner.run(CompletionDialect(request: request, includesUsage: usage))
        }
    }

    private static func embeddings(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answering(errorsBy: OpenAIErrors.failure) {
            let body = try OpenAIRequests.json(exchange.request.body)
            guard let input = body["input"], !input.isNull, input != "" else {
                throw EngineError(400, "invalid input", isEarly: true)
            }
            let result = try await EmbedRoutes.vectors(engine, exchange, body, EmbedRoutes.inputs(input))
            let isBase64 = body["encoding_format"]?.text == "base64"
            let rows = result.vectors.enumerated().map { index, vector -> JSONValue in
                let numbers = JSONValue.array(vector.map { .number(EmbedRoutes.single($0)) })
                return [
                    "object": "embedding",
                    "embedding": isBase64 ? .string(Base64.encode(littleEndian(vector))) : numbers,
                    "index": .integer(index),
                ]
            }
            let tokens = JSONValue.integer(result.promptTokens)
            try await exchange.bareJSON([
                "object": "list",
                "data": .array(rows),
                "model": body["model"] ?? "",
                "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
            ])
        }
    }

    /// The bytes of 32-bit floats.
    private static func littleEndian(_ vector: [Double]) -> [UInt8] {
        vector.flatMap { number in
            let bits = Float(number).bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
        }
    }
}
