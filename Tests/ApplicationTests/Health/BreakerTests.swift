import Domain
import TestSupport
import Testing

@testable import Application

@Suite("Breakers")
struct BreakerTests {
    private let settings = BreakerSettings(failures: 3, reset: .seconds(30))
    private let start = MonotonicInstant(nanoseconds: 0)

    private func later(_ seconds: Int) -> MonotonicInstant { self.start.advanced(by: .seconds(seconds)) }

    private func opened() -> Breaker {
        var breaker = Breaker(self.settings)
        for _ in 0..<3 { breaker.failed(.ordinary, at: self.start) }
        return breaker
    }

    @Test("Failures in a row open it; a whole answer between them starts the count anew")
    func opens() {
        var breaker = Breaker(self.settings)
        breaker.failed(.ordinary, at: self.start)
        breaker.failed(.ordinary, at: self.start)
        breaker.succeeded(.ordinary)
        breaker.failed(.ordinary, at: self.start)
        breaker.failed(.ordinary, at: self.start)
        #expect(breaker.state(at: self.start) == .closed)
        breaker.failed(.ordinary, at: self.start)
        #expect(breaker.state(at: self.start) == .open)
        #expect(breaker.pass(at: self.later(29)) == nil)
        #expect(breaker.pause(at: self.later(29)) == .seconds(1))
    }

    @Test("Half open, exactly one request probes; others go again only when it has been answered")
    func oneProbe() {
        var breaker = self.opened()
        #expect(breaker.state(at: self.later(30)) == .halfOpen)
        #expect(breaker.pass(at: self.later(30)) == .probe)
        #expect(breaker.pass(at: self.later(30)) == nil)
        #expect(breaker.pass(at: self.later(600)) == nil)
        breaker.answered(.probe)
        #expect(breaker.pass(at: self.later(600)) == .ordinary)
    }

    @Test("A probe that fails opens it for as long again; one that is given up makes way for another")
    func failedProbe() {
        var breaker = self.opened()
        #expect(breaker.pass(at: self.later(30)) == .probe)
        breaker.failed(.probe, at: self.later(40))
        #expect(breaker.state(at: self.later(69)) == .open)
        #expect(breaker.pass(at: self.later(70)) == .probe)
        breaker.abandoned(.probe, at: self.later(71))
        #expect(breaker.pass(at: self.later(71)) == .probe)
    }

    @Test("Who was asked before it opened decides nothing any more")
    func latecomers() {
        var breaker = self.opened()
        breaker.succeeded(.ordinary)
        #expect(breaker.state(at: self.start) == .open)
        #expect(breaker.pass(at: self.later(30)) == .probe)
        breaker.failed(.ordinary, at: self.later(31))
        breaker.succeeded(.ordinary)
        breaker.abandoned(.ordinary, at: self.later(31))
        #expect(breaker.state(at: self.later(31)) == .halfOpen)
        #expect(breaker.pass(at: self.later(31)) == nil)
    }

    @Test("A model whose runner dies in the middle of every answer opens its breaker nevertheless")
    func diesMidway() {
        var breaker = Breaker(self.settings)
        for _ in 0..<3 {
            #expect(breaker.pass(at: self.start) == .ordinary)
            breaker.answered(.ordinary)
            breaker.failed(.ordinary, at: self.start)
        }
        #expect(breaker.state(at: self.start) == .open)
        #expect(breaker.pass(at: self.later(30)) == .probe)
        breaker.answered(.probe)
        breaker.failed(.ordinary, at: self.later(30))
        #expect(breaker.state(at: self.later(31)) == .open)
    }

    @Test("No more models are remembered than fit, whatever fails")
    func bounded() throws {
        var board = BreakerBoard(self.settings)
        let engine = EngineName("local")
        let error = ServiceError(.engineError, "x", blame: .model)
        for number in 0..<(BreakerBoard.limit + 100) {
            let model = try ModelName("m\(number)")
            let now = self.later(number)
            let passes = try board.pass(model, on: engine, at: now)
            board.failed(error, passes, model, on: engine, at: now)
        }
        #expect(board.rememberedModels == BreakerBoard.limit)
    }

    @Test("One model's failures leave the engine and its other models alone; what is nobody's failure counts nowhere")
    func separate() throws {
        var board = BreakerBoard(self.settings)
        let engine = EngineName("local")
        let (bad, good) = (try ModelName("bad"), try ModelName("good"))
        for _ in 0..<3 {
            let passes = try board.pass(bad, on: engine, at: self.start)
            board.failed(ServiceError(.engineError, "died", blame: .model), passes, bad, on: engine, at: self.start)
        }
        for _ in 0..<10 {
            let passes = try board.pass(good, on: engine, at: self.start)
            board.failed(ServiceError(.invalidRequest, "x"), passes, good, on: engine, at: self.start)
        }
        #expect(board.state(of: engine, at: self.start) == .closed)
        #expect(board.state(of: good, on: engine, at: self.start) == .closed)
        #expect(board.state(of: bad, on: engine, at: self.start) == .open)
        let refusal = try #require(board.refusal(of: bad, on: engine, at: self.later(10)))
        #expect(refusal.code == .modelUnavailable && refusal.message == "died" && refusal.retryAfter == .seconds(20))
        #expect(board.refusal(of: good, on: engine, at: self.start) == nil)
    }
}

@Suite("Breakers behind the front door")
struct BreakerUseTests {
    private static let died = ServiceError(.engineError, "the runner died", blame: .model)
    private static let silent = ServiceError(.engineTimeout, "not a word", blame: .engine)

    private func fail(_ bench: Bench, times: Int, model: String = "smollm2") async -> [ServiceError.Code] {
        var codes: [ServiceError.Code] = []
        for number in 0..<times {
            do {
                let request = try Bench.chatRequest(model: model)
                let exchange = try await bench.chat.open(request, call: bench.call("f\(number)"))
                while try await exchange.next() != nil {}
                exchange.complete()
            } catch {
                codes.append((error as? ServiceError)?.code ?? .internal)
            }
        }
        return codes
    }

    @Test("Predecessor 19: a model that fails again and again is refused without asking the engine; another runs on")
    func modelBreaker() async throws {
        let engine = ScriptedEngine(script: [.failure(Self.died)])
        engine.answers(try Bench.report(["smollm2", "other"], loaded: 2))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let codes = await self.fail(bench, times: 7)
            #expect(codes == Array(repeating: .engineError, count: 5) + [.modelUnavailable, .modelUnavailable])
            #expect(engine.opened.count == 5)
            #expect(bench.directory.breaker(of: EngineName("local")) == .closed)
            #expect(await self.fail(bench, times: 1, model: "other") == [.engineError])
            #expect(engine.opened.count == 6)
        }
    }

    @Test("Predecessor 19: an engine that does not answer again and again is left alone, and then asked by one request")
    func engineBreaker() async throws {
        let engine = ScriptedEngine(script: [.failure(Self.silent)])
        engine.answers(try Bench.report())
        let bench = Bench([engine], slots: 4)
        try await bench.whileMonitoring {
            let codes = await self.fail(bench, times: 6)
            #expect(codes == Array(repeating: .engineTimeout, count: 5) + [.engineUnavailable])
            #expect(bench.directory.breaker(of: EngineName("local")) == .open)
            bench.clock.advance(by: .seconds(31))
            await bench.monitor.refresh()
            #expect(bench.directory.breaker(of: EngineName("local")) == .halfOpen)
            #expect(await self.fail(bench, times: 2) == [.engineTimeout, .engineUnavailable])
            #expect(engine.opened.count == 6)
        }
    }

    @Test("Half open, of many requests at once exactly one reaches the engine")
    func concurrentProbes() async throws {
        let engine = ScriptedEngine(script: [.failure(Self.died)])
        engine.answers(try Bench.report())
        let bench = Bench([engine], slots: 8, queue: 100)
        try await bench.whileMonitoring {
            _ = await self.fail(bench, times: 5)
            engine.script([.hang])
            bench.clock.advance(by: .seconds(31))
            let directory = bench.directory
            let model = try ModelName("smollm2")
            let attempts = await withTaskGroup(of: EngineAttempt?.self) { group in
                for _ in 0..<50 { group.addTask { try? directory.begin(model, on: EngineName("local")) } }
                return await group.reduce(into: [EngineAttempt]()) { if let attempt = $1 { $0.append(attempt) } }
            }
            #expect(attempts.count == 1)
            #expect((try? directory.begin(model, on: EngineName("local"))) == nil)
        }
        // Nobody holds the probe any more: the next may.
        let again = try bench.directory.begin(ModelName("smollm2"), on: EngineName("local"))
        again.succeeded()
        #expect(bench.directory.breaker(of: EngineName("local")) == .closed)
    }

    @Test("The scheduler hears what is held back: no slot while it is, one for the probe, and all again")
    func slots() async throws {
        let clock = ManualClock()
        let heard = Listener()
        let directory = heard.directory(clock)
        let local = EngineName("local")
        directory.register(ScriptedEngine(), limits: EngineLimits(parallel: 4))
        directory.update(local, with: .success(try Bench.report()), since: directory.mark(of: local))
        _ = heard.next()
        let model = try ModelName("smollm2")
        for _ in 0..<5 { try directory.begin(model, on: local).failed(Self.died) }
        #expect(heard.next() == [.modelSlots(model, local, 0)])
        clock.advance(by: .seconds(31))
        directory.update(local, with: .success(try Bench.report()), since: directory.mark(of: local))
        #expect(heard.next() == [.modelSlots(model, local, 1)])
        try directory.begin(model, on: local).succeeded()
        #expect(heard.next() == [.modelSlots(model, local, nil)])
        for _ in 0..<5 { try directory.begin(model, on: local).failed(Self.silent) }
        #expect(heard.next() == [.down(local)])
        clock.advance(by: .seconds(31))
        directory.update(local, with: .success(try Bench.report()), since: directory.mark(of: local))
        #expect(heard.next() == [.up(local, EngineCapacity(parallel: 4, total: 1), loaded: [model])])
        try directory.begin(model, on: local).succeeded()
        #expect(heard.next() == [.changed(local, EngineCapacity(parallel: 4))])
    }

    @Test("A model that cannot be loaded is refused for itself, in the engine's words, until it may be tried again")
    func cannotLoad() async throws {
        let engine = ScriptedEngine(script: Bench.answer())
        engine.answers(try Bench.report(["smollm2", "broken"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let words = "The engine cannot load the model 'broken': too large"
            engine.failsLoads(with: ServiceError(.modelUnavailable, words, blame: .model))
            let broken = try ModelName("broken")
            await ModelLoader(directory: bench.directory).load(broken, as: broken, on: EngineName("local"))
            let refusal = try #require(bench.directory.refusal(of: broken))
            #expect(refusal.message == words && refusal.retryAfter == .seconds(30))
            let error = await #expect(throws: ServiceError.self) {
                try await bench.chat.open(Bench.chatRequest(model: "broken"), call: bench.call())
            }
            #expect(error?.code == .modelUnavailable && error?.message == words)
            #expect(engine.opened.isEmpty)
            #expect(await self.fail(bench, times: 1).isEmpty)
        }
    }

    @Test("A model that the engine has lost is not found, also while it is held back")
    func lost() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["lost"], loaded: 0))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            engine.failsLoads(with: ServiceError(.modelNotFound, "gone"))
            await ModelLoader(directory: bench.directory).load(
                try ModelName("lost"),
                as: try ModelName("lost"),
                on: EngineName("local")
            )
            #expect(bench.directory.refusal(of: try ModelName("lost"))?.code == .modelNotFound)
        }
    }
}
