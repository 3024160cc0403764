import NIOPosix
import Synchronization

/// Answers as llama.cpp's server does.
final class LlamaEngine: Engine {
    let configuration: LlamaServerDouble.Configuration
    let ledger: Ledger
    let slots: LlamaSlots
    private let life = RunnerLife(eventLoop: MultiThreadedEventLoopGroup.singleton.next())
    let name: String
    private let currentProfile: Mutex<GenerationProfile>
    private let readyAt: Mutex<ContinuousClock.Instant>

    init(configuration: LlamaServerDouble.Configuration, ledger: Ledger) {
        self.configuration = configuration
        self.ledger = ledger
        slots = LlamaSlots(configuration.slots, ledger: ledger)
        name = configuration.alias ?? configuration.modelPath
        currentProfile = Mutex(configuration.profile)
        readyAt = Mutex(ContinuousClock.now + configuration.loadTime)
    }

    var profile: GenerationProfile { currentProfile.withLock { $0 } }

    func setProfile(_ profile: GenerationProfile) { currentProfile.withLock { $0 = profile } }

    func finishLoad() { readyAt.withLock { $0 = .now } }

    func answer(_ exchange: Exchange) async throws {
        let route = exchange.request.route
        guard ContinuousClock.now >= readyAt.withLock({ $0 }) else {
            return try await fail(exchange, 503, "Loading model", "unavailable_error")
        }
        switch route {
        case "GET /health", "GET /v1/health": try await json(exchange, ["status": "ok"])
        case "GET /v1/models", "GET /models": try await json(exchange, LlamaDescriptions.models(self))
        case "GET /props": try await json(exchange, LlamaDescriptions.properties(self))
        case "GET /slots": try await json(exchange, LlamaDescriptions.slots(self))
        case "GET /metrics": try await metrics(exchange)
        case "POST /v1/chat/completions", "POST /chat/completions": try await generate(exchange, isChat: true)
        case "POST /v1/completions": try await generate(exchange, isChat: false)
        case "POST /apply-template": try await applyTemplate(exchange)
        case "POST /tokenize": try await tokenize(exchange)
        case "POST /v1/embeddings": try await embeddings(exchange)
        default: try await unknown(exchange)
        }
    }

    static func errorBody(_ status: Int, _ message: String, _ type: String) -> JSONValue {
        ["error": ["code": .integer(status), "message": .string(message), "type": .string(type)]]
    }

    func json(_ exchange: Exchange, _ value: JSONValue, status: Int = 200) async throws {
        try await exchange.send(status, [.json], body: Array(value.encoded(.plain).utf8))
    }

    private func fail(_ exchange: Exchange, _ status: Int, _ message: String, _ type: String) async throws {
        try await json(exchange, Self.errorBody(status, message, type), status: status)
    }

    /// The one error whose members stand in another order.
    private func unknown(_ exchange: Exchange) async throws {
        try await json(
            exchange,
            ["error": ["message": "File Not Found", "type": "not_found_error", "code": 404]],
            status: 404
        )
    }

    private func metrics(_ exchange: Exchange) async throws {
        let type = HeaderField("Content-Type", "text/plain; version=0.0.4")
        let start = HeaderField("Process-Start-Time-Unix", String(WallClock.now.seconds))
        let body = Array(LlamaDescriptions.metrics(ledger.counts).utf8)
        try await exchange.send(200, [type, start], body: body)
    }

    private func applyTemplate(_ exchange: Exchange) async throws {
        guard let body = try? JSONParser.parse(exchange.request.body), let prompt = LlamaTemplate.prompt(body) else {
            return try await fail(exchange, 400, "'messages' is required", "invalid_request_error")
        }
        try await json(exchange, ["prompt": .string(prompt)])
    }

    private func tokenize(_ exchange: Exchange) async throws {
        let content = (try? JSONParser.parse(exchange.request.body))?["content"]?.text ?? ""
        let tokens = (0..<LlamaTemplate.tokens(in: content)).map { JSONValue.integer($0) }
        try await json(exchange, ["tokens": .array(tokens)])
    }

    private func embeddings(_ exchange: Exchange) async throws {
        switch configuration.embeddings {
        case .off:
            let message = "This server does not support embeddings. Start it with `--embeddings`"
            try await fail(exchange, 501, message, "not_supported_error")
        case .unpooled:
            let message = "Pooling type 'none' is not OAI compatible. Please use a different pooling type"
            try await fail(exchange, 400, message, "invalid_request_error")
        case .pooled:
            let input = (try? JSONParser.parse(exchange.request.body))?["input"]
            let texts = input?.text.map { [$0] } ?? (input?.elements ?? []).compactMap(\.text)
            guard !texts.isEmpty else {
                return try await fail(
                    exchange,
                    400,
                    "\"input\" or \"content\" must be provided",
                    "invalid_request_error"
                )
            }
            try await json(exchange, vectors(texts))
        }
    }

    private func vectors(_ texts: [String]) -> JSONValue {
        let rows = texts.enumerated().map { index, text -> JSONValue in
            let vector = EmbedRoutes.vector(text, .allMiniLM, dimensions: nil)
            return [
                "embedding": .array(vector.map { .number(EmbedRoutes.single($0)) }), "index": .integer(index),
                "object": "embedding",
            ]
        }
        let tokens = JSONValue.integer(texts.reduce(0) { $0 + Tokenizer.count($1) + 2 })
        return [
            "model": .string(name), "object": "list", "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
            "data": .array(rows),
        ]
    }

    // MARK: Text

    private func generate(_ exchange: Exchange, isChat: Bool) async throws {
        let body: JSONValue
        do {
            body = try JSONParser.parse(exchange.request.body)
        } catch {
            let column = exchange.request.body.count + 1
            let message =
                "[json.exception.parse_error.101] parse error at line 1, column \(column): syntax error while "
                + "parsing value - unexpected end of input; expected '[', '{', or a literal"
            return try await fail(exchange, 500, message, "server_error")
        }
        let request: InferenceRequest
        do {
            request = try LlamaRequests.read(body, isChat: isChat)
        } catch {
            return try await fail(exchange, error.status, error.message, "invalid_request_error")
        }
        let context = configuration.contextLength
        let template = isChat ? 30 : 0
        let tokens = profile.promptTokens ?? Tokenizer.count(request.prompt) + template
        guard tokens < context else {
            return try await json(exchange, Self.exceeded(tokens: tokens, context: context), status: 400)
        }
        let usage = body["stream_options"]?["include_usage"]?.flag ?? false
        let dialect = LlamaDialect(model: name, isChat: isChat, includesUsage: usage)
        try await slots.withSlot {
            ledger.change { counts in
                counts.generationsOpen += 1
                counts.generationsPeak = max(counts.generationsPeak, counts.generationsOpen)
            }
            defer { ledger.change { $0.generationsOpen -= 1 } }
            let generation = Generation(
                request,
                model: ModelDescription(
                    name,
                    capabilities: [.completion, .tools] + (configuration.thinks ? [.thinking] : [])
                ),
                profile: profile,
                template: template,
                context: context
            )
            let writer = AnswerWriter(exchange: exchange, profile: profile, start: .now, placed: .now, life: life)
            do {
                try await writer.write(generation, for: request, in: dialect)
            } catch let error as EngineError where error == .runnerDied {
                // There is no process behind this one: its death is the end of the connection.
                try await exchange.cut()
            }
        }
    }

    private static func exceeded(tokens: Int, context: Int) -> JSONValue {
        [
            "error": [
                "code": 400,
                "message": .string(
                    "request (\(tokens) tokens) exceeds the available context size (\(context) tokens), "
                        + "try increasing it"
                ),
                "type": "exceed_context_size_error",
                "n_prompt_tokens": .integer(tokens),
                "n_ctx": .integer(context),
            ]
        ]
    }
}
