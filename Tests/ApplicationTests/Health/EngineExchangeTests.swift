import Domain
import TestSupport
import Testing

@testable import Application

/// What becomes of those who wait, and of what is on its way, when an engine is replaced, goes, or was away for a while.
@Suite("Engines that are exchanged")
struct EngineExchangeTests {
    private let local = EngineName("local")
    private let listener = Listener()
    private let broken = ServiceError(.modelUnavailable, "out of memory", blame: .model)

    private func probe(_ directory: EngineDirectory, loaded: Int = 0) throws {
        let report = try Bench.report(["a"], loaded: loaded)
        directory.update(self.local, with: .success(report), since: directory.mark(of: self.local))
    }

    private func upDirectory(loaded: Int = 0) throws -> EngineDirectory {
        let directory = self.listener.directory()
        directory.register(ScriptedEngine())
        try self.probe(directory, loaded: loaded)
        _ = self.listener.next()
        return directory
    }

    @Test("An engine that is replaced is down until the new one answers; an answer of the old one says nothing of it")
    func replaced() throws {
        let directory = try self.upDirectory(loaded: 1)
        let mark = directory.mark(of: self.local)
        directory.register(ScriptedEngine(), limits: EngineLimits(parallel: 3))
        #expect(self.listener.next() == [.down(self.local)])
        directory.update(self.local, with: .success(try Bench.report(["a"])), since: mark)
        #expect(self.listener.next().isEmpty)
        try self.probe(directory)
        #expect(self.listener.next() == [.up(self.local, EngineCapacity(parallel: 3), loaded: [])])
    }

    @Test("Other limits alone keep what an engine has loaded")
    func resized() throws {
        let directory = try self.upDirectory(loaded: 1)
        directory.setLimits(EngineLimits(parallel: 2), of: self.local)
        #expect(self.listener.next() == [.changed(self.local, EngineCapacity(parallel: 2))])
    }

    @Test("A load that ends after its engine was replaced says nothing of the new one", arguments: [true, false])
    func loadOfTheOldOne(succeeds: Bool) throws {
        let directory = try self.upDirectory()
        let a = try ModelName("a")
        let move = try #require(directory.beginMove(of: a, as: a, on: self.local))
        directory.register(ScriptedEngine())
        try self.probe(directory)
        _ = self.listener.next()
        directory.endMove(move, succeeds ? .loaded(took: .seconds(1), context: nil) : .loadFailed(self.broken))
        #expect(self.listener.next().isEmpty)
        #expect(directory.refusal(of: a) == nil)
    }

    @Test("A load that fails after its engine was away does not hold the model back, one that succeeds counts")
    func loadFromBefore() throws {
        let directory = try self.upDirectory()
        let a = try ModelName("a")
        let moves = try (0..<2).map { _ in try #require(directory.beginMove(of: a, as: a, on: self.local)) }
        directory.suspect(self.local)
        try self.probe(directory)
        #expect(self.listener.next() == [.down(self.local), .up(self.local, EngineCapacity(), loaded: [])])
        directory.endMove(moves[0], .loadFailed(self.broken))
        #expect(self.listener.next().isEmpty)
        #expect(directory.refusal(of: a) == nil)
        directory.endMove(moves[1], .loaded(took: .seconds(9), context: nil))
        #expect(self.listener.next() == [.loaded(a, self.local, took: .seconds(9))])
    }

    @Test("An unload that fails after its engine was away does not take the engine down once more")
    func unloadFromBefore() throws {
        let directory = try self.upDirectory(loaded: 1)
        let a = try ModelName("a")
        let move = try #require(directory.beginMove(of: a, as: a, on: self.local))
        directory.suspect(self.local)
        try self.probe(directory, loaded: 1)
        _ = self.listener.next()
        directory.endMove(move, .unloadFailed)
        #expect(!self.listener.next().contains(.down(self.local)))
    }

    @Test(
        "A model that got another name while it loaded is told by the name that it was asked for, then by the new one"
    )
    func renamed() throws {
        let directory = try self.upDirectory()
        func report(_ names: [String]) throws -> EngineReport {
            let models = try names.map {
                ModelInfo(name: try ModelName($0), engineName: $0, digest: "same", capabilities: [.completion])
            }
            return EngineReport(version: "1", models: models, loaded: [], slots: nil)
        }
        let (asked, other) = (try ModelName("b"), try ModelName("a"))
        func see(_ names: [String]) throws {
            directory.update(self.local, with: .success(try report(names)), since: directory.mark(of: self.local))
        }
        try see(["b"])
        let move = try #require(directory.beginMove(of: asked, as: asked, on: self.local))
        try see(["b", "a"])
        directory.endMove(move, .loaded(took: .seconds(2), context: nil))
        #expect(
            self.listener.next() == [
                .loaded(asked, self.local, took: .seconds(2)), .unloaded(asked, self.local),
                .loaded(other, self.local, took: nil),
            ]
        )
    }

    @Test("Whoever waits keeps waiting while its engine is replaced, and is told at once when it is taken out")
    func waiting() async throws {
        let engine = ScriptedEngine(script: Bench.answer())
        engine.answers(try Bench.report(["a"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let model = try ModelName("a")
            func ticket(_ id: String) -> Ticket {
                Ticket(
                    requestID: RequestID(generated: id),
                    project: Project(name: .default),
                    model: model,
                    engines: [self.local]
                )
            }
            let held = try await bench.admission.admit(ticket("1"))
            let place = try bench.admission.enter(ticket("2"))
            bench.directory.register(engine, limits: EngineLimits(parallel: 2))
            #expect(place.standing != nil)
            await bench.monitor.refresh()
            let second = try await place.slot()
            #expect(second.engine == self.local)
            let last = try bench.admission.enter(ticket("3"))
            bench.directory.remove(self.local)
            let error = await #expect(throws: ServiceError.self) { _ = try await last.slot() }
            #expect(error == .engineUnreachable)
            held.release()
            second.release()
        }
        #expect(bench.admission.schedulerCounts.engines == 0)
    }

    @Test("A request whose only engine goes away waits for another that has the model, and its time goes on")
    func relined() async throws {
        let engines = ["local", "other"].map { ScriptedEngine(name: $0, script: Bench.answer()) }
        engines[0].answers(try Bench.report())
        let bench = Bench(engines)
        try await bench.whileMonitoring {
            let model = try ModelName("smollm2")
            let held = try await bench.admission.admit(
                Ticket(
                    requestID: RequestID(generated: "1"),
                    project: Project(name: .default),
                    model: model,
                    engines: [self.local]
                )
            )
            let call = bench.call()
            let pending = try await bench.chat.enter(Bench.chatRequest(), call: call)
            #expect(pending.standing?.position == 1)
            bench.clock.advance(by: .seconds(7))
            engines[1].answers(try Bench.report())
            await bench.monitor.refresh()
            bench.directory.remove(self.local)
            let exchange = try await pending.open()
            #expect(exchange.engine.name == EngineName("other"))
            #expect(call.entry.queueWait == .seconds(7))
            held.release()
            exchange.cancel(.callerLeft)
        }
    }
}
