public import Domain

/// Hands a request on in the caller's own words, and the engine's answer back in the engine's.
public struct RelayUseCase: Sendable {
    private let opener: ExchangeOpener

    /// Creates the use case.
    public init(opener: ExchangeOpener) {
        self.opener = opener
    }

    /// Whether some engine holds a model in memory that is to be taken out of it.
    ///
    /// - Throws: ``ServiceError`` if no engine has the model, the caller may not use it, or it is pinned: `conflict`.
    public func isToBeUnloaded(_ model: ModelName, call: Call) async throws -> Bool {
        try await self.opener.isToBeUnloaded(model, call: call)
    }

    /// Puts the request in line.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - model: the model that it names; nil for the default one.
    ///   - role: what the model is wanted for.
    ///   - call: who calls.
    ///   - translated: the answer of an engine that does not understand the caller's words, in the same frames; what it
    ///     asks of the engine is what other dialects ask.
    /// - Returns: the request in line.
    /// - Throws: ``ServiceError`` for everything that refuses it at once.
    public func enter<Frame: Sendable>(
        _ request: RelayedRequest,
        model: ModelName?,
        role: ModelRole,
        call: Call,
        translated: @escaping @Sendable (any EngineClient, EngineJob<RelayedRequest>) throws -> any EngineStream<Frame>
    ) async throws -> PendingExchange<Frame> {
        let wish = Wish(work: request) { access -> any EngineStream<Frame> in
            if let relay = access.client.relay(of: access.work, as: Frame.self) {
                return try access.watched { try relay.stream(access.call(access.work)) }
            }
            let client = PlannedClient(access, isStreamed: request.isStreamed)
            return try translated(client, access.job(access.work))
        }
        return try await self.opener.enter(wish, model: model, role: role, call: call)
    }
}
