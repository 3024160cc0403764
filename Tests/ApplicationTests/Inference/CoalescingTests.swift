import Application
import Domain
import TestSupport
import Testing

@Suite("Identical requests on their way")
struct CoalescingTests {
    private static func twin(seed: Int? = 1, temperature: Double? = 0) throws -> ChatRequest {
        var request = try Bench.chatRequest()
        request.options.seed = seed
        request.options.temperature = temperature
        return request
    }

    private static func bench(_ script: [ScriptedEngine.Step] = Bench.answer(3)) throws -> (Bench, ScriptedEngine) {
        let engine = ScriptedEngine(script: script)
        engine.answers(try Bench.report())
        return (Bench([engine], slots: 1, coalesces: true), engine)
    }

    @Test("share one generation: each gets the whole answer, one slot is used, and each is booked its part")
    func share() async throws {
        let (bench, engine) = try Self.bench()
        try await bench.whileMonitoring {
            let first = try await bench.chat.open(Self.twin(), call: bench.call("a"))
            let second = try await bench.chat.open(Self.twin(), call: bench.call("b"))
            #expect(bench.admission.counts == (0, 1))
            for exchange in [first, second] {
                let result = try await exchange.collect()
                #expect(result.text.decoded == "t0 t1 t2 ")
                exchange.complete()
            }
        }
        #expect(engine.opened.count == 1)
        let records = bench.recorder.records
        #expect(records.map(\.requestID.description).sorted() == ["a", "b"])
        #expect(records.map(\.share).reduce(0, +) == 1)
        #expect(records.allSatisfy { $0.share == 0.5 && $0.usage?.completionTokens == 3 && $0.ending == .completed })
        #expect(bench.admission.counts == (0, 0))
        #expect(bench.requests.count == 0)
    }

    @Test("do not share where the answer may differ", arguments: [(nil, 0.0), (1, 0.7), (1, nil)] as [(Int?, Double?)])
    func differ(seed: Int?, temperature: Double?) async throws {
        let (bench, engine) = try Self.bench([.hang])
        try await bench.whileMonitoring {
            var tasks: [Task<Void, any Error>] = []
            for id in ["a", "b"] {
                let request = try Self.twin(seed: seed, temperature: temperature)
                tasks.append(Task { _ = try await bench.chat.open(request, call: bench.call(id)) })
            }
            while bench.admission.counts != (1, 1) { await Task.yield() }
            for task in tasks { task.cancel() }
            for task in tasks { _ = await task.result }
        }
        #expect(engine.opened.count == 1)
        #expect(bench.admission.counts == (0, 0))
    }

    @Test("go on when the one that came first leaves, and end when the last has left")
    func leaving() async throws {
        let (bench, engine) = try Self.bench([.event(.text(JSONText("a"))), .hang])
        try await bench.whileMonitoring {
            let first = try await bench.chat.open(Self.twin(), call: bench.call("a"))
            let second = try await bench.chat.open(Self.twin(), call: bench.call("b"))
            first.cancel(.callerLeft)
            first.fail(ServiceError.callerLeft)
            #expect(bench.admission.counts == (0, 1))
            #expect(engine.opened.first?.cancels == 0)
            second.cancel(.callerLeft)
            second.fail(ServiceError.callerLeft)
            while bench.admission.counts != (0, 0) { await Task.yield() }
        }
        #expect(engine.opened.first?.cancels ?? 0 >= 1)
        #expect(bench.recorder.records.map(\.share).reduce(0, +) == 1)
        #expect(bench.recorder.records.allSatisfy { $0.ending == .cancelled(.decoding) })
    }

    @Test("leave the line together when all callers have left it")
    func leavingTheLine() async throws {
        let (bench, _) = try Self.bench([.hang])
        try await bench.whileMonitoring {
            let holder = Task { try await bench.generate.open(Self.prompt(), call: bench.call("holder")) }
            while bench.admission.counts != (0, 1) { await Task.yield() }
            var tasks: [Task<Void, any Error>] = []
            for id in ["a", "b", "c"] {
                let request = try Self.twin()
                tasks.append(Task { _ = try await bench.chat.open(request, call: bench.call(id)) })
            }
            while bench.admission.counts != (1, 1) || bench.requests.count < 4 { await Task.yield() }
            let waiting = { bench.requests.views(of: nil).filter { $0.requestID.description != "holder" } }
            while waiting().contains(where: { $0.standing == nil }) { await Task.yield() }
            #expect(waiting().allSatisfy { $0.standing?.position == 1 })
            for task in tasks { task.cancel() }
            while bench.admission.counts != (0, 1) { await Task.yield() }
            for task in tasks { _ = await task.result }
            holder.cancel()
            _ = await holder.result
        }
        #expect(bench.admission.counts == (0, 0))
        #expect(bench.recorder.records.count == 4)
    }

    @Test("get the same error where the generation fails")
    func failing() async throws {
        let (bench, engine) = try Self.bench([
            .event(.text(JSONText("a"))), .failure(ServiceError(.engineError, "no")),
        ])
        try await bench.whileMonitoring {
            let exchanges = [
                try await bench.chat.open(Self.twin(), call: bench.call("a")),
                try await bench.chat.open(Self.twin(), call: bench.call("b")),
            ]
            for exchange in exchanges {
                let error = await #expect(throws: ServiceError.self) { _ = try await exchange.collect() }
                #expect(error?.code == .engineError)
            }
        }
        #expect(engine.opened.count == 1)
        #expect(bench.admission.counts == (0, 0))
    }

    @Test("pull the engine no further than somebody reads")
    func backPressure() async throws {
        let piece = JSONText(String(repeating: "x", count: 300_000))
        let (bench, engine) = try Self.bench(Array(repeating: .event(.text(piece)), count: 100))
        try await bench.whileMonitoring {
            let slow = try await bench.chat.open(Self.twin(), call: bench.call("slow"))
            let fast = try await bench.chat.open(Self.twin(), call: bench.call("fast"))
            let reader = Task { () -> Int in
                var count = 0
                while try await fast.next() != nil { count += 1 }
                return count
            }
            for _ in 0..<2000 { await Task.yield() }
            #expect(engine.opened.first?.progress.pieces ?? 0 < 10)
            reader.cancel()
            fast.fail(ServiceError.callerLeft)
            _ = await reader.result
            slow.fail(ServiceError.callerLeft)
        }
    }

    private static func prompt() throws -> GenerationRequest {
        GenerationRequest(
            model: try ModelName("smollm2"),
            prompt: try Prompt("hi"),
            system: nil,
            options: GenerationOptions()
        )
    }
}
