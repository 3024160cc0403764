/// Texts to be turned into vectors.
public struct EmbeddingRequest: Sendable, Hashable {
    /// The most texts in one request.
    ///
    /// Source: OpenAI's API reference, `input` of embeddings.
    public static let maximumInputs = 2048

    /// The model that the caller names, or nil for the default one.
    public var model: ModelName?
    /// The texts, at most ``maximumInputs``; for none there are no vectors.
    public var inputs: [String]
    /// The length of the vectors, at least 1; nil is the model's own.
    public var dimensions: Int?
    /// How long the model stays loaded and whether a text that does not fit may be cut; nothing else matters here.
    public var options: GenerationOptions

    /// Checks a request.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for too many texts, `invalid_prompt` if one is longer than a prompt
    ///   may be.
    public init(model: ModelName?, inputs: [String], dimensions: Int? = nil, options: GenerationOptions) throws {
        guard inputs.count <= EmbeddingRequest.maximumInputs else {
            throw ServiceError(
                .invalidRequest,
                field: "/input",
                "There are \(inputs.count) texts; at most \(EmbeddingRequest.maximumInputs) are allowed."
            )
        }
        for text in inputs { try Prompt.checkLength(of: text) }
        self.model = model
        self.inputs = inputs
        self.dimensions = dimensions
        self.options = options
    }
}
