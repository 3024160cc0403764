/// `/v1/responses`.
enum ResponsesRoute {
    static func answer(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answering(errorsBy: OpenAIErrors.failure) {
            let body = try OpenAIRequests.json(exchange.request.body)
            let request = try read(body)
            let model = try TextRoutes.chatModel(request, engine)
            let runner = InferenceRunner(engine: engine, request: request, model: model, exchange: exchange)
            try await runner.run(ResponsesDialect(request: request, body: body))
        }
    }

    private static func read(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        var request = OpenAIRequests.common(body)
        request.system = body["instructions"]?.text
        if let text = body["input"]?.text {
            request.prompt = text
        } else {
            for item in body["input"]?.elements ?? [] {
                let content = try OpenAIRequests.read(item["content"])
                request.prompt += request.prompt.isEmpty ? content.text : "\n" + content.text
                request.images += content.images
            }
        }
        let format = body["text"]?["format"]
        if format?["type"]?.text == "json_schema" { request.format = format?["schema"] }
        for tool in body["tools"]?.elements ?? [] {
            guard let name = tool["name"]?.text else { continue }
            request.tools.append(.init(name: name, parameters: tool["parameters"] ?? [:]))
        }
        request.think = try OpenAIRequests.think(body["reasoning"]?["effort"])
        request.options = OpenAIRequests.options(body, limit: body["max_output_tokens"])
        return request
    }
}
