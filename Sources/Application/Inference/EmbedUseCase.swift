public import Domain

/// Turns texts into vectors.
public struct EmbedUseCase: Sendable {
    private let opener: ExchangeOpener

    /// Creates the use case.
    public init(opener: ExchangeOpener) {
        self.opener = opener
    }

    /// Puts the request in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once.
    public func enter(_ request: EmbeddingRequest, call: Call) async throws -> PendingExchange<GenerationEvent> {
        try await self.opener.enter(.embed(request), model: request.model, role: .embedding, call: call)
    }
}
