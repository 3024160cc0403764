/// All routes of Ollama.
enum OllamaRoutes {
    static let all: [Router.Route] =
        basics + models + inference + ManagementRoutes.all + PullRoute.all + CreateRoute.all + OpenAIRoutes.all
        + MessagesRoute.all

    private static let basics: [Router.Route] = [
        .init("GET", "/") { _, exchange in try await running(exchange) },
        .init("HEAD", "/") { _, exchange in try await running(exchange) },
        .init("GET", "/api/version") { engine, exchange in try await version(engine, exchange) },
        .init("HEAD", "/api/version") { engine, exchange in try await version(engine, exchange) },
        .init("GET", "/api/status") { _, exchange in
            try await exchange.json(["cloud": ["disabled": true, "source": "env"]])
        },
    ]

    private static let models: [Router.Route] = [
        .init("GET", "/api/tags", ListRoutes.tags),
        .init("HEAD", "/api/tags", ListRoutes.tags),
        .init("GET", "/api/ps", ListRoutes.loaded),
        .init("POST", "/api/show", ShowRoute.answer),
    ]

    private static let inference: [Router.Route] = [
        .init("POST", "/api/generate", TextRoutes.generate),
        .init("POST", "/api/chat", TextRoutes.chat),
        .init("POST", "/api/embed", EmbedRoutes.embed),
        .init("POST", "/api/embeddings", EmbedRoutes.embeddings),
    ]

    private static func running(_ exchange: Exchange) async throws {
        let type = HeaderField("Content-Type", "text/plain; charset=utf-8")
        try await exchange.send(200, [type], body: Array("Ollama is running".utf8))
    }

    private static func version(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.json(["version": .string(engine.configuration.version)])
    }
}

extension Exchange {
    /// Answers with JSON as the native API does.
    func json(_ value: JSONValue, status: Int = 200) async throws {
        try await send(status, [.json], body: Array(value.encoded().utf8))
    }

    /// Runs a handler and answers its error in the form of a dialect, if nothing was sent yet.
    func answering(
        errorsBy failure: (EngineError) -> (headers: [HeaderField], body: String),
        _ handler: () async throws -> Void
    ) async throws {
        do {
            try await handler()
        } catch let error as EngineError {
            guard !isBegun else { return }
            let (headers, body) = failure(error)
            try await send(error.status, headers, body: Array(body.utf8))
        }
    }

    /// The same for the native API.
    func answeringNatively(_ handler: () async throws -> Void) async throws {
        try await answering(errorsBy: NativeDialect.failure, handler)
    }
}
