import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("What the directory tells of its engines")
struct EngineEventTests {
    private let local = EngineName("local")
    private let listener = Listener()

    private func name(_ text: String) throws -> ModelName { try ModelName(text) }

    private func model(
        _ name: String,
        digest: String? = nil,
        weights: String? = nil,
        family: String? = nil,
        _ capabilities: [ModelInfo.Capability] = [.completion]
    ) throws -> ModelInfo {
        ModelInfo(
            name: try ModelName(name),
            engineName: name,
            digest: digest,
            weights: weights,
            family: family,
            capabilities: capabilities
        )
    }

    private func report(_ models: [ModelInfo], loaded: [String] = [], slots: Int? = nil) throws -> EngineReport {
        let loaded = try loaded.map { LoadedModel(name: try ModelName($0)) }
        return EngineReport(version: "1", models: models, loaded: loaded, slots: slots)
    }

    private func probe(_ directory: EngineDirectory, _ report: EngineReport, _ name: EngineName? = nil) {
        let name = name ?? self.local
        directory.update(name, with: .success(report), since: directory.mark(of: name))
    }

    @Test("An engine comes up with what it has loaded, and later answers are told as differences")
    func differences() throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine(), limits: EngineLimits(parallel: 2, maxLoadedModels: 3, weight: 2))
        #expect(self.listener.next().isEmpty)
        let models = [try self.model("a"), try self.model("b")]
        self.probe(directory, try self.report(models, loaded: ["a"]))
        let capacity = EngineCapacity(parallel: 2, maxLoadedModels: 3, weight: 2)
        #expect(self.listener.next() == [.up(self.local, capacity, loaded: [try self.name("a")])])
        self.probe(directory, try self.report(models, loaded: ["a"]))
        #expect(self.listener.next().isEmpty)
        self.probe(directory, try self.report(models, loaded: ["b"]))
        #expect(
            self.listener.next() == [
                .unloaded(try self.name("a"), self.local), .loaded(try self.name("b"), self.local, took: nil),
            ]
        )
        directory.suspect(self.local)
        #expect(self.listener.next() == [.down(self.local)])
    }

    @Test("An answer that was on its way while a model was loaded does not unload it")
    func staleAnswer() async throws {
        let directory = self.listener.directory()
        let engine = ScriptedEngine()
        directory.register(engine)
        let models = [try self.model("a")]
        self.probe(directory, try self.report(models))
        let mark = directory.mark(of: self.local)
        let stale = try self.report(models)
        _ = self.listener.next()
        let a = try self.name("a")
        await ModelLoader(directory: directory).load(a, as: a, on: self.local)
        #expect(self.listener.next() == [.loaded(a, self.local, took: .seconds(1))])
        directory.update(self.local, with: .success(stale), since: mark)
        #expect(self.listener.next().isEmpty)
        self.probe(directory, try self.report(models, loaded: ["a"]))
        #expect(self.listener.next().isEmpty)
        self.probe(directory, try self.report(models))
        #expect(self.listener.next() == [.unloaded(a, self.local)])
    }

    @Test("A model that the engine lists while we still load it is not loaded yet")
    func listedWhileLoading() throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine())
        let models = [try self.model("a")]
        self.probe(directory, try self.report(models))
        _ = self.listener.next()
        let a = try self.name("a")
        let move = try #require(directory.beginMove(of: a, as: a, on: self.local))
        self.probe(directory, try self.report(models, loaded: ["a"]))
        #expect(self.listener.next().isEmpty)
        let held = ServiceError.modelHeldBack(nil, for: .zero)
        directory.endMove(move, .loadFailed(held))
        #expect(self.listener.next() == [.loadFailed(a, self.local, held), .modelSlots(a, self.local, 0)])
    }

    @Test("An unload is told when the engine is done, and an answer from before does not undo it")
    func unload() async throws {
        let directory = self.listener.directory()
        let engine = ScriptedEngine()
        directory.register(engine)
        let models = [try self.model("a")]
        self.probe(directory, try self.report(models, loaded: ["a"]))
        let mark = directory.mark(of: self.local)
        _ = self.listener.next()
        let a = try self.name("a")
        await ModelLoader(directory: directory).unload(a, on: self.local)
        #expect(engine.unloads.map(\.model) == ["a"])
        #expect(self.listener.next() == [.unloaded(a, self.local)])
        directory.update(self.local, with: .success(try self.report(models, loaded: ["a"])), since: mark)
        #expect(self.listener.next().isEmpty)
    }

    @Test("An unload that fails leaves nobody waiting for its end: the engine is told anew")
    func failedUnload() throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine())
        self.probe(directory, try self.report([try self.model("a")], loaded: ["a"]))
        _ = self.listener.next()
        let a = try self.name("a")
        let move = try #require(directory.beginMove(of: a, as: a, on: self.local))
        directory.endMove(move, .unloadFailed)
        #expect(self.listener.next() == [.down(self.local), .up(self.local, EngineCapacity(), loaded: [a])])
    }

    @Test("Models of the same weights are one model to the scheduler, under whichever name they are loaded")
    func sameWeights() async throws {
        let directory = self.listener.directory()
        let engine = ScriptedEngine()
        directory.register(engine)
        let models = [
            try self.model("tools", digest: "1", weights: "w"), try self.model("base", digest: "2", weights: "w"),
            try self.model("other", digest: "3", weights: "x"),
        ]
        self.probe(directory, try self.report(models, loaded: ["tools", "other"]))
        let base = try self.name("base")
        #expect(
            self.listener.next() == [.up(self.local, EngineCapacity(), loaded: [base, try self.name("other")])]
        )
        #expect(directory.scheduledName(of: try self.name("TOOLS")) == base)
        await ModelLoader(directory: directory).unload(base, on: self.local)
        #expect(engine.unloads.map(\.model) == ["tools"])
        #expect(self.listener.next() == [.unloaded(base, self.local)])
    }

    @Test("Names that one engine calls the same and another different are not the same")
    func contradiction() throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine())
        directory.register(ScriptedEngine(name: "far"))
        self.probe(directory, try self.report([try self.model("a", digest: "1"), try self.model("b", digest: "1")]))
        #expect(directory.scheduledName(of: try self.name("b")) == (try self.name("a")))
        let far = [try self.model("a", digest: "1"), try self.model("b", digest: "2")]
        self.probe(directory, try self.report(far), EngineName("far"))
        #expect(directory.scheduledName(of: try self.name("b")) == (try self.name("b")))
    }

    @Test(
        "Families that run one request at a time get one slot, whatever the engine's parallel is",
        arguments: ["qwen3vl", "mllama", "nemotron_h_moe"]
    )
    func oneAtATime(_ family: String) throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine(), limits: EngineLimits(parallel: 4))
        let models = [
            try self.model("a", family: "llama"), try self.model("slow", family: family),
            try self.model("vectors", family: "bert", [.embedding]),
        ]
        self.probe(directory, try self.report(models))
        #expect(
            self.listener.next() == [
                .modelSlots(try self.name("slow"), self.local, 1),
                .modelSlots(try self.name("vectors"), self.local, 1),
                .up(self.local, EngineCapacity(parallel: 4), loaded: []),
            ]
        )
    }

    @Test("An OpenAI-compatible server has all its models in memory and shares its slots between them")
    func openAI() throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine(kind: .openAI))
        let models = [try self.model("a"), try self.model("b")]
        self.probe(directory, try self.report(models, loaded: ["a", "b"], slots: 3))
        let capacity = EngineCapacity(parallel: 3, maxLoadedModels: 2, total: 3)
        #expect(
            self.listener.next() == [.up(self.local, capacity, loaded: [try self.name("a"), try self.name("b")])]
        )
    }

    @Test("An engine that is drained takes no requests; one that is taken out is gone, even if it never answered")
    func gone() throws {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine())
        self.probe(directory, try self.report([]))
        _ = self.listener.next()
        directory.setDraining(true, self.local)
        #expect(self.listener.next() == [.down(self.local)])
        directory.setDraining(false, self.local)
        self.probe(directory, try self.report([]))
        #expect(self.listener.next() == [.up(self.local, EngineCapacity(), loaded: [])])
        directory.remove(self.local)
        #expect(self.listener.next() == [.removed(self.local)])
        directory.remove(self.local)
        #expect(self.listener.next().isEmpty)
        directory.register(ScriptedEngine())
        directory.remove(self.local)
        #expect(self.listener.next() == [.removed(self.local)])
    }

    @Test("An observer may ask the directory, and hears everything in order")
    func order() async throws {
        let heard = Mutex<[EngineEvent]>([])
        let box = Mutex<EngineDirectory?>(nil)
        let directory = EngineDirectory(clock: ManualClock()) { event in
            _ = box.withLock { $0 }?.engines
            heard.withLock { $0.append(event) }
        }
        box.withLock { $0 = directory }
        directory.register(ScriptedEngine())
        let up = try self.report([])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    self.probe(directory, up)
                    directory.suspect(self.local)
                }
            }
        }
        // Every up is followed by its down: an event that overtook another would show as two alike.
        let kinds = heard.withLock { $0 }.map { if case .down = $0 { "down" } else { "up" } }
        #expect(kinds == kinds.indices.map { $0.isMultiple(of: 2) ? "up" : "down" })
    }
}
