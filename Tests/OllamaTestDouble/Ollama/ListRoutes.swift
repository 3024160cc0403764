/// `/api/tags` and `/api/ps`.
enum ListRoutes {
    static func tags(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        let rows = engine.store.all.map { model -> JSONValue in
            let details = model.details
                .adding("context_length", .integer(model.contextLength))
                .adding("embedding_length", .integer(model.embeddingLength))
            return [
                "name": .string(model.name),
                "model": .string(model.name),
                "modified_at": .string(model.modifiedAt),
                "size": .integer(model.size),
                "digest": .string(model.digest),
                "details": details,
                "capabilities": model.capabilityList,
            ]
        }
        try await exchange.json(["models": .array(rows)])
    }

    static func loaded(_ engine: OllamaEngine, _ exchange: Exchange) async throws {
        let rows = engine.scheduler.loaded.map { loaded -> JSONValue in
            let model = loaded.model
            return [
                "name": .string(model.name),
                "model": .string(model.name),
                "size": .integer(model.memory + (loaded.places - 1) * model.memory / 2),
                "digest": .string(model.digest),
                "details": model.details,
                "expires_at": .string(loaded.expiry.rfc3339),
                "size_vram": 0,
                "context_length": .integer(loaded.contextLength),
            ]
        }
        try await exchange.json(["models": .array(rows)])
    }
}

extension ModelDescription {
    var details: JSONValue {
        [
            "parent_model": .string(parent),
            "format": "gguf",
            "family": .string(family),
            "families": [.string(family)],
            "parameter_size": .string(parameterSize),
            "quantization_level": .string(quantization),
        ]
    }

    var capabilityList: JSONValue { .array(capabilities.map { .string($0.rawValue) }) }

    var modifiedAt: String { WallClock(seconds: modified, nanoseconds: 249_129_778).rfc3339 }
}
