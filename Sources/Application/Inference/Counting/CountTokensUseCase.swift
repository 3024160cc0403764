public import Domain

/// How many tokens a prompt has.
public struct TokenCount: Sendable, Hashable {
    /// The tokens.
    public let tokens: Int
    /// Whether they were reckoned, not counted by an engine.
    public let isEstimated: Bool
}

/// Counts the tokens of a conversation, without having it answered.
///
/// It waits for no slot and is nobody's inference: an engine's tokenizer answers while its model generates.
public struct CountTokensUseCase: Sendable {
    /// What a picture is taken for, in tokens: models make a few hundred to a few thousand of one.
    private static let tokensOfPicture = 1000
    private let resolver: ModelResolver
    private let directory: EngineDirectory
    private let measure: TokenMeasure

    /// Creates the use case.
    public init(resolver: ModelResolver, directory: EngineDirectory, measure: TokenMeasure) {
        self.resolver = resolver
        self.directory = directory
        self.measure = measure
    }

    /// Counts with the tokenizer of an engine that has the model, or reckons where none has one.
    ///
    /// - Throws: ``ServiceError`` `model_not_found`, `model_not_allowed`, or `engine_unavailable` while no engine answers.
    public func count(_ request: ChatRequest, project: Project, requestID: RequestID) async throws -> TokenCount {
        let target = try await self.resolver.resolve(request.model, role: .text)
        guard project.mayUse(target.name) else { throw ServiceError.modelNotAllowed(target.name, project) }
        for engine in target.engines.compactMap({ self.directory.engine($0) }) {
            let job = EngineRequest(
                work: .chat(request),
                model: engine.engineName(of: target.name),
                isLoaded: true,
                loadedContext: nil,
                requestID: requestID
            )
            do {
                if let tokens = try await engine.client.countTokens(of: job) {
                    return TokenCount(tokens: tokens, isEstimated: false)
                }
            } catch is ServiceError {
                // An estimate is better than the failure of a question that is not about that engine.
                continue
            }
        }
        return TokenCount(tokens: self.estimate(request, for: target.name), isEstimated: true)
    }

    /// About how many tokens a conversation has, by what is known of the model.
    public func estimate(_ request: ChatRequest, for model: ModelName) -> Int {
        let pictures = request.messages.reduce(0) { $0 + $1.images.count }
        return self.measure.tokens(ofBytes: EngineWork.chat(request).promptBytes, for: model)
            + pictures * CountTokensUseCase.tokensOfPicture
    }
}
