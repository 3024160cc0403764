/// The routes that change what is on the disk: copy, delete, blobs, push; and those of Ollama's cloud.
enum ManagementRoutes {
    static let all: [Router.Route] = [
        .init("POST", "/api/copy", copy),
        .init("DELETE", "/api/delete", delete),
        .init("HEAD", "/api/blobs/:digest", findBlob),
        .init("POST", "/api/blobs/:digest", putBlob),
        .init("POST", "/api/push", push),
        .init("POST", "/api/me") { _, exchange in
            try await exchange.answeringNatively { throw EngineError(503, "account unavailable") }
        },
        .init("POST", "/api/experimental/web_search") { _, exchange in
            try await refuseCloud(exchange, "web search is unavailable")
        },
        .init("POST", "/api/experimental/web_fetch") { _, exchange in
            try await refuseCloud(exchange, "web fetch is unavailable")
        },
        .init("GET", "/api/experimental/model-recommendations", recommend),
    ]

    private static func copy(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let source = body["source"]?.text ?? ""
            let destination = body["destination"]?.text ?? ""
            guard ModelName.isValid(source) else {
                throw EngineError(400, "source \(JSONValue.string(source).encoded()) is invalid")
            }
            guard ModelName.isValid(destination) else {
                throw EngineError(400, "destination \(JSONValue.string(destination).encoded()) is invalid")
            }
            guard let model = engine.store.find(source) else {
                throw EngineError(404, "model \(JSONValue.string(source).encoded()) not found")
            }
            engine.store.put(
                model.with {
                    $0.name = ModelName.completed(destination)
                    $0.modified = WallClock.now.seconds
                }
            )
            try await exchange.send(200)
        }
    }

    private static func delete(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let name = body["model"]?.text ?? body["name"]?.text ?? ""
            guard ModelName.isValid(name) else { throw EngineError(400, "invalid model name") }
            guard let model = engine.store.remove(name) else { throw EngineError(404, "model '\(name)' not found") }
            engine.scheduler.unload(model)
            try await exchange.send(200)
        }
    }

    private static func findBlob(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        let digest = exchange.request.lastPathPart
        let isKnown = engine.hasBlob(digest)
        try await exchange.send(isKnown ? 200 : 404, isKnown ? [] : [.json])
    }

    private static func putBlob(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let wanted = exchange.request.lastPathPart
            let digest = "sha256:" + SHA256.hex(of: exchange.request.body)
            guard wanted == digest else {
                throw EngineError(400, "digest mismatch, expected \"\(wanted)\", got \"\(digest)\"")
            }
            engine.store.putBlob(digest, exchange.request.body)
            try await exchange.send(201)
        }
    }

    /// A push never succeeds: the double has no registry to push to.
    private static func push(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let name = ModelName.completed(body["model"]?.text ?? body["name"]?.text ?? "")
            let path = name.replacing(":", with: "/")
            let folder = "/var/lib/ollama/models/manifests/registry.ollama.ai/"
            let error = EngineError(500, "open \(folder)\(path): no such file or directory")
            let lines: [JSONValue] = [["status": "retrieving manifest"]]
            try await ProgressLines.send(lines, endingWith: error, body, exchange, pace: .zero)
        }
    }

    private static func refuseCloud(_ exchange: Exchange, _ reason: String) async throws {
        try await exchange.answeringNatively { throw EngineError(403, "ollama cloud is disabled: \(reason)") }
    }

    private static func recommend(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.json([
            "recommendations": [
                [
                    "model": "kimi-k2.6:cloud", "description": "Coding and long tasks", "context_length": 262_144,
                    "max_output_tokens": 262_144,
                ],
                ["model": "gemma4", "description": "Reasoning and code locally", "vram_bytes": 12_000_000_000],
            ]
        ])
    }
}

extension OllamaEngine {
    /// Whether the bytes of this digest are on the disk, as a blob or as the weights of a model.
    func hasBlob(_ digest: String) -> Bool {
        store.blob(digest) != nil || configuration.blobs.contains(digest)
            || store.all.contains { "sha256:" + $0.weights == digest }
    }
}
