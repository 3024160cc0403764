/// `/api/embed` and the older `/api/embeddings`.
enum EmbedRoutes {
    struct Vectors {
        var vectors: [[Double]]
        var promptTokens: Int
        var total: Duration
        var load: Duration
    }

    static func embed(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let name = body["model"]?.text ?? ""
            let result = try await vectors(engine, exchange, body, inputs(body["input"]))
            var answer: JSONValue = [
                "model": .string(name),
                "embeddings": .array(result.vectors.map { .array($0.map { .number(single($0)) }) }),
            ]
            if !result.vectors.isEmpty {
                answer =
                    answer
                    .adding("total_duration", .integer(result.total.nanoseconds))
                    .adding("load_duration", .integer(max(1, result.load.nanoseconds)))
                    .adding("prompt_eval_count", .integer(result.promptTokens))
            }
            try await exchange.json(answer)
        }
    }

    static func embeddings(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let prompt = body["prompt"]?.text ?? ""
            do {
                let result = try await vectors(engine, exchange, body, prompt.isEmpty ? [] : [prompt])
                let numbers = (result.vectors.first ?? []).map { JSONValue.number($0) }
                try await exchange.json(["embedding": .array(numbers)])
            } catch let error as EngineError where error.status == 501 {
                // The older route knows no status but this one for an error of the runner.
                throw EngineError(500, error.message)
            }
        }
    }

    static func inputs(_ value: JSONValue?) throws(EngineError) -> [String] {
        switch value {
        case nil, .null?: return []
        case .string(let text)?: return text.isEmpty ? [] : [text]
        case .array(let elements)?:
            var texts: [String] = []
            for element in elements {
                guard let text = element.text else { throw EngineError(400, "invalid input type") }
                texts.append(text)
            }
            return texts
        default: throw EngineError(400, "invalid input type")
        }
    }

    /// Loads the model and makes the vectors; no inputs only load it.
    static func vectors(
        _ engine: OllamaEngine,
        _ exchange: Exchange,
        _ body: JSONValue,
        _ inputs: [String]
    )
        async throws -> Vectors
    {
        let start = ContinuousClock.now
        var request = InferenceRequest()
        request.modelName = body["model"]?.text ?? ""
        request.options = body["options"]
        request.keepAlive = try KeepAlive.read(body["keep_alive"])
        guard let model = engine.store.find(request.modelName) else {
            throw EngineError(404, "model \"\(request.modelName)\" not found, try pulling it first")
        }
        let lease = try await engine.lease(model, for: request, exchange)
        defer { engine.scheduler.release(lease) }
        var result = Vectors(vectors: [], promptTokens: 0, total: .zero, load: ContinuousClock.now - start)
        guard !inputs.isEmpty else { return result }
        guard model.can(.embedding) else {
            throw EngineError(501, "This server does not support embeddings. Start it with `--embeddings`")
        }
        engine.ledger.change { counts in
            counts.generationsOpen += 1
            counts.generationsPeak = max(counts.generationsPeak, counts.generationsOpen)
        }
        defer { engine.ledger.change { $0.generationsOpen -= 1 } }
        let profile = engine.profile(of: model)
        try await lease.life.sleep(for: profile.promptTime)
        for text in inputs {
            let tokens = Tokenizer.count(text) + 2
            guard tokens <= lease.contextLength || body["truncate"]?.flag ?? true else {
                throw EngineError(400, "the input length exceeds the context length")
            }
            result.promptTokens += profile.promptTokens ?? min(tokens, lease.contextLength)
            result.vectors.append(vector(text, model, dimensions: body["dimensions"]?.int))
        }
        if exchange.plan.killRunnerAfterTokens != nil {
            engine.scheduler.kill(lease)
            throw EngineError.runnerDied
        }
        result.total = ContinuousClock.now - start
        return result
    }

    /// A direction that belongs to the text, of length one.
    static func vector(_ text: String, _ model: ModelDescription, dimensions: Int?) -> [Double] {
        let fingerprint = Fingerprint("\(model.weights)\n\(text)")
        let count = dimensions.map { min(max($0, 1), model.embeddingLength) } ?? model.embeddingLength
        let numbers = (0..<count).map { Double(fingerprint.number(at: $0, below: 2_000_003)) / 1_000_001.5 - 1 }
        let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return numbers.map { $0 / max(length, 1e-9) }
    }

    /// The number as a 32-bit float prints it: the newer routes round to those.
    static func single(_ value: Double) -> Double { Double("\(Float(value))") ?? value }
}
