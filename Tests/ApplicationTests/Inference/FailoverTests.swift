import Domain
import TestSupport
import Testing

@testable import Application

@Suite("Failover to another engine")
struct FailoverTests {
    private static let cut = ServiceError(.engineError, "cut", blame: .engine)
    private static let silent = ServiceError(.engineTimeout, "not a word", blame: .engine)
    private static let died = ServiceError(.engineError, "the runner died", blame: .model)

    private struct Pair {
        let first = ScriptedEngine(name: "first")
        let second = ScriptedEngine(name: "second", script: Bench.answer())

        init() throws {
            for engine in [self.first, self.second] { engine.answers(try Bench.report()) }
        }
    }

    private func text(_ exchange: Exchange<GenerationEvent>) async throws -> Int {
        var pieces = 0
        while let event = try await exchange.next() { if case .text = event { pieces += 1 } }
        exchange.complete()
        return pieces
    }

    @Test(
        "A failure of the engine or of its model before the first event leads to the other engine, and the caller sees nothing",
        arguments: [ServiceError.engineUnreachable, Self.cut, Self.silent, Self.died]
    )
    func failsOver(_ error: ServiceError) async throws {
        let pair = try Pair()
        pair.first.script([.failure(error)])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            #expect(exchange.engine.name == EngineName("second"))
            #expect(try await self.text(exchange) == 3)
            #expect(pair.first.opened.count == 1 && pair.second.opened.count == 1)
            #expect(bench.recorder.records.count == 1)
            #expect(bench.admission.counts == (0, 0))
        }
    }

    @Test(
        "Predecessor 19: what is the caller's own fault is never tried again",
        arguments: [
            ServiceError(.invalidRequest, "no"), ServiceError(.modelNotFound, "no"),
            ServiceError(.promptTooLarge, "no"),
            ServiceError(.notSupportedByEngine, "no"), ServiceError(.engineError, "a bad format"),
            ServiceError(.deadlineExceeded, "too late"),
        ]
    )
    func neverAgain(_ error: ServiceError) async throws {
        let pair = try Pair()
        pair.first.script([.failure(error)])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            let told = await #expect(throws: ServiceError.self) {
                try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            }
            #expect(told == error)
            #expect(pair.second.opened.isEmpty)
        }
    }

    @Test("After the first event there is no other engine: the answer has begun")
    func tooLate() async throws {
        let pair = try Pair()
        pair.first.script([.event(.text(JSONText("a"))), .failure(Self.cut)])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            let told = await #expect(throws: ServiceError.self) { _ = try await self.text(exchange) }
            #expect(told == Self.cut)
            #expect(pair.second.opened.isEmpty)
        }
    }

    @Test("Each engine is tried once; then the caller gets the last error")
    func allFail() async throws {
        let pair = try Pair()
        pair.first.script([.failure(Self.silent)])
        pair.second.script([.failure(Self.died)])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            let told = await #expect(throws: ServiceError.self) {
                try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            }
            #expect(told == Self.died)
            #expect(pair.first.opened.count == 1 && pair.second.opened.count == 1)
            #expect(bench.recorder.records.count == 1)
            #expect(bench.admission.counts == (0, 0))
        }
    }

    @Test("A request that hung on an engine that is started again has it once more when it is back")
    func comesBack() async throws {
        let engine = ScriptedEngine(isManaged: true)
        engine.script([.failure(.engineWedged)], Bench.answer())
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Bench.chatRequest(), call: bench.call())
            #expect(try await self.text(exchange) == 3)
            #expect(engine.opened.count == 2)
            engine.script([.failure(.engineWedged)])
            let told = await #expect(throws: ServiceError.self) {
                try await bench.chat.open(Bench.chatRequest(), call: bench.call("r2"))
            }
            #expect(told == .engineWedged)
            #expect(engine.opened.count == 4)
        }
    }

    @Test("A request that goes back in line can be told its place there, and is served when its turn comes")
    func backInLine() async throws {
        let pair = try Pair()
        pair.first.script([.failure(Self.cut)])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            // Somebody has the only slot of the second engine.
            let holder = try await bench.admission.admit(
                Ticket(
                    requestID: RequestID(generated: "holder"),
                    project: Project(name: .default),
                    model: try ModelName("smollm2"),
                    engines: [EngineName("second")]
                )
            )
            let pending = try await bench.chat.enter(Bench.chatRequest(), call: bench.call())
            for _ in 0..<2 {
                #expect(try await pending.open(within: .zero) == nil)
                #expect(pending.standing?.position == 1)
                #expect(bench.requests.view(of: RequestID(generated: "r1"), project: nil)?.phase == .queued)
            }
            holder.release()
            let exchange = try #require(try await pending.open(within: .seconds(3)))
            #expect(exchange.engine.name == EngineName("second") && pending.standing == nil)
            #expect(try await self.text(exchange) == 3)
            #expect(pair.first.opened.count == 1 && bench.recorder.records.count == 1)
            #expect(bench.admission.counts == (0, 0))
        }
    }

    @Test("A caller that leaves in line after a failure leaves no trace there")
    func leavesTheLine() async throws {
        let pair = try Pair()
        pair.first.script([.failure(Self.cut)])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            let holder = try await bench.admission.admit(
                Ticket(
                    requestID: RequestID(generated: "holder"),
                    project: Project(name: .default),
                    model: try ModelName("smollm2"),
                    engines: [EngineName("second")]
                )
            )
            let task = Task { try await bench.chat.open(Bench.chatRequest(), call: bench.call()) }
            try await eventually { bench.admission.counts.waiting == 1 && !pair.first.opened.isEmpty }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(bench.admission.counts == (0, 1) && bench.requests.count == 0)
            #expect(bench.recorder.records.map(\.ending) == [.cancelled(.queued)])
            holder.release()
            #expect(bench.admission.counts == (0, 0) && pair.second.opened.isEmpty)
        }
    }

    @Test("A caller that leaves while its request goes over to another engine is not served there")
    func leaves() async throws {
        let pair = try Pair()
        pair.first.script([.failure(Self.cut)])
        pair.second.script([.hang])
        let bench = Bench([pair.first, pair.second])
        try await bench.whileMonitoring {
            let task = Task { try await bench.chat.open(Bench.chatRequest(), call: bench.call()) }
            while pair.second.opened.isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(pair.second.opened.first?.cancels ?? 0 > 0)
            #expect(bench.admission.counts == (0, 0))
        }
    }
}
