/// What a model is wanted for.
public enum ModelRole: String, Sendable, Hashable, CaseIterable {
    /// Generate and chat.
    case text
    /// Chat about images.
    case vision
    /// Turn text into vectors.
    case embedding

    /// The capability that a model must report to play this role, in Ollama's words.
    public var capability: ModelInfo.Capability {
        switch self {
        case .text: .completion
        case .vision: .vision
        case .embedding: .embedding
        }
    }
}

/// A model chosen to play a role: what a request that names no model is given.
public struct Model: Sendable, Hashable {
    /// The model's name.
    public let name: ModelName
    /// What it was chosen for.
    public let role: ModelRole

    /// Pairs a model with a role.
    public init(name: ModelName, role: ModelRole) {
        self.name = name
        self.role = role
    }
}

/// The models that a profile or the configuration names for each role.
public struct ModelDefaults: Sendable, Hashable {
    private let names: [ModelRole: ModelName]

    /// Creates defaults; a role without one is chosen by what the engines have.
    public init(_ names: [ModelRole: ModelName] = [:]) {
        self.names = names
    }

    /// The model for a role, if one is named.
    public subscript(role: ModelRole) -> Model? {
        self.names[role].map { Model(name: $0, role: role) }
    }
}
