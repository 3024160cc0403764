/// `/api/pull`.
enum PullRoute {
    static let all: [Router.Route] = [.init("POST", "/api/pull", answer)]

    private static let chunk = 4_194_304

    private static func answer(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        try await exchange.answeringNatively {
            let body = try NativeRequests.json(exchange.request.body)
            let given = body["model"]?.text ?? body["name"]?.text ?? ""
            guard ModelName.isValid(given) else { throw EngineError(400, "invalid model name") }
            let name = ModelName.completed(given)
            var lines: [JSONValue] = [["status": "pulling manifest"]]
            let failure = failure(given, name, isInsecure: body["insecure"]?.flag ?? false, engine)
            if failure == nil { lines += progress(name, engine) }
            let pace = engine.configuration.pullPace
            try await ProgressLines.send(lines, endingWith: failure, body, exchange, pace: pace)
        }
    }

    private static func failure(
        _ given: String,
        _ name: String,
        isInsecure: Bool,
        _ engine: OllamaEngine
    )
        -> EngineError?
    {
        if let message = engine.configuration.pullFailure { return EngineError(500, message) }
        let host = name.split(separator: "/").first.map(String.init) ?? ""
        if host.contains(":"), !isInsecure, name.contains("/") {
            let path = name.dropFirst(host.count + 1).replacing(":", with: "/manifests/")
            let reason = "tls: first record does not look like a TLS handshake"
            return EngineError(500, "pull model manifest: Get \"https://\(host)/v2/\(path)\": \(reason)")
        }
        let isKnown = engine.configuration.pullable.contains { ModelName.same($0, name) }
        return isKnown ? nil : EngineError(500, "pull model manifest: file does not exist")
    }

    /// The lines of a download; of one that is on the disk already each layer has one.
    private static func progress(_ name: String, _ engine: OllamaEngine) -> [JSONValue] {
        let isNew = engine.store.find(name) == nil
        let model = ModelDescription.allMiniLM.with {
            $0.name = name
            $0.digest = SHA256.hex(of: Array(name.utf8))
            $0.modified = WallClock.now.seconds
        }
        let total = 46_223_616
        let template = "e749174598659320f981b2099ff918915b6ccf545f71bcfc34a696e23a8e7cfc"
        let parameters = "65c1ee9f6dc2d52c2a0c778096459925e0ea77d2794920c137fda7660ecede3f"
        var lines: [JSONValue] = []
        if isNew {
            // Ollama looks at the download now and then: a step may be told twice, the last may be missed, and a layer
            // of which it saw no byte has no `completed`, because zero is left out.
            for step in 1...total / chunk {
                let line = layer(model.weights, total, step * chunk)
                lines += [line, line]
            }
            lines += [layer(template, 17, 17), layer(parameters, 148, 0), layer(parameters, 148, 0)]
        } else {
            lines += [layer(model.weights, total, total), layer(template, 17, 17), layer(parameters, 148, 148)]
        }
        lines += [["status": "verifying sha256 digest"], ["status": "writing manifest"]]
        engine.store.put(model)
        return lines
    }

    private static func layer(_ digest: String, _ total: Int, _ completed: Int) -> JSONValue {
        let line: JSONValue = [
            "status": .string("pulling \(digest.prefix(12))"), "digest": .string("sha256:\(digest)"),
            "total": .integer(total),
        ]
        return completed == 0 ? line : line.adding("completed", .integer(completed))
    }
}
