/// What an engine says of a model that it has.
public struct ModelInfo: Sendable, Hashable {
    /// What a model can do, in Ollama's words.
    ///
    /// Open: engines report new ones.
    public struct Capability: RawRepresentable, Sendable, Hashable {
        /// The word.
        public let rawValue: String

        /// Creates a capability of a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Generate and chat.
        public static let completion = Self(rawValue: "completion")
        /// See images.
        public static let vision = Self(rawValue: "vision")
        /// Turn text into vectors.
        public static let embedding = Self(rawValue: "embedding")
        /// Call tools.
        public static let tools = Self(rawValue: "tools")
        /// Think before answering.
        public static let thinking = Self(rawValue: "thinking")
    }

    /// The model's name.
    ///
    /// Its spelling is the engine's own, to be used when asking that engine.
    public let name: ModelName
    /// What the engine must be asked for to get this model; differs from the name where an engine calls it by a path.
    public let engineName: String
    /// The size of the weights in bytes, where the engine says it.
    public let size: Int?
    /// When the model was last changed, RFC 3339, where the engine says it.
    public let modifiedAt: String?
    /// The digest of the manifest, where the engine says it.
    public let digest: String?
    /// The digest of the weights, where it is known: models of the same weights share one runner.
    public let weights: String?
    /// The family of the model's architecture in the engine's words, such as `llama`, where the engine says it.
    public let family: String?
    /// What the model can do.
    public let capabilities: [Capability]
    /// Whether that is all it can do; if not, the engine does not say.
    public let isCapabilityListComplete: Bool

    /// Creates a description.
    public init(
        name: ModelName,
        engineName: String,
        size: Int? = nil,
        modifiedAt: String? = nil,
        digest: String? = nil,
        weights: String? = nil,
        family: String? = nil,
        capabilities: [Capability] = [],
        isCapabilityListComplete: Bool = true
    ) {
        self.name = name
        self.engineName = engineName
        self.size = size
        self.modifiedAt = modifiedAt
        self.digest = digest
        self.weights = weights
        self.family = family
        self.capabilities = capabilities
        self.isCapabilityListComplete = isCapabilityListComplete
    }

    /// Whether the model has a capability, or may have it for all that is known.
    public func may(_ capability: Capability) -> Bool {
        self.capabilities.contains(capability) || !self.isCapabilityListComplete
    }
}

/// A model that an engine holds in memory.
public struct LoadedModel: Sendable, Hashable {
    /// The model's name.
    public let name: ModelName
    /// The context length with which it was loaded, in tokens, where the engine says it.
    public let context: Int?
    /// The memory that it takes, in bytes, where the engine says it.
    public let bytes: Int?
    /// The part of it that is in GPUs, in bytes, where the engine says it.
    public let vramBytes: Int?
    /// When the engine unloads it if nobody uses it, RFC 3339, where the engine says it.
    public let expiresAt: String?

    /// Creates a description.
    public init(
        name: ModelName,
        context: Int? = nil,
        bytes: Int? = nil,
        vramBytes: Int? = nil,
        expiresAt: String? = nil
    ) {
        self.name = name
        self.context = context
        self.bytes = bytes
        self.vramBytes = vramBytes
        self.expiresAt = expiresAt
    }
}
