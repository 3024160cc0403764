/// Runs one request of any dialect on a model: checks, scheduler, tokens, ends.
struct InferenceRunner {
    let engine: OllamaEngine
    let request: InferenceRequest
    let model: ModelDescription
    let exchange: Exchange

    private let start = ContinuousClock.now

    init(engine: OllamaEngine, request: InferenceRequest, model: ModelDescription, exchange: Exchange) {
        self.engine = engine
        self.request = request
        self.model = model
        self.exchange = exchange
    }

    func run(_ dialect: some Dialect) async throws {
        if request.isEmpty, request.keepAlive?.isZero ?? false {
            engine.scheduler.unload(model)
            return try await sendLoaded(dialect, "unload")
        }
        let lease = try await engine.lease(model, for: request, exchange)
        defer { engine.scheduler.release(lease) }
        if request.isEmpty { return try await sendLoaded(dialect, "load") }

        engine.ledger.change { counts in
            counts.generationsOpen += 1
            counts.generationsPeak = max(counts.generationsPeak, counts.generationsOpen)
        }
        defer { engine.ledger.change { $0.generationsOpen -= 1 } }
        do {
            try await generate(dialect, lease)
        } catch let error as EngineError where error == .runnerDied {
            engine.scheduler.kill(lease)
            throw EngineError.runnerDied
        }
    }

    private func generate(_ dialect: some Dialect, _ lease: Scheduler.Lease) async throws {
        let profile = engine.profile(of: model)
        let template = request.isRaw ? 0 : model.templateTokens(system: request.system)
        try check(template: template, context: lease.contextLength, profile)
        let generation = Generation(
            request,
            model: model,
            profile: profile,
            template: template,
            context: lease.contextLength
        )
        let writer = AnswerWriter(exchange: exchange, profile: profile, start: start, placed: .now, life: lease.life)
        try await writer.write(generation, for: request, in: dialect)
    }

    private func sendLoaded(_ dialect: some Dialect, _ reason: String) async throws {
        let body = dialect.loaded(modelName: request.modelName, reason: reason) ?? ""
        try await exchange.send(200, dialect.wholeHeaders, body: Array(body.utf8))
    }

    /// What only the runner finds out.
    private func check(template: Int, context: Int, _ profile: GenerationProfile) throws(EngineError) {
        switch request.format {
        case nil, .null?, .string("json")?, .string("")?: break
        case .object?:
            if let part = SchemaSample.unrecognized(in: request.format ?? [:]) {
                let reason = "JSON schema conversion failed:\nUnrecognized schema: \(part.encoded(.plain))"
                throw .runner(400, "Field 'json_schema': \"json_schema\": \(reason)")
            }
        case let other?:
            let shown = JSONValue.string(other.encoded(.plain)).encoded(.plain)
            throw EngineError(500, "invalid format: \(shown); expected \"json\" or a valid JSON Schema object")
        }
        if !request.images.isEmpty {
            guard model.can(.vision) else {
                throw .runner(400, "Multimodal data provided, but model does not support multimodal requests.")
            }
            guard request.images.allSatisfy(Picture.isKnown) else {
                throw .runner(400, "Failed to load image or audio file")
            }
        }
        let tokens = profile.promptTokens ?? Tokenizer.count(request.prompt) + template
        if !request.truncate, tokens > context { throw .contextExceeded(tokens: tokens, context: context) }
    }
}

extension EngineError {
    static func contextExceeded(tokens: Int, context: Int) -> EngineError {
        .runner(
            400,
            "request (\(tokens) tokens) exceeds the available context size (\(context) tokens), try increasing it",
            extra: ["n_prompt_tokens": .integer(tokens), "n_ctx": .integer(context)],
            type: "exceed_context_size_error"
        )
    }
}

extension ModelDescription {
    /// Tokens that the template adds to a prompt of one message.
    func templateTokens(system: String?) -> Int {
        if family == "gemma3" { return 0 }
        let system = system ?? self.system
        // The name of the model is three tokens more than a plain word would be.
        return system.isEmpty ? 9 : 14 + Tokenizer.count(system) + (system.contains("SmolLM") ? 3 : 0)
    }
}

/// The formats of pictures, by their first bytes.
enum Picture {
    static func isKnown(_ bytes: [UInt8]) -> Bool {
        let signatures: [[UInt8]] = [
            [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], Array("RIFF".utf8), Array("GIF8".utf8),
        ]
        return signatures.contains { bytes.starts(with: $0) }
    }
}
