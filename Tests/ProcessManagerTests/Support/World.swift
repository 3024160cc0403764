import Application
import Domain
import Synchronization

@testable import ProcessManager

/// What answers at the configured address: somebody, with or without a model.
final class Neighbourhood: Sendable {
    /// Whether questions are left without an answer.
    let isHanging = Switch(false)
    let isAsked = Switch(false)
    private let answers = Mutex<[String: EngineReport]>([:])

    func answer(_ url: String, models: [String]? = []) throws {
        let infos = try models?.map { name in
            ModelInfo(name: try ModelName(name), engineName: name, capabilities: [.completion])
        }
        self.answers.withLock { answers in
            answers[url] = infos.map { EngineReport(version: "1", models: $0, loaded: [], slots: nil) }
        }
    }

    func report(_ url: String) async throws -> EngineReport {
        self.isAsked.isOn = true
        if self.isHanging.isOn { try await Task.sleep(for: .seconds(3600)) }
        guard let report = self.answers.withLock({ $0[url] }) else {
            throw ServiceError(.engineUnavailable, "nobody there")
        }
        return report
    }
}

private struct FakeClient: EngineClient {
    let identity: EngineIdentity
    let url: String
    let neighbourhood: Neighbourhood

    func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent> {
        throw ServiceError(.engineUnavailable, "not for streaming")
    }

    func probe() async throws -> EngineReport { try await self.neighbourhood.report(self.url) }

    func load(_ model: ModelLoad) async throws -> Duration? { nil }

    func unload(_ model: ModelLoad) async throws {}
}

/// A supervisor in a world where a test decides who answers.
final class World: Sendable {
    let directory = EngineDirectory(clock: FastClock(), observer: { _ in })
    let temporary: TemporaryDirectory
    let neighbourhood = Neighbourhood()
    let events = Journal<SupervisorEvent>()
    let url = "http://127.0.0.1:11434"
    let supervisor: EngineSupervisor

    init(_ mode: SupervisorMode, ollama: String? = nil, bundled: String? = nil) throws {
        let temporary = try TemporaryDirectory()
        self.temporary = temporary
        if let ollama { _ = try temporary.script("bin/ollama", ollama) }
        if let bundled {
            _ = try temporary.script("bundled-engine/venv/bin/python3", bundled)
            _ = try temporary.script("bundled-engine/installed", "")
        }
        var settings = EngineSupervisor.Settings(
            mode: mode,
            address: .ollamaDefault,
            environment: ["PATH": "\(temporary.path)/bin:/usr/bin:/bin", "OUT": temporary.path],
            guardInvocation: OwnBinary.guardInvocation
        )
        settings.bundled = BundledEngine.locate(in: temporary.path)
        settings.ollamaVariables = ["OLLAMA_NUM_PARALLEL": "3"]
        settings.grace = .seconds(200)
        settings.restarts.readyWithin = .seconds(1_000_000)
        let dependencies = EngineSupervisor.Dependencies(
            directory: self.directory,
            clock: FastClock(),
            makeClient: { [neighbourhood] identity, url in
                FakeClient(identity: identity, url: url, neighbourhood: neighbourhood)
            },
            observer: { [events] in events.add($0) }
        )
        self.supervisor = EngineSupervisor(settings: settings, dependencies: dependencies)
    }

    func identity(_ name: String) -> EngineIdentity? { self.directory.engine(EngineName(name))?.client.identity }

    /// Runs the supervisor while the body looks at it, then cancels it.
    func whileRunning(_ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.supervisor.run() }
            try await body()
            group.cancelAll()
        }
    }

    func happens(_ event: SupervisorEvent) async -> Bool { await eventually { self.events.entries.contains(event) } }
}
