import Application
import Foundation
import Testing

@testable import ProcessManager

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
