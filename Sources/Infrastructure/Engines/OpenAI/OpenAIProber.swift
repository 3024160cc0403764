import Application
import Domain

/// Asks an OpenAI-compatible server how it is: its models, and llama.cpp's `/props` where it has one.
struct OpenAIProber {
    /// The longest answer that is read, in bytes.
    private static let limit = 16_777_216

    let transport: EngineTransport

    func probe() async throws -> EngineReport {
        do {
            let answer = try await self.get("/v1/models")
            guard answer.head.status == 200, let rows = Self.object(answer)?["data"]?.array else {
                throw ServiceError(.engineError, "The engine does not answer /v1/models as OpenAI does.")
            }
            let props = try await self.props()
            let context = props?["default_generation_settings"]?.object?["n_ctx"]?.integer
            let sees = props?["modalities"]?.object.map { $0["vision"] == .bool(true) }
            let models = rows.compactMap { row in row.object.flatMap { Self.model($0, sees: sees) } }
            return EngineReport(
                version: props?["build_info"]?.string,
                models: models,
                // These servers have what they list in memory.
                loaded: models.map { LoadedModel(name: $0.name, context: context) },
                slots: props?["total_slots"]?.integer
            )
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
        }
    }

    private func get(_ path: String) async throws -> WholeResponse {
        try await self.transport.get(path, limit: Self.limit)
    }

    /// Only llama.cpp's server has this; every other answers with an error.
    private func props() async throws -> JSONObject? {
        let answer = try await self.get("/props")
        return answer.head.status == 200 ? Self.object(answer) : nil
    }

    private static func object(_ answer: WholeResponse) -> JSONObject? {
        (try? JSONParser.parse(answer.body))?.object
    }

    /// Describes a model; `sees`: whether it sees images, nil where the server does not say.
    private static func model(_ row: JSONObject, sees: Bool?) -> ModelInfo? {
        guard let id = row["id"]?.string, let name = Self.name(of: id) else { return nil }
        return ModelInfo(
            name: name,
            engineName: id,
            size: row["meta"]?.object?["size"]?.integer,
            capabilities: sees == true ? [.completion, .vision] : [.completion],
            isCapabilityListComplete: sees != nil
        )
    }

    /// A name that a person can type.
    ///
    /// A server without an alias calls its model by the path of the file.
    private static func name(of id: String) -> ModelName? {
        if let name = try? ModelName(id) { return name }
        let file = id.split(separator: "/").last.map(String.init) ?? id
        let stem = file.hasSuffix(".gguf") ? String(file.dropLast(5)) : file
        return try? ModelName(stem)
    }
}
