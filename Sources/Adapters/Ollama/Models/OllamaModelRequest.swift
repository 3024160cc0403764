import Application
import Domain
import Hummingbird

/// What the service needs to know of a request about models that it passes on: which model, and whether progress is told.
///
/// Whatever is wrong with the body the engine says itself, in the words that its clients know.
struct OllamaModelRequest: Sendable {
    /// The body as it came.
    let bytes: [UInt8]
    private let fields: JSONObject

    /// Reads a request.
    ///
    /// - Throws: ``ServiceError`` `request_too_large` or `request_timeout`.
    init(_ request: Request, bodies: RequestBodyReader) async throws {
        self.bytes = try await bodies.bytes(request)
        self.fields = (try? await bodies.json(self.bytes)) ?? JSONObject()
    }

    /// The model: `model`, or the `name` of older clients.
    var model: ModelName? { self.name("model") ?? self.name("name") }

    /// The model that is copied.
    var source: ModelName? { self.name("source") }

    /// Whether the engine tells its progress line by line, which is what it does unless it is told not to.
    var isStreamed: Bool { self.fields["stream"] != .bool(false) }

    /// The body with only those fields of a question about a model that exist, so that no other spelling of `model`,
    /// which Ollama would read as well, asks for another model than the one that was looked at.
    var question: [UInt8] {
        // What is not an object at all, or empty, the engine has words for.
        guard !self.fields.members.isEmpty else { return self.bytes }
        var writer = JSONWriter()
        writer.object { writer in
            for key in ["model", "name", "system", "template", "verbose", "options"] {
                writer.field(key, self.fields[key])
            }
        }
        return writer.bytes
    }

    private func name(_ key: String) -> ModelName? {
        guard let text = self.fields[key]?.string, !text.isEmpty else { return nil }
        return try? ModelName(text)
    }
}

extension ServiceContext {
    /// Refuses callers who may not change models.
    ///
    /// - Throws: ``ServiceError`` `forbidden`.
    func requireAdmin() throws {
        guard self.caller.isAdmin else { throw ServiceError.adminsOnly }
    }
}

extension Request {
    /// The engine that is to do it, by `?engine=NAME`; nil leaves it to the service.
    var wishedEngine: EngineName? {
        self.uri.queryParameters.get("engine").flatMap { $0.isEmpty ? nil : EngineName($0) }
    }
}
