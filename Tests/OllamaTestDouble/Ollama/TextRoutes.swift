/// `/api/generate` and `/api/chat`.
enum TextRoutes {
    static func generate(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let request = try NativeRequests.generate(NativeRequests.json(exchange.request.body))
            let model = try engine.model(request.modelName)
            guard model.can(.completion) else {
                throw EngineError(400, "\"\(request.modelName)\" does not support generate")
            }
            try check(request, model)
            let runner = InferenceRunner(engine: engine, request: request, model: model, exchange: exchange)
            try await runner.run(NativeDialect(request: request))
        }
    }

    static func chat(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let request = try NativeRequests.chat(NativeRequests.json(exchange.request.body))
            let model = try chatModel(request, engine)
            if request.rendersOnly { return try await exchange.json(rendered(request, model)) }
            let runner = InferenceRunner(engine: engine, request: request, model: model, exchange: exchange)
            try await runner.run(NativeDialect(request: request))
        }
    }

    /// The model of a chat in any dialect, checked for what the request asks of it.
    static func chatModel(_ request: InferenceRequest, _ engine: OllamaEngine) throws(EngineError) -> ModelDescription {
        if request.modelName.isEmpty { throw EngineError(400, "model is required") }
        let model = try engine.model(request.modelName)
        guard model.can(.completion) else {
            throw EngineError(400, "\"\(request.modelName)\" does not support chat")
        }
        try check(request, model)
        return model
    }

    private static func check(_ request: InferenceRequest, _ model: ModelDescription) throws(EngineError) {
        let full = ModelName.fullyQualified(model.name)
        if !request.tools.isEmpty, !model.can(.tools) { throw EngineError(400, "\(full) does not support tools") }
        if request.hasSuffix, !model.can(.insert) { throw EngineError(400, "\(full) does not support insert") }
        if request.think == .on, !model.can(.thinking) {
            throw EngineError(400, "\"\(request.modelName)\" does not support thinking")
        }
    }

    private static func rendered(_ request: InferenceRequest, _ model: ModelDescription) -> JSONValue {
        let system = request.system ?? model.system
        let text =
            "<|im_start|>system\n\(system)<|im_end|>\n<|im_start|>user\n\(request.prompt)<|im_end|>\n"
            + "<|im_start|>assistant\n"
        return [
            "model": .string(request.modelName),
            "created_at": .string(WallClock.now.rfc3339),
            "message": ["role": "", "content": ""],
            "done": false,
            "_debug_info": ["rendered_template": .string(text)],
        ]
    }
}
