/// A model that the double can serve.
public struct ModelDescription: Sendable, Equatable {
    /// What a model can do, in Ollama's words.
    public enum Capability: String, Sendable, CaseIterable {
        /// Generates text.
        case completion
        /// Calls functions.
        case tools
        /// Thinks before it answers.
        case thinking
        /// Reads pictures.
        case vision
        /// Fills in the middle of a text.
        case insert
        /// Gives vectors for texts.
        case embedding
    }

    /// Name with tag, such as `smollm2:latest`.
    public var name: String
    /// Digest of the manifest, 64 hexadecimal digits.
    public var digest: String
    /// Digest of the blob of the weights.
    ///
    /// Models with the same weights share one runner.
    public var weights: String
    /// Bytes of all layers, as `/api/tags` shows them.
    public var size: Int
    /// Bytes in memory at the default context, as `/api/ps` shows them.
    public var memory: Int
    /// The architecture, such as `llama` or `bert`.
    public var family: String
    /// Such as `134.52M`.
    public var parameterSize: String
    /// Such as `Q4_1`.
    public var quantization: String
    /// The longest context that the model was trained for.
    public var contextLength: Int
    /// Numbers in a vector.
    public var embeddingLength: Int
    /// What it can do, in the order in which Ollama lists it.
    public var capabilities: [Capability]
    /// The model that it was made from, or empty.
    public var parent: String
    /// The system message of its Modelfile.
    public var system: String
    /// The template of its Modelfile.
    public var template: String
    /// The parameters of its Modelfile.
    public var parameters: [Parameter]
    /// The example messages of its Modelfile.
    public var hasExampleMessages: Bool
    /// When it was made, in seconds since 1970.
    public var modified: Int
    /// How long a load takes; nil for the double's own.
    public var loadTime: Duration?
    /// Its weights are gone from the disk although the model is still listed.
    public var isBlobMissing: Bool

    /// One `PARAMETER` line.
    public struct Parameter: Sendable, Equatable {
        /// Such as `num_thread`.
        public var name: String
        /// As written in the Modelfile.
        public var value: String

        /// A parameter line.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A small text model; everything can be changed afterwards.
    ///
    /// - Parameters:
    ///   - name: With or without tag.
    ///   - weights: Any text that names the weights; models with the same text share a runner. Nil for weights of its own.
    ///   - capabilities: What it can do.
    ///   - contextLength: The longest context.
    public init(
        _ name: String,
        weights: String? = nil,
        capabilities: [Capability] = [.completion],
        contextLength: Int = 8192
    ) {
        let full = ModelName.completed(name)
        self.name = full
        digest = SHA256.hex(of: Array("manifest \(full)".utf8))
        self.weights =
            weights.map { SHA256.hex(of: Array("weights \($0)".utf8)) }
            ?? SHA256.hex(of: Array("weights \(full)".utf8))
        size = 98_362_821
        memory = 209_505_483
        family = "llama"
        parameterSize = "134.52M"
        quantization = "Q4_1"
        self.contextLength = contextLength
        embeddingLength = 576
        self.capabilities = capabilities
        parent = ""
        system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
        template = ModelDescription.chatTemplate
        parameters = [Parameter("num_thread", "1"), Parameter("stop", "<|im_end|>"), Parameter("temperature", "0.2")]
        hasExampleMessages = false
        modified = 1_795_226_636
        loadTime = nil
        isBlobMissing = false
    }

    /// Whether it can do this.
    public func can(_ capability: Capability) -> Bool { capabilities.contains(capability) }

    static let chatTemplate =
        "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
}
