public import Domain

/// Answers a conversation about images.
public struct VLMUseCase: Sendable {
    private let opener: ExchangeOpener

    /// Creates the use case.
    public init(opener: ExchangeOpener) {
        self.opener = opener
    }

    /// Puts the request in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once.
    public func enter(_ request: VLMRequest, call: Call) async throws -> PendingExchange<GenerationEvent> {
        try await self.opener.enter(.chat(request.chat), model: request.chat.model, role: .vision, call: call)
    }

    /// Puts a request for several answers in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once.
    public func enterChoices(_ request: VLMRequest, call: Call) async throws -> PendingExchange<ChoiceEvent> {
        try await self.opener.enterChoices(.chat(request.chat), model: request.chat.model, role: .vision, call: call)
    }
}
