public import Domain

/// Answers a conversation.
public struct ChatUseCase: Sendable {
    private let opener: ExchangeOpener

    /// Creates the use case.
    public init(opener: ExchangeOpener) {
        self.opener = opener
    }

    /// Puts the request in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once.
    public func enter(_ request: ChatRequest, call: Call) async throws -> PendingExchange<GenerationEvent> {
        try await self.opener.enter(.chat(request), model: request.model, role: request.role, call: call)
    }

    /// Puts a request for several answers in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once.
    public func enterChoices(_ request: ChatRequest, call: Call) async throws -> PendingExchange<ChoiceEvent> {
        try await self.opener.enterChoices(.chat(request), model: request.model, role: request.role, call: call)
    }

    /// Opens the exchange; its first event is there when this returns.
    ///
    /// - Throws: ``ServiceError`` for everything that fails before the first event.
    public func open(_ request: ChatRequest, call: Call) async throws -> Exchange<GenerationEvent> {
        try await self.enter(request, call: call).open()
    }
}

extension ChatRequest {
    /// What a model is wanted for.
    var role: ModelRole { self.messages.contains { !$0.images.isEmpty } ? .vision : .text }
}
