import Application
import Domain

/// One of Ollama's routes for inference, and what is its own.
enum OllamaOperation: String, CaseIterable {
    case generate
    case chat
    case embed
    /// The old route for one vector.
    case embeddings

    /// The route, here and at the engine.
    var path: String { "/api/\(self.rawValue)" }

    /// What is asked for.
    var operation: Operation {
        switch self {
        case .generate: .generate
        case .chat: .chat
        case .embed, .embeddings: .embed
        }
    }

    /// What the model is wanted for.
    var role: ModelRole {
        switch self {
        case .generate, .chat: .text
        case .embed, .embeddings: .embedding
        }
    }

    /// The name of the request's type in Ollama's source, which stands in its errors.
    var typeName: String {
        switch self {
        case .generate: "GenerateRequest"
        case .chat: "ChatRequest"
        case .embed: "EmbedRequest"
        case .embeddings: "EmbeddingRequest"
        }
    }

    /// How this route says that there is no such model.
    func notFound(_ model: String) -> ServiceError {
        let text =
            switch self {
            case .generate, .chat: "model '\(model)' not found"
            case .embed, .embeddings: "model \"\(model)\" not found, try pulling it first"
            }
        return ServiceError(.modelNotFound, text, isRetryable: false)
    }

    /// The model of a request, checked in the order in which Ollama does.
    ///
    /// - Throws: ``ServiceError`` in Ollama's words.
    func model(_ spelling: String) throws -> ModelName {
        if self == .chat, spelling.isEmpty { throw ServiceError(.invalidRequest, "model is required") }
        guard let name = try? ModelName(spelling) else {
            if self == .chat { throw ServiceError(.invalidModel, "invalid model name") }
            throw self.notFound(spelling)
        }
        // Models that run elsewhere are not offered: they would take the prompts of many out of the house.
        if name.canonical.hasSuffix(":cloud") || name.canonical.hasSuffix("-cloud") {
            throw ServiceError(.forbidden, "ollama cloud is disabled: remote model is unavailable")
        }
        return name
    }
}
