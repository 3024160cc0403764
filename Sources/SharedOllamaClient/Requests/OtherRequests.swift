/// A prompt to be continued.
public struct GenerateRequest: Sendable, Hashable {
    /// The model; nil lets the service choose.
    ///
    /// An Ollama that is called directly needs one.
    public var model: String?
    /// The prompt; not blank.
    public var prompt: String
    /// A rule in place of the model's own.
    public var system: String?
    /// How the answer is generated.
    public var options: GenerationOptions

    /// A prompt.
    public init(
        model: String? = nil,
        prompt: String,
        system: String? = nil,
        options: GenerationOptions = GenerationOptions()
    ) {
        self.model = model
        self.prompt = prompt
        self.system = system
        self.options = options
    }
}

/// Texts to be turned into vectors.
public struct EmbedRequest: Sendable, Hashable {
    /// The model; nil lets the service choose.
    ///
    /// An Ollama that is called directly needs one.
    public var model: String?
    /// The texts, each of which becomes a vector.
    public var inputs: [String]
    /// The first so many numbers of each vector, for models that allow it.
    public var dimensions: Int?
    /// False refuses a text that does not fit instead of cutting it.
    public var truncate: Bool?
    /// How long the model stays in memory.
    public var keepAlive: KeepAlive?

    /// Texts.
    public init(
        model: String? = nil,
        _ inputs: [String],
        dimensions: Int? = nil,
        truncate: Bool? = nil,
        keepAlive: KeepAlive? = nil
    ) {
        self.model = model
        self.inputs = inputs
        self.dimensions = dimensions
        self.truncate = truncate
        self.keepAlive = keepAlive
    }
}
