public import Application
public import Domain

/// Asks an Ollama what its models take: their size in `/api/tags`, their shape in `/api/show`.
public struct OllamaFootprints: ModelMeasuring {
    /// The longest answer that is read, in bytes.
    private static let limit = 16_777_216
    /// The most models that are asked about.
    private static let maximumModels = 256

    private let transport: EngineTransport

    /// Creates it; nothing is asked yet.
    public init(transport: EngineTransport) {
        self.transport = transport
    }

    /// See ``Application/ModelMeasuring/footprints(of:)``.
    public func footprints(of names: [ModelName]?) async throws -> [ModelFootprint] {
        do {
            let rows = try await self.get("/api/tags").object?["models"]?.array?.compactMap(\.object) ?? []
            var footprints: [ModelFootprint] = []
            for row in rows.prefix(Self.maximumModels) {
                guard let spelling = row["name"]?.string, let name = try? ModelName(spelling) else { continue }
                guard names.map({ $0.contains(name) }) ?? true else { continue }
                var writer = JSONWriter()
                writer.object { $0.field("model", spelling) }
                let shown = try await self.get("/api/show", body: writer.bytes).object
                if let footprint = Self.footprint(of: name, row: row, shown: shown) { footprints.append(footprint) }
            }
            // In the order in which they were asked for.
            guard let names else { return footprints }
            return names.compactMap { name in footprints.first { $0.name == name } }
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
        }
    }

    /// What a model takes by a row of `/api/tags` and its description; nil if not even the size is known.
    static func footprint(of name: ModelName, row: JSONObject, shown: JSONObject?) -> ModelFootprint? {
        guard let size = row["size"]?.integer, size > 0 else { return nil }
        let information = shown?["model_info"]?.object
        let words = (shown?["capabilities"] ?? row["capabilities"])?.array?.compactMap(\.string) ?? []
        let capabilities = words.map(ModelInfo.Capability.init)
        let info = ModelInfo(
            name: name,
            engineName: name.spelling,
            family: row["details"]?.object?["family"]?.string,
            capabilities: capabilities
        )
        return ModelFootprint(
            name: name,
            weightBytes: size,
            shape: information.flatMap(ModelFootprint.Shape.init),
            trainedContext: information.flatMap(ModelFootprint.Shape.trainedContext),
            isEmbedding: capabilities.contains(.embedding) && !capabilities.contains(.completion),
            runsOneAtATime: info.runsOneAtATime,
            source: "the engine"
        )
    }

    private func get(_ path: String, body: [UInt8]? = nil) async throws -> JSONValue {
        let answer = try await self.transport.get(path, body: body, limit: Self.limit)
        guard answer.head.status == 200, let value = try? JSONParser.parse(answer.body) else {
            throw ServiceError(.engineError, "The engine does not answer \(path) as Ollama does.")
        }
        return value
    }
}
