import Application
import Domain

/// The client of an engine that we run: an answer counts only while our own process lives, for else it is somebody
/// else's who has taken the port.
struct OwnedEngineClient: EngineClient {
    let base: any EngineClient
    let process: ManagedProcess

    var identity: EngineIdentity { self.base.identity }

    var administration: (any ModelAdministration)? { self.base.administration }

    func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent> {
        try self.base.stream(request)
    }

    func relay<Frame: Sendable>(of request: RelayedRequest, as frame: Frame.Type) -> EngineRelay<Frame>? {
        self.base.relay(of: request, as: frame)
    }

    func countTokens(of request: EngineRequest) async throws -> Int? {
        try await self.base.countTokens(of: request)
    }

    func probe() async throws -> EngineReport {
        guard self.process.snapshot.phase.isAlive else { throw ServiceError.engineUnreachable }
        let report = try await self.base.probe()
        guard self.process.snapshot.phase.isAlive else { throw ServiceError.engineUnreachable }
        return report
    }

    func load(_ model: ModelLoad) async throws -> Duration? {
        try await self.base.load(model)
    }

    func unload(_ model: ModelLoad) async throws {
        try await self.base.unload(model)
    }
}
