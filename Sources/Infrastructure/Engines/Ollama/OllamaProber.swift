import Application
import Domain
import Synchronization

/// Asks an Ollama how it is: its version, the models it has and those in its memory.
final class OllamaProber: Sendable {
    /// The longest answer that is read, in bytes.
    private static let limit = 16_777_216
    /// How many models are asked about one by one at most.
    private static let maximumShown = 512
    /// How many of them in one probe.
    private static let questionsPerProbe = 32

    /// What a model says of itself that the list does not say.
    private struct Shown: Sendable {
        /// Old versions of Ollama do not list them.
        var capabilities: [ModelInfo.Capability]?
        /// The digest of the weights.
        var weights: String?
    }

    private let transport: EngineTransport
    private let known = Mutex<[String: Shown]>([:])

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
        let rows = OllamaProber.rows(tags)
        let kinds = Dictionary(rows.compactMap(OllamaProber.kind(of:)).map { ($0, 1) }, uniquingKeysWith: +)
        var models: [ModelInfo] = []
        var questions = OllamaProber.questionsPerProbe
        for row in rows {
            guard let spelling = row["name"]?.string, let name = try? ModelName(spelling) else { continue }
            let listed = row["capabilities"]?.array.map(OllamaProber.capabilities)
            let digest = row["digest"]?.string
            // Only a model that looks like another can have its weights.
            let mayHaveTwin = OllamaProber.kind(of: row).map { kinds[$0, default: 0] > 1 } ?? false
            var shown = Shown()
            if listed == nil || mayHaveTwin {
                shown = try await self.shown(spelling, digest: digest, &questions)
            }
            models.append(
                ModelInfo(
                    name: name,
                    engineName: spelling,
                    size: row["size"]?.integer,
                    modifiedAt: row["modified_at"]?.string,
                    digest: digest,
                    weights: shown.weights,
                    family: row["details"]?.object?["family"]?.string,
                    capabilities: listed ?? shown.capabilities ?? [.completion],
                    isCapabilityListComplete: (listed ?? shown.capabilities) != nil
                )
            )
        }
        return models
    }

    /// What two models of the same weights have in common.
    private static func kind(of row: JSONObject) -> String? {
        guard let details = row["details"]?.object else { return nil }
        let words = ["family", "parameter_size", "quantization_level"].map { details[$0]?.string ?? "" }
        return words.allSatisfy(\.isEmpty) ? nil : words.joined(separator: "/")
    }

    /// What `/api/show` says of a model, asked once for each digest.
    private func shown(_ name: String, digest: String?, _ questions: inout Int) async throws -> Shown {
        let key = digest ?? name
        if let known = self.known.withLock({ $0[key] }) { return known }
        guard questions > 0, self.known.withLock({ $0.count }) < OllamaProber.maximumShown else { return Shown() }
        questions -= 1
        var writer = JSONWriter()
        writer.object { $0.field("model", name) }
        let answer = try? await self.get("/api/show", body: writer.bytes).object
        try Task.checkCancellation()
        guard let answer else { return Shown() }
        let found = Shown(
            capabilities: answer["capabilities"]?.array.map(OllamaProber.capabilities),
            weights: answer["modelfile"]?.string.flatMap(OllamaProber.weights)
        )
        self.known.withLock { $0[key] = found }
        return found
    }

    /// The blob that a Modelfile is made from, unless something is added to it that makes a runner of its own.
    static func weights(in modelfile: String) -> String? {
        let lines = modelfile.split(whereSeparator: \.isNewline)
        guard !lines.contains(where: { $0.hasPrefix("ADAPTER ") }) else { return nil }
        let blobs = lines.filter { $0.hasPrefix("FROM ") }.compactMap { line in
            line.split(separator: "/").last.flatMap { $0.hasPrefix("sha256-") ? String($0) : nil }
        }
        return blobs.isEmpty ? nil : blobs.joined(separator: "+")
    }

    private static func capabilities(_ words: [JSONValue]) -> [ModelInfo.Capability] {
        words.compactMap(\.string).map(ModelInfo.Capability.init)
    }

    private static func loadedModel(_ row: JSONObject) -> LoadedModel? {
        guard let spelling = row["name"]?.string, let name = try? ModelName(spelling) else { return nil }
        return LoadedModel(
            name: name,
            context: row["context_length"]?.integer,
            bytes: row["size"]?.integer,
            vramBytes: row["size_vram"]?.integer,
            expiresAt: row["expires_at"]?.string
        )
    }
}

extension JSONValue {
    /// The value as a whole number, if it is one.
    var integer: Int? {
        if case .number(let number) = self { number.integer } else { nil }
    }
}
