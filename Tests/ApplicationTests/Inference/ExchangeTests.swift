import Application
import Domain
import TestSupport
import Testing

@Suite("An exchange")
struct ExchangeTests {
    @Test("A whole answer gives the slot back and leaves one record with the engine's figures")
    func completes() async throws {
        let engine = ScriptedEngine(script: Bench.answer(3))
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            #expect(bench.admission.counts == (0, 1))
            let result = try await exchange.collect()
            exchange.complete()
            #expect(result.text.decoded == "t0 t1 t2 ")
        }
        #expect(bench.admission.counts == (0, 0))
        let record = try #require(bench.recorder.records.first)
        #expect(bench.recorder.records.count == 1)
        #expect(record.ending == .completed)
        #expect(record.status == 200)
        #expect(record.pieces == 3)
        #expect(record.usage == TokenUsage(promptTokens: 5, completionTokens: 3))
        #expect(record.warm == true)
        #expect(bench.requests.count == 0)
    }

    /// What may happen to an exchange after a number of pulls.
    enum Fate: CaseIterable {
        case dropped
        case failed
        case cancelledFromElsewhere
        case completed
        case everythingAtOnce
    }

    @Test("It is settled exactly once wherever it is left", arguments: Fate.allCases, 0...4)
    func settlesOnce(fate: Fate, pulls: Int) async throws {
        let engine = ScriptedEngine(script: Bench.answer(3))
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            for _ in 0..<pulls { _ = try await exchange.next() }
            switch fate {
            case .dropped: break
            case .failed: exchange.fail(ServiceError(.engineError, "x"))
            case .cancelledFromElsewhere:
                exchange.cancel(.shuttingDown)
                let error = await #expect(throws: ServiceError.self) {
                    while try await exchange.next() != nil {}
                    throw ServiceError.shuttingDown
                }
                #expect(error == .shuttingDown)
            case .completed: exchange.complete()
            case .everythingAtOnce:
                exchange.complete()
                exchange.fail(ServiceError(.engineError, "x"))
                exchange.cancel(.shuttingDown)
                exchange.complete()
            }
        }
        #expect(bench.recorder.records.count == 1)
        #expect(bench.admission.counts == (0, 0))
        #expect(bench.requests.count == 0)
        #expect(engine.opened.first?.cancels ?? 0 >= 1)
    }

    @Test("An engine that fails before its first event is the caller's error, and the slot is free again")
    func failsBeforeFirstEvent() async throws {
        let engine = ScriptedEngine(script: [.failure(ServiceError(.engineError, "no"))])
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let error = await #expect(throws: ServiceError.self) {
                _ = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            }
            #expect(error?.code == .engineError)
        }
        #expect(bench.admission.counts == (0, 0))
        #expect(bench.recorder.records.map(\.status) == [599])
    }

    @Test("A caller that leaves while the engine is silent cancels the engine, counted by its phase")
    func cancelledWhileWaiting() async throws {
        let engine = ScriptedEngine(script: [.hang])
        engine.answers(try Bench.report(loaded: 0))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let task = Task { try await bench.chat.open(Bench.chatRequest(), call: bench.call()) }
            while engine.opened.isEmpty { await Task.yield() }
            task.cancel()
            _ = await task.result
        }
        #expect(engine.opened.first?.cancels ?? 0 >= 1)
        #expect(bench.recorder.records.map(\.ending) == [.cancelled(.prefill)])
        #expect(bench.recorder.records.map(\.status) == [499])
        #expect(bench.metrics.count(.cancellations, "prefill") == 1)
        #expect(bench.admission.counts == (0, 0))
    }

    @Test("An engine that ends without its last event is an error, not a short answer")
    func endsEarly() async throws {
        let engine = ScriptedEngine(script: [.event(.text(JSONText("half")))])
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            let error = await #expect(throws: ServiceError.self) { _ = try await exchange.collect() }
            #expect(error?.code == .engineError)
        }
        #expect(bench.recorder.records.map(\.ending).contains { $0 != .completed })
    }

    @Test("The time of the service is what is left without queue, engine and caller")
    func measuresOverhead() async throws {
        let engine = ScriptedEngine(script: Bench.answer(1))
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let call = bench.call()
            bench.clock.advance(by: .milliseconds(5))
            call.entry.bodyRead()
            bench.clock.advance(by: .milliseconds(2))
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: call)
            let start = call.entry.now
            bench.clock.advance(by: .milliseconds(70))
            call.entry.callerWaited(call.entry.now - start)
            _ = try await exchange.collect()
            exchange.complete()
        }
        let record = try #require(bench.recorder.records.first)
        #expect(record.overhead == .milliseconds(2))
        #expect(record.total == .milliseconds(77))
    }
}
