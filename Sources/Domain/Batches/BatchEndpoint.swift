/// The route that the items of a batch are requests of.
public enum BatchEndpoint: String, Sendable, CaseIterable {
    /// OpenAI's chat.
    case chatCompletions = "/v1/chat/completions"
    /// OpenAI's completions.
    case completions = "/v1/completions"
    /// OpenAI's embeddings.
    case embeddings = "/v1/embeddings"
    /// The native chat.
    case nativeChat = "/api/v1/chat"
    /// The native chat with images.
    case nativeVLM = "/api/v1/vlm"

    /// Reads the endpoint of a batch.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for a route that batches do not have.
    public init(named text: String) throws {
        guard let endpoint = BatchEndpoint(rawValue: text) else {
            let known = BatchEndpoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(
                .invalidRequest,
                field: "/endpoint",
                "'\(text.prefix(60))' is no endpoint of batches; these are: \(known)."
            )
        }
        self = endpoint
    }
}
