import Domain

/// An engine whose answers are what is asked for: for those who put another dialect's request into our words.
struct PlannedClient<Work: ExchangeWork>: EngineClient {
    private let access: EngineAccess<Work>
    private let isStreamed: Bool

    init(_ access: EngineAccess<Work>, isStreamed: Bool) {
        self.access = access
        self.isStreamed = isStreamed
    }

    var identity: EngineIdentity { self.access.client.identity }

    func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent> {
        let plan = try AnswerPlan(request.work, isStreamed: self.isStreamed)
        return try plan.stream(self.access, work: plan.work)
    }

    func relay<Frame: Sendable>(of request: RelayedRequest, as frame: Frame.Type) -> EngineRelay<Frame>? {
        self.access.client.relay(of: request, as: frame)
    }

    func probe() async throws -> EngineReport { try await self.access.client.probe() }

    func load(_ model: ModelLoad) async throws -> Duration? { try await self.access.client.load(model) }

    func unload(_ model: ModelLoad) async throws { try await self.access.client.unload(model) }
}
