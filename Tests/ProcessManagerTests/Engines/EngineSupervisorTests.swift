import Application
import Domain
import Foundation
import Synchronization
import Testing

@testable import ProcessManager

/// What answers at the configured address: somebody, with or without a model.
private final class Neighbourhood: Sendable {
    private let answers = Mutex<[String: EngineReport]>([:])

    func answer(_ url: String, models: [String]? = []) throws {
        let infos = try models?.map { name in
            ModelInfo(name: try ModelName(name), engineName: name, capabilities: [.completion])
        }
        self.answers.withLock { answers in
            answers[url] = infos.map { EngineReport(version: "1", models: $0, loaded: [], slots: nil) }
        }
    }

    func report(_ url: String) throws -> EngineReport {
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

    func probe() async throws -> EngineReport { try self.neighbourhood.report(self.url) }
}

private struct NoMetrics: Metrics {
    func increment(_ counter: MetricName, _ label: MetricLabel?) {}
    func set(_ gauge: MetricName, to value: Double, _ label: MetricLabel?) {}
    func record(_ timer: MetricName, _ duration: Duration, _ label: MetricLabel?) {}
}

/// A supervisor in a world where a test decides who answers.
private final class World: Sendable {
    let directory = EngineDirectory(metrics: NoMetrics(), onSlots: { _, _ in })
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

@Suite(.enabled(if: OwnBinary.isThere, "the service's binary is not beside the test bundle"), .timeLimit(.minutes(1)))
struct EngineSupervisorTests {
    private let local = EngineName("local")
    private let bundled = EngineName("bundled")
    private let recorder = #"echo "$OLLAMA_HOST $OLLAMA_NUM_PARALLEL $1 $$" > "$OUT/started"; exec sleep 1000"#

    @Test func adoptsWhoIsThereAndStartsNothing() async throws {
        let world = try World(.auto, ollama: self.recorder, bundled: "exec sleep 1000")
        try world.neighbourhood.answer(world.url, models: ["llama3.2"])
        try await world.whileRunning {
            #expect(await world.happens(.adopted(local, url: world.url)))
            #expect(world.identity("local")?.isManaged == false)
            #expect(world.supervisor.process(of: local) == nil)
            #expect(!world.supervisor.restart(local))
        }
        #expect(world.events.entries == [.adopted(local, url: world.url)])
    }

    @Test func launchesOllamaOnLoopbackAndTakesItAlong() async throws {
        let world = try World(.auto, ollama: self.recorder)
        let pids = Journal<Int32>()
        try await world.whileRunning {
            #expect(await world.happens(.launching(local, url: world.url)))
            let file = "\(world.temporary.path)/started"
            #expect(await eventually { (try? String(contentsOfFile: file, encoding: .utf8))?.hasSuffix("\n") == true })
            let words = try String(contentsOfFile: file, encoding: .utf8).split(separator: " ")
            #expect(words.prefix(3) == ["127.0.0.1:11434", "3", "serve"])
            try world.neighbourhood.answer(world.url, models: ["llama3.2"])
            #expect(await eventually { world.supervisor.process(of: local)?.phase == .ready })
            #expect(world.identity("local")?.isManaged == true)
            pids.add(try #require(world.supervisor.process(of: local)?.pid))
        }
        let pid = try #require(pids.entries.first)
        #expect(await eventually { !ProcessTable.isRunning(pid) })
    }

    @Test func modeAlwaysRefusesAStranger() async throws {
        let world = try World(.always, ollama: self.recorder)
        try world.neighbourhood.answer(world.url)
        let error = await #expect(throws: SupervisorError.self) { try await world.supervisor.run() }
        #expect(error?.description.contains("already answers at 127.0.0.1:11434") == true)
        #expect(world.directory.engines.isEmpty)
    }

    @Test func modeAlwaysWantsAProgram() async throws {
        let world = try World(.always)
        let error = await #expect(throws: SupervisorError.self) { try await world.supervisor.run() }
        #expect(error?.description.contains("no program 'ollama'") == true)
    }

    @Test func modeNeverStartsNothing() async throws {
        let world = try World(.never, ollama: self.recorder, bundled: "exec sleep 1000")
        try await world.whileRunning { #expect(await world.happens(.adopted(local, url: world.url))) }
        #expect(world.events.entries == [.adopted(local, url: world.url)])
    }

    @Test func saysOnceThatThereIsNothing() async throws {
        let world = try World(.auto)
        try await world.whileRunning {
            #expect(await world.happens(.nothingToRun))
            try await Task.sleep(for: .milliseconds(30))
        }
        #expect(world.events.entries == [.nothingToRun])
    }

    @Test func theBundledEngineStepsInAndOut() async throws {
        let world = try World(.auto, bundled: #"echo "$2 $3" > "$OUT/started"; exec sleep 1000"#)
        let pids = Journal<Int32>()
        try await world.whileRunning {
            #expect(await eventually { world.supervisor.process(of: bundled)?.pid != nil })
            pids.add(try #require(world.supervisor.process(of: bundled)?.pid))
            let identity = try #require(world.identity("bundled"))
            #expect(identity.isManaged && identity.isBundled && identity.kind == .openAI)
            #expect(world.identity("local") == nil)
            // An Ollama comes, without a model: both are there.
            try world.neighbourhood.answer(world.url)
            #expect(await world.happens(.adopted(local, url: world.url)))
            #expect(world.directory.engine(bundled)?.state != .draining)
            // It gets a model.
            try world.neighbourhood.answer(world.url, models: ["llama3.2"])
            #expect(await world.happens(.draining(bundled)))
            #expect(await world.happens(.removed(bundled)))
            #expect(world.directory.engine(bundled) == nil)
            #expect(await eventually { !ProcessTable.isRunning(pids.entries[0]) })
            // It goes away for long: the bundled engine comes back.
            try world.neighbourhood.answer(world.url, models: nil)
            #expect(await eventually { world.supervisor.process(of: bundled)?.pid != nil })
        }
    }

    @Test func aStrangerInThePlaceOfOursIsAdopted() async throws {
        let world = try World(.auto, ollama: "exit 1")
        try await world.whileRunning {
            #expect(await world.happens(.launching(local, url: world.url)))
            try world.neighbourhood.answer(world.url, models: ["llama3.2"])
            #expect(await world.happens(.adopted(local, url: world.url)))
            #expect(world.identity("local")?.isManaged == false)
            #expect(world.supervisor.process(of: local) == nil)
        }
    }
}
