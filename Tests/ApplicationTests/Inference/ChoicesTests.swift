import Application
import Domain
import TestSupport
import Testing

@Suite("Several answers to one request")
struct ChoicesTests {
    private static func request(_ count: Int, seed: Int? = nil) throws -> ChatRequest {
        var request = try Bench.chatRequest()
        request.options.choices = count
        request.options.seed = seed
        return request
    }

    private static func stage(_ scripts: [ScriptedEngine.Step]...) throws -> (Bench, ScriptedEngine) {
        let engine = ScriptedEngine(script: scripts[0])
        if scripts.count == 2 { engine.script(scripts[0], scripts[1]) }
        engine.answers(try Bench.report())
        return (Bench([engine]), engine)
    }

    private static func open(
        _ bench: Bench,
        _ count: Int,
        seed: Int? = nil,
        deadline: MonotonicInstant? = nil
    )
        async throws -> Exchange<ChoiceEvent>
    {
        let plain = bench.call()
        let call = Call(entry: plain.entry, bodyBytes: 10, project: plain.project, deadline: deadline)
        return try await bench.chat.enterChoices(self.request(count, seed: seed), call: call).open()
    }

    private static func expectSettled(_ bench: Bench) {
        #expect(bench.admission.counts == (0, 0) && bench.requests.count == 0)
        #expect(bench.recorder.records.count == 1)
    }

    @Test("They come one after the other in one slot, each whole, and are booked as one request with one prompt")
    func all() async throws {
        let (bench, engine) = try Self.stage(Bench.answer(2))
        try await bench.whileMonitoring {
            let exchange = try await Self.open(bench, 3)
            #expect(bench.admission.counts == (0, 1))
            var events: [(Int, Bool)] = []
            while let event = try await exchange.next() {
                #expect(bench.admission.counts == (0, 1) && engine.opened.count == event.index + 1)
                if case .finished = event.event {
                    events.append((event.index, true))
                } else {
                    events.append((event.index, false))
                }
            }
            exchange.complete()
            #expect(events.map(\.0) == [0, 0, 0, 1, 1, 1, 2, 2, 2])
            #expect(events.map(\.1) == [false, false, true, false, false, true, false, false, true])
        }
        Self.expectSettled(bench)
        let record = try #require(bench.recorder.records.first)
        #expect(record.ending == .completed && record.pieces == 6)
        #expect(record.usage == TokenUsage(promptTokens: 5, completionTokens: 6))
    }

    @Test("Collected they are in their order")
    func collected() async throws {
        let (bench, _) = try Self.stage(Bench.answer(1), Bench.answer(3))
        try await bench.whileMonitoring {
            let exchange = try await Self.open(bench, 2)
            let results = try await exchange.collectChoices()
            exchange.complete()
            #expect(results.map(\.text.decoded) == ["t0 ", "t0 t1 t2 "])
            #expect(GenerationSummary.sum(of: results.map(\.summary)).usage.completionTokens == 4)
        }
        Self.expectSettled(bench)
    }

    @Test(
        "The same seed would give the same answer: each has the next, and without one none has any",
        arguments: [7, nil]
    )
    func seeds(seed: Int?) async throws {
        let (bench, engine) = try Self.stage(Bench.answer(1))
        try await bench.whileMonitoring {
            let exchange = try await Self.open(bench, 3, seed: seed)
            _ = try await exchange.collectChoices()
            exchange.complete()
        }
        #expect(engine.asked.map(\.work.options.seed) == (0..<3).map { index in seed.map { $0 + index } })
    }

    @Test("Cancelled in the second, the engine is told, no third is asked for, and the slot is free")
    func cancelled() async throws {
        let (bench, engine) = try Self.stage(Bench.answer(1), [.event(.text(JSONText("x"))), .hang])
        try await bench.whileMonitoring {
            let exchange = try await Self.open(bench, 3)
            for _ in 0..<3 { _ = try await exchange.next() }
            #expect(engine.opened.count == 2 && engine.opened[1].cancels == 0)
            let last = Task { try await exchange.next() }
            await Task.yield()
            exchange.cancel(.shuttingDown)
            let error = await #expect(throws: ServiceError.self) { try await last.value }
            #expect(error == .shuttingDown)
        }
        #expect(engine.opened.count == 2 && engine.opened[1].cancels >= 1)
        Self.expectSettled(bench)
        #expect(bench.recorder.records.first?.pieces == 2)
    }

    @Test("A failure in the second fails the request, and what came before is counted")
    func failed() async throws {
        let failure = ServiceError(.engineError, "x")
        let (bench, engine) = try Self.stage(Bench.answer(2), [.event(.text(JSONText("x"))), .failure(failure)])
        try await bench.whileMonitoring {
            let exchange = try await Self.open(bench, 2)
            let error = await #expect(throws: ServiceError.self) { try await exchange.collectChoices() }
            #expect(error == failure)
        }
        #expect(engine.opened.count == 2)
        Self.expectSettled(bench)
        let record = try #require(bench.recorder.records.first)
        #expect(record.ending == .failed(failure) && record.pieces == 3)
    }

    @Test("The caller's time is for all of them together")
    func deadline() async throws {
        let (bench, engine) = try Self.stage(Bench.answer(1))
        try await bench.whileMonitoring {
            let deadline = bench.clock.now.advanced(by: .seconds(10))
            let exchange = try await Self.open(bench, 2, deadline: deadline)
            while let event = try await exchange.next() {
                if case .finished = event.event { bench.clock.advance(by: .seconds(6)) }
            }
            exchange.complete()
        }
        #expect(engine.asked.map(\.timeLeft) == [.seconds(10), .seconds(4)])
        Self.expectSettled(bench)
    }
}
