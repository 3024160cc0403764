import Domain
import TestSupport
import Testing

@testable import Application

@Suite("An answer that breaks its schema")
struct RepairTests {
    private static let right = #"{"n":1}"#
    private static let wrong = #"{"n":"one"}"#

    private static func request() throws -> ChatRequest {
        var request = try Bench.chatRequest()
        request.options.format = .schema(
            try JSONSchema(["properties": .object(["n": .object(["type": .string("integer")])])])
        )
        request.options.seed = 7
        return request
    }

    private static func bench(
        _ scripts: [ScriptedEngine.Step]...,
        coalesces: Bool = false
    ) throws -> (Bench, ScriptedEngine) {
        let engine = ScriptedEngine()
        engine.script(all: scripts)
        engine.answers(try Bench.report())
        return (Bench([engine], coalesces: coalesces), engine)
    }

    @Test("A right answer is told as it is, after one generation")
    func right() async throws {
        let (bench, engine) = try Self.bench(Bench.answer(Self.right))
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Self.request(), call: bench.call())
            let result = try await exchange.collect()
            #expect(result.text.decoded == Self.right && result.summary.usage.completionTokens == 3)
            exchange.complete()
        }
        #expect(engine.opened.count == 1)
    }

    @Test("is asked for once more with what is wrong, in the same slot; both count, and one record is left")
    func repaired() async throws {
        let (bench, engine) = try Self.bench(
            Bench.answer(Self.wrong, prompt: 5, completion: 3),
            Bench.answer(Self.right, prompt: 20, completion: 4)
        )
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Self.request(), call: bench.call())
            #expect(bench.admission.counts == (0, 1))
            let result = try await exchange.collect()
            #expect(bench.admission.counts == (0, 1))
            #expect(result.text.decoded == Self.right)
            #expect(result.summary.usage == TokenUsage(promptTokens: 25, completionTokens: 7))
            exchange.complete()
        }
        #expect(bench.admission.counts == (0, 0))
        #expect(bench.recorder.records.count == 1)
        let record = try #require(bench.recorder.records.first)
        #expect(record.usage == TokenUsage(promptTokens: 25, completionTokens: 7))
        #expect(record.pieces == 2 && record.ending == .completed)

        #expect(engine.asked.count == 2)
        let works = engine.asked.map(\.work)
        guard case .chat(let first) = works[0], case .chat(let second) = works[1] else {
            Issue.record("not two conversations")
            return
        }
        #expect(second.options == first.options && second.model == first.model)
        #expect(second.messages.map(\.role) == [.user, .assistant, .user])
        #expect(second.messages[0] == first.messages[0] && second.messages[1].content == Self.wrong)
        #expect(second.messages[2].content.contains("/n: Integer is expected"))
    }

    @Test("twice is 502 invalid_output, with the figures of both")
    func wrongTwice() async throws {
        let (bench, engine) = try Self.bench(Bench.answer(Self.wrong), Bench.answer("no", completion: 1))
        try await bench.whileMonitoring {
            let error = await #expect(throws: ServiceError.self) {
                try await bench.chat.open(Self.request(), call: bench.call()).collect()
            }
            #expect(error?.code == .invalidOutput && error?.blame == nil)
            #expect(error?.message.contains("not JSON") == true, "\(String(describing: error))")
        }
        #expect(engine.opened.count == 2)
        let record = try #require(bench.recorder.records.first)
        #expect(bench.recorder.records.count == 1)
        #expect(record.usage == TokenUsage(promptTokens: 10, completionTokens: 4))
        #expect(bench.admission.counts == (0, 0))
    }

    @Test(
        "is the caller's own affair where its limit cut it, or where the model calls tools instead",
        arguments: [false, true]
    )
    func notRepaired(isStreamed: Bool) async throws {
        let call = ToolCall(id: "1", name: "f", arguments: "{}")
        let calling: [ScriptedEngine.Step] = [
            .event(.toolCalls([call])),
            .event(
                .finished(.init(usage: .init(promptTokens: 1, completionTokens: 1), timings: .init(), reason: .stop))
            ),
        ]
        for script in [Bench.answer(#"{"n":"#, .length), calling] {
            let (bench, engine) = try Self.bench(script)
            try await bench.whileMonitoring {
                let exchange = try await bench.chat.open(Self.request(), call: bench.call(isStreamed: isStreamed))
                _ = try await exchange.collect()
                exchange.complete()
            }
            #expect(engine.opened.count == 1)
            #expect(bench.recorder.records.map(\.ending) == [.completed])
        }
    }

    @Test("to a prompt is asked for as a conversation, with its system message")
    func prompt() async throws {
        let (bench, engine) = try Self.bench(Bench.answer("[]"), Bench.answer("{}"))
        var options = GenerationOptions()
        options.format = .json
        let request = GenerationRequest(
            model: try ModelName("smollm2"),
            prompt: try Prompt("an object"),
            system: try SystemMessage("be brief"),
            options: options
        )
        try await bench.whileMonitoring {
            let exchange = try await bench.generate.open(request, call: bench.call())
            #expect(try await exchange.collect().text.decoded == "{}")
            exchange.complete()
        }
        guard case .chat(let second) = engine.asked.last?.work else {
            Issue.record("no conversation")
            return
        }
        #expect(second.messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(second.messages.prefix(3).map(\.content) == ["be brief", "an object", "[]"])
    }

    @Test("in a stream is told as it comes, and fails at its end without a last frame")
    func streamed() async throws {
        let (bench, engine) = try Self.bench(Bench.answer(Self.wrong))
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Self.request(), call: bench.call(isStreamed: true))
            guard case .text(let text)? = try await exchange.next() else {
                Issue.record("no text")
                return
            }
            #expect(text.decoded == Self.wrong)
            let error = await #expect(throws: ServiceError.self) { try await exchange.next() }
            #expect(error?.code == .invalidOutput)
        }
        #expect(engine.opened.count == 1)
        let record = try #require(bench.recorder.records.first)
        #expect(record.usage == TokenUsage(promptTokens: 5, completionTokens: 3))
    }

    @Test("A right answer in a stream comes to its end")
    func rightStream() async throws {
        let (bench, _) = try Self.bench(Bench.answer(Self.right))
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Self.request(), call: bench.call(isStreamed: true))
            #expect(try await exchange.collect().text.decoded == Self.right)
            exchange.complete()
        }
        #expect(bench.recorder.records.map(\.ending) == [.completed])
    }

    @Test("An engine that fails in the second attempt ends the request: what the first took is not forgotten")
    func failingRepair() async throws {
        let failure = ServiceError(.engineError, "died", blame: .model)
        let engines = ["a", "b"].map { ScriptedEngine(name: $0) }
        for engine in engines {
            engine.script(Bench.answer(Self.wrong), [.failure(failure)])
            engine.answers(try Bench.report())
        }
        let bench = Bench(engines)
        try await bench.whileMonitoring {
            let error = await #expect(throws: ServiceError.self) {
                try await bench.chat.open(Self.request(), call: bench.call()).collect()
            }
            #expect(error?.code == .engineError)
        }
        #expect(engines.reduce(0) { $0 + $1.opened.count } == 2)
        let record = try #require(bench.recorder.records.first)
        #expect(record.usage == TokenUsage(promptTokens: 5, completionTokens: 3))
        #expect(bench.admission.counts == (0, 0))
    }

    @Test("An engine that fails before an answer that is held back was told leads to another")
    func failover() async throws {
        let failure = ServiceError(.engineError, "died", blame: .model)
        let engines = ["a", "b"].map { ScriptedEngine(name: $0) }
        for engine in engines { engine.answers(try Bench.report()) }
        engines[0].script([.event(.text(JSONText("{"))), .failure(failure)])
        engines[1].script(Bench.answer(Self.right))
        let bench = Bench(engines)
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.open(Self.request(), call: bench.call())
            #expect(try await exchange.collect().text.decoded == Self.right)
            exchange.complete()
        }
        #expect(bench.recorder.records.map(\.ending) == [.completed])
    }

    @Test(
        "A request whose answer is held back is seen to be written, and can be cancelled in either attempt",
        arguments: [1, 2]
    )
    func cancelled(attempt: Int) async throws {
        let hanging: [ScriptedEngine.Step] = [.event(.text(JSONText("{"))), .hang]
        let (bench, engine) =
            attempt == 1 ? try Self.bench(hanging) : try Self.bench(Bench.answer(Self.wrong), hanging)
        try await bench.whileMonitoring {
            let task = Task { try await bench.chat.open(Self.request(), call: bench.call()).collect() }
            while engine.opened.count < attempt { await Task.yield() }
            while bench.requests.views(of: nil).first?.phase != .decoding { await Task.yield() }
            task.cancel()
            _ = await task.result
        }
        #expect(engine.opened.last?.cancels ?? 0 >= 1)
        #expect(bench.recorder.records.map(\.ending) == [.cancelled(.decoding)])
        #expect(bench.admission.counts == (0, 0))
    }

    private static func twin() throws -> ChatRequest {
        var request = try Self.request()
        request.options.temperature = 0
        return request
    }

    @Test("Twins share one repaired answer")
    func shared() async throws {
        let (bench, engine) = try Self.bench(Bench.answer(Self.wrong), Bench.answer(Self.right), coalesces: true)
        let twin = try Self.twin()
        try await bench.whileMonitoring {
            async let first = bench.chat.open(twin, call: bench.call("a"))
            async let second = bench.chat.open(twin, call: bench.call("b"))
            for exchange in [try await first, try await second] {
                #expect(try await exchange.collect().text.decoded == Self.right)
                exchange.complete()
            }
        }
        #expect(engine.opened.count == 2)
        #expect(bench.recorder.records.map(\.share).reduce(0, +) == 1)
    }

    @Test("One that is told as it comes is not shared with one that is held back")
    func notShared() async throws {
        let (bench, _) = try Self.bench([.event(.text(JSONText("{"))), .hang], coalesces: true)
        let twin = try Self.twin()
        try await bench.whileMonitoring {
            let tasks = [false, true].map { isStreamed in
                Task { _ = try await bench.chat.open(twin, call: bench.call("a", isStreamed: isStreamed)).collect() }
            }
            // With one slot the second waits for the first.
            try await eventually { bench.admission.counts == (1, 1) }
            for task in tasks { task.cancel() }
            for task in tasks { _ = await task.result }
        }
    }

    @Test("Each of several answers is repaired by itself")
    func choices() async throws {
        let (bench, engine) = try Self.bench(
            Bench.answer(Self.right),
            Bench.answer(Self.wrong),
            Bench.answer(#"{"n":2}"#)
        )
        var request = try Self.request()
        request.options.choices = 2
        let several = request
        try await bench.whileMonitoring {
            let exchange = try await bench.chat.enterChoices(several, call: bench.call()).open()
            let results = try await exchange.collectChoices()
            #expect(results.map(\.text.decoded) == [Self.right, #"{"n":2}"#])
            exchange.complete()
        }
        #expect(engine.opened.count == 3)
    }
}
