import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

/// Pins in memory; fails when a test says so.
private final class MemoryPinStore: PinStore {
    struct Failure: Error {}

    private let kept: Mutex<[ModelPin]>
    private let fails = Mutex(false)

    init(_ pins: [ModelPin] = []) {
        self.kept = Mutex(pins)
    }

    func setFails(_ fails: Bool) { self.fails.withLock { $0 = fails } }

    private func check() throws { if self.fails.withLock({ $0 }) { throw Failure() } }

    func pins() async throws -> [ModelPin] { self.kept.withLock { $0 } }

    func add(_ pin: ModelPin) async throws {
        try self.check()
        self.kept.withLock { $0.append(pin) }
    }

    func remove(_ pin: ModelPin) async throws {
        try self.check()
        self.kept.withLock { kept in kept.removeAll { $0 == pin } }
    }
}

@Suite("Pinning models")
struct PinModelsTests {
    private static let ordinary = KeepAlive.seconds(300)
    private let near = ScriptedEngine(name: "near", script: Bench.answer())
    private let store = MemoryPinStore()
    private let bench: Bench
    private let model: ModelName

    init() throws {
        self.bench = Bench([self.near])
        self.model = try ModelName("smollm2")
        self.near.answers(try Bench.report(["smollm2", "other"], loaded: 0))
    }

    private var memory: ModelMemoryUseCase {
        ModelMemoryUseCase(
            resolver: ModelResolver(
                directory: self.bench.directory,
                monitor: self.bench.monitor,
                defaults: ModelDefaults()
            ),
            directory: self.bench.directory,
            admission: self.bench.admission,
            mover: self.loader,
            running: { [admission = self.bench.admission] in admission.running($0, on: $1) }
        )
    }

    private var loader: ModelLoader { ModelLoader(directory: self.bench.directory, keepAlive: Self.ordinary) }

    private func pins(_ store: MemoryPinStore? = nil) -> PinModelsUseCase {
        PinModelsUseCase(
            memory: self.memory,
            directory: self.bench.directory,
            mover: self.loader,
            store: store ?? self.store
        )
    }

    private func pin(_ model: ModelName, _ id: String = "r1") async throws -> EngineName {
        try await self.pins().pin(
            model,
            for: Project(name: .default),
            as: .normal,
            requestID: RequestID(generated: id)
        ).engine
    }

    private func code(_ body: () async throws -> some Sendable) async -> ServiceError.Code? {
        await #expect(throws: ServiceError.self) { _ = try await body() }?.code
    }

    @Test("A pin loads the model for ever, is written down, and holds for requests until it is let go")
    func pinned() async throws {
        try await self.bench.whileMonitoring {
            #expect(try await self.pin(self.model) == self.near.identity.name)
            #expect(self.near.loads.last?.keepAlive == .forEver && self.near.loads.last?.model == "smollm2")
            #expect(try await self.store.pins() == [ModelPin(model: self.model, engine: self.near.identity.name)])
            var request = try Bench.chatRequest()
            request.options.keepAlive = .seconds(0)
            let exchange = try await self.bench.chat.open(request, call: self.bench.call())
            #expect(self.near.asked.last?.work.options.keepAlive == .forEver)
            #expect(exchange.notices.keepAlive == .overruled)
            exchange.complete()
            let loads = self.near.loads.count
            #expect(try await self.pin(self.model, "r2") == self.near.identity.name)
            #expect(self.near.loads.count == loads)
            #expect(try await self.pins().unpin(try ModelName("SmolLM2:latest")) == [self.near.identity.name])
            #expect(self.near.loads.last?.keepAlive == Self.ordinary)
            #expect(try await self.store.pins().isEmpty)
            #expect(!self.bench.directory.isPinned(self.model, on: self.near.identity.name))
            #expect(try await self.pins().unpin(self.model).isEmpty)
        }
    }

    @Test(
        "A pinned model is neither unloaded nor removed, and where it has the only place nothing else is pinned or run"
    )
    func refusals() async throws {
        try await self.bench.whileMonitoring {
            _ = try await self.pin(self.model)
            #expect(await self.code { try await self.memory.unload(self.model) } == .conflict)
            let administer = AdministerModelsUseCase(directory: self.bench.directory, monitor: self.bench.monitor)
            let order = ModelOrder(.delete, body: .none, requestID: RequestID(generated: "d"))
            #expect(await self.code { try await administer.remove(self.model, by: order).count } == .conflict)
            let other = try ModelName("other")
            #expect(await self.code { try await self.pin(other, "r2") } == .conflict)
            let refused = await #expect(throws: ServiceError.self) {
                try await self.bench.chat.open(Bench.chatRequest(model: "other"), call: self.bench.call("r3"))
            }
            #expect(refused?.code == .modelUnavailable && refused?.message.contains("pinned") == true)
            #expect(self.near.unloads.isEmpty)
            #expect(await self.code { try await self.pins().unpin(try ModelName("nope")) } == .modelNotFound)
            #expect(await self.code { try await self.pins().unpin(other, on: EngineName("nope")) } == .notFound)
        }
    }

    @Test("Where it cannot be written down nothing is pinned, and a pin that is there stays")
    func unwritable() async throws {
        try await self.bench.whileMonitoring {
            self.store.setFails(true)
            #expect(await self.code { try await self.pin(self.model) } == .internal)
            #expect(!self.bench.directory.isPinned(self.model, on: self.near.identity.name))
            #expect(self.near.loads.last?.keepAlive == Self.ordinary)
            self.store.setFails(false)
            _ = try await self.pin(self.model, "r2")
            self.store.setFails(true)
            #expect(await self.code { try await self.pins().unpin(self.model) } == .internal)
            #expect(self.bench.directory.isPinned(self.model, on: self.near.identity.name))
        }
    }

    @Test("Pins from before a restart are loaded when their engine is there, and whenever it comes back")
    func restored() async throws {
        let other = try ModelName("other")
        let gone = ModelPin(model: try ModelName("gone"), engine: self.near.identity.name)
        let store = MemoryPinStore([gone, ModelPin(model: other, engine: self.near.identity.name)])
        try await self.pins(store).restore()
        let local = self.near.identity.name
        try await self.bench.whileMonitoring {
            while self.near.loads.isEmpty { await Task.yield() }
            #expect(self.near.loads == [ModelLoad(model: "other", keepAlive: .forEver)])
            while self.bench.directory.residentModel(other, on: local) == nil { await Task.yield() }
            self.near.answers(nil)
            await self.bench.monitor.refreshNow()
            self.near.answers(try Bench.report(["smollm2", "other"], loaded: 0))
            await self.bench.monitor.refreshNow()
            while self.near.loads.count < 2 { await Task.yield() }
            #expect(self.near.loads.last?.model == "other")
        }
    }

    @Test("A model is loaded by the name by which it was pinned, not by another of the same weights")
    func aliases() async throws {
        let names = ["a", "b"]
        let models = try names.map {
            ModelInfo(name: try ModelName($0), engineName: $0, weights: "same", capabilities: [.completion])
        }
        self.near.answers(EngineReport(version: "1", models: models, loaded: [], slots: nil))
        let store = MemoryPinStore([ModelPin(model: try ModelName("b"), engine: self.near.identity.name)])
        try await self.pins(store).restore()
        try await self.bench.whileMonitoring {
            while self.near.loads.isEmpty { await Task.yield() }
            #expect(self.near.loads.first?.model == "b")
            let other = try ModelName("a")
            #expect(self.bench.directory.isPinned(other, on: self.near.identity.name))
        }
    }
}
