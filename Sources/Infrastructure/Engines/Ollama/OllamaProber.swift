import Application
import Domain
import Synchronization

/// Asks an Ollama how it is: its version, the models it has and those in its memory.
final class OllamaProber: Sendable {
    /// How long one question may take.
    private static let patience = Duration.seconds(3)
    /// The longest answer that is read, in bytes.
    private static let limit = 16_777_216
    /// How many models are asked for their capabilities at most; old versions of Ollama do not list them.
    private static let maximumShown = 256

    private let transport: EngineTransport
    private let capabilities = Mutex<[String: [ModelInfo.Capability]]>([:])

    init(transport: EngineTransport) {
        self.transport = transport
    }

    func probe() async throws -> EngineReport {
        do {
            let version = try await self.get("/api/version").object?["version"]?.string
            let tags = try await self.get("/api/tags")
            let loaded = try await self.get("/api/ps")
            return EngineReport(
                version: version,
                models: try await self.models(in: tags),
                loaded: OllamaProber.rows(loaded).compactMap(OllamaProber.loadedModel),
                slots: nil
            )
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
        }
    }

    private func get(_ path: String, body: [UInt8]? = nil) async throws -> JSONValue {
        let answer = try await self.transport.get(
            path,
            body: body,
            within: OllamaProber.patience,
            limit: OllamaProber.limit
        )
        guard answer.head.status == 200, let value = try? JSONParser.parse(answer.body) else {
            throw ServiceError(.engineError, "The engine does not answer \(path) as Ollama does.")
        }
        return value
    }

    private static func rows(_ answer: JSONValue) -> [JSONObject] {
        answer.object?["models"]?.array?.compactMap(\.object) ?? []
    }

    private func models(in tags: JSONValue) async throws -> [ModelInfo] {
        var models: [ModelInfo] = []
        for row in OllamaProber.rows(tags) {
            guard let spelling = row["name"]?.string, let name = try? ModelName(spelling) else { continue }
            let digest = row["digest"]?.string
            models.append(
                ModelInfo(
                    name: name,
                    engineName: spelling,
                    size: row["size"]?.integer,
                    modifiedAt: row["modified_at"]?.string,
                    digest: digest,
                    capabilities: try await self.capabilities(of: spelling, digest: digest, row: row)
                )
            )
        }
        return models
    }

    private func capabilities(of name: String, digest: String?, row: JSONObject) async throws -> [ModelInfo.Capability]
    {
        if let words = row["capabilities"]?.array { return OllamaProber.capabilities(words) }
        let key = digest ?? name
        if let known = self.capabilities.withLock({ $0[key] }) { return known }
        guard self.capabilities.withLock({ $0.count }) < OllamaProber.maximumShown else { return [.completion] }
        var writer = JSONWriter()
        writer.object { $0.field("model", name) }
        let shown = try? await self.get("/api/show", body: writer.bytes)
        let found = shown?.object?["capabilities"]?.array.map(OllamaProber.capabilities) ?? [.completion]
        self.capabilities.withLock { $0[key] = found }
        return found
    }

    private static func capabilities(_ words: [JSONValue]) -> [ModelInfo.Capability] {
        words.compactMap(\.string).map(ModelInfo.Capability.init)
    }

    private static func loadedModel(_ row: JSONObject) -> LoadedModel? {
        guard let spelling = row["name"]?.string, let name = try? ModelName(spelling) else { return nil }
        return LoadedModel(name: name, context: row["context_length"]?.integer)
    }
}

extension JSONValue {
    /// The value as a whole number, if it is one.
    var integer: Int? {
        if case .number(let number) = self { number.integer } else { nil }
    }
}
