/// `/api/create`.
enum CreateRoute {
    static let all: [Router.Route] = [.init("POST", "/api/create", answer)]

    private static func answer(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let name = body["model"]?.text ?? body["name"]?.text ?? ""
            guard ModelName.isValid(name) else { throw EngineError(400, "invalid model name") }
            if let from = body["from"]?.text, !from.isEmpty {
                try await derive(name, from: from, body, engine, exchange)
            } else if let files = body["files"]?.members, !files.isEmpty {
                try await build(name, files: files, body, engine, exchange)
            } else {
                try await refuse(exchange)
            }
        }
    }

    /// This error leaves by the way of the progress, whatever the request says about streams.
    private static func refuse(_ exchange: Exchange) async throws {
        let text = (["error": "neither 'from' or 'files' was specified"] as JSONValue).encoded()
        try await exchange.begin(400, [.bareJSON])
        try await exchange.frame(Array(text.utf8), tokens: 0)
        try await exchange.end()
    }

    private static func derive(
        _ name: String,
        from: String,
        _ body: JSONValue,
        _ engine: OllamaEngine,
        _ exchange: Exchange
    ) async throws {
        guard let parent = engine.store.find(from) else {
            let message = engine.configuration.pullFailure ?? "pull model manifest: file does not exist"
            let error = EngineError(500, message)
            let lines: [JSONValue] = [["status": "pulling manifest"]]
            return try await ProgressLines.send(lines, endingWith: error, body, exchange, pace: .zero)
        }
        let model = parent.with {
            $0.name = ModelName.completed(name)
            $0.digest = SHA256.hex(of: Array("\(name) \(body.encoded())".utf8))
            $0.parent = parent.name
            $0.system = body["system"]?.text ?? parent.system
            $0.modified = WallClock.now.seconds
        }
        engine.store.put(model)
        let lines: [JSONValue] = [
            ["status": .string("using existing layer sha256:\(parent.weights)")],
            ["status": .string("creating new layer sha256:\(model.digest)")],
            ["status": "writing manifest"],
        ]
        try await ProgressLines.send(lines, endingWith: nil, body, exchange, pace: .zero)
    }

    private static func build(
        _ name: String,
        files: [JSONValue.Member],
        _ body: JSONValue,
        _ engine: OllamaEngine,
        _ exchange: Exchange
    ) async throws {
        let digest = files.first?.value.text ?? ""
        guard engine.hasBlob(digest) else {
            let path = "/var/lib/ollama/models/blobs/" + digest.replacing(":", with: "-")
            let error = EngineError(500, "open \(path): no such file or directory")
            return try await ProgressLines.send([], endingWith: error, body, exchange, pace: .zero)
        }
        var lines: [JSONValue] = [["status": "parsing GGUF"]]
        if let bytes = engine.store.blob(digest), !bytes.starts(with: Array("GGUF".utf8)) {
            let error = EngineError(400, "supplied file was not in GGUF format")
            return try await ProgressLines.send(lines, endingWith: error, body, exchange, pace: .zero)
        }
        let model = ModelDescription(name, weights: digest).with { $0.modified = WallClock.now.seconds }
        engine.store.put(model)
        lines += [
            ["status": "verifying conversion"],
            ["status": .string("using existing layer sha256:\(model.weights)")],
            ["status": "using autodetected template chatml"],
            ["status": .string("creating new layer sha256:\(model.digest)")],
            ["status": "writing manifest"],
        ]
        try await ProgressLines.send(lines, endingWith: nil, body, exchange, pace: .zero)
    }
}
