import Domain
import TestSupport
import Testing

@testable import Application

@Suite("The spans of a request")
struct RequestSpansTests {
    @Test("A request that was streamed has its line, its call, prefill and decode, each from when to when it was")
    func streamed() throws {
        let way = TracedWay()
        way.pass(1)
        way.entry.bodyRead()
        try way.queued()
        way.pass(10)
        way.admitted()
        var options = GenerationOptions()
        options.maxTokens = 9
        options.temperature = 0.5
        options.topK = 40
        options.seed = 7
        let told = way.called(options)
        way.pass(20)
        way.began()
        way.pass(30)
        way.produced()
        way.entry.finish(.completed)

        let spans = try #require(way.spans.requests.first)
        spans.checkTree()
        #expect(spans.map(\.name) == ["POST /api/chat", "queue", "chat smollm2:135m", "prefill", "decode"])
        let request = spans[0]
        #expect(request.kind == .server && request.parent == nil && !request.isFailed)
        #expect(request.milliseconds == [1_000_000, 1_000_061])
        #expect(request["http.response.status_code"] == .integer(200))
        #expect(request["http.route"] == .text("/api/chat") && request["http.request.method"] == .text("POST"))
        #expect(request["shared_ollama.request_id"] == .text("r1") && request["error.type"] == nil)
        #expect(try spans.one("queue").milliseconds == [1_000_001, 1_000_011])
        let call = try spans.one("chat smollm2:135m")
        #expect(call.kind == .client && call.parent == request.context.spanID)
        // What the engine was told: that it is part of the call.
        #expect(call.context == told)
        #expect(call.milliseconds == [1_000_011, 1_000_061])
        let expected: [String: SpanAttribute.Value] = [
            "gen_ai.operation.name": .text("chat"), "gen_ai.provider.name": .text("ollama"),
            "gen_ai.request.model": .text("smollm2:135m"), "gen_ai.request.max_tokens": .integer(9),
            "gen_ai.request.temperature": .number(0.5), "gen_ai.request.top_k": .integer(40),
            "gen_ai.request.seed": .integer(7), "gen_ai.response.finish_reasons": .texts(["stop"]),
            "gen_ai.usage.input_tokens": .integer(5), "gen_ai.usage.output_tokens": .integer(3),
            "gen_ai.usage.cache_read.input_tokens": .integer(2), "server.address": .text("127.0.0.1"),
            "server.port": .integer(11434), "gen_ai.response.time_to_first_chunk": .number(0.02),
            "gen_ai.request.stream": .truth(true), "shared_ollama.engine": .text("local"),
        ]
        for (key, value) in expected { #expect(call[key] == value, "\(key)") }
        #expect(call["gen_ai.request.top_p"] == nil && call["error.type"] == nil)
        #expect(try spans.one("prefill").milliseconds == [1_000_011, 1_000_031])
        #expect(try spans.one("decode").milliseconds == [1_000_031, 1_000_061])
    }

    @Test("How long an engine took is its own word: the rest of a call is neither prefill nor decode")
    func engineTimings() throws {
        let way = TracedWay()
        try way.queued()
        way.admitted()
        way.called()
        way.pass(50)
        way.began()
        way.pass(100)
        way.produced(EngineTimings(promptEvaluation: .milliseconds(30), generation: .milliseconds(60)))
        way.entry.finish(.completed)
        let spans = try #require(way.spans.requests.first)
        spans.checkTree()
        #expect(try spans.one("prefill").milliseconds == [1_000_020, 1_000_050])
        // A caller that reads slowly makes the call longer, and not the engine.
        #expect(try spans.one("decode").milliseconds == [1_000_050, 1_000_110])
    }

    @Test("Of an answer that comes as one only the engine knows its parts, and without its word there are none")
    func whole() throws {
        let timed = TracedWay()
        try timed.queued()
        timed.admitted()
        timed.called(tellsPieces: false)
        timed.pass(100)
        timed.began()
        timed.produced(EngineTimings(promptEvaluation: .milliseconds(30), generation: .milliseconds(60)))
        timed.entry.finish(.completed)
        let spans = try #require(timed.spans.requests.first)
        spans.checkTree()
        #expect(try spans.one("prefill").milliseconds == [1_000_010, 1_000_040])
        #expect(try spans.one("decode").milliseconds == [1_000_040, 1_000_100])
        #expect(try spans.one("chat smollm2:135m")["gen_ai.response.time_to_first_chunk"] == nil)

        let silent = TracedWay()
        try silent.queued()
        silent.admitted()
        silent.called(tellsPieces: false)
        silent.pass(100)
        silent.began()
        silent.produced()
        silent.entry.finish(.completed)
        let names = try #require(silent.spans.requests.first).map(\.name)
        #expect(names == ["POST /api/chat", "queue", "chat smollm2:135m"])
    }

    @Test(
        "A model that was loaded for the line is a part of the wait, and one that the engine loads a part of the call"
    )
    func loads() throws {
        let ahead = TracedWay()
        try ahead.queued()
        ahead.pass(500)
        ahead.admitted(loadTime: .milliseconds(400), warm: false)
        ahead.called()
        ahead.pass(10)
        ahead.began()
        ahead.produced(EngineTimings(load: .milliseconds(5), promptEvaluation: .milliseconds(4), generation: .zero))
        ahead.entry.finish(.completed)
        let spans = try #require(ahead.spans.requests.first)
        spans.checkTree()
        let load = try spans.one("load")
        #expect(load.milliseconds == [1_000_100, 1_000_500])
        #expect(load.parent == (try spans.one("queue").context.spanID))

        let cold = TracedWay()
        try cold.queued()
        cold.admitted(warm: false)
        cold.called()
        cold.pass(300)
        cold.began()
        cold.pass(50)
        cold.produced(
            EngineTimings(
                load: .milliseconds(200),
                promptEvaluation: .milliseconds(80),
                generation: .milliseconds(50)
            )
        )
        cold.entry.finish(.completed)
        let own = try #require(cold.spans.requests.first)
        own.checkTree()
        #expect(try own.one("load").milliseconds == [1_000_000, 1_000_200])
        #expect(try own.one("load").parent == (try own.one("chat smollm2:135m").context.spanID))
        #expect(try own.one("prefill").milliseconds == [1_000_220, 1_000_300])

        let untold = TracedWay()
        try untold.queued()
        untold.admitted(warm: false)
        untold.called()
        untold.pass(300)
        untold.began()
        untold.entry.finish(.completed)
        let prefill = try #require(untold.spans.requests.first).one("prefill")
        #expect(prefill["shared_ollama.includes_load"] == .truth(true))
    }

    @Test("An engine that lies about its times makes no span that is longer than its call")
    func lies() throws {
        for (load, prefill, generation) in [(10_000, 10_000, 10_000), (-5, -5, -5), (0, 0, Int(Int32.max))] {
            let way = TracedWay()
            try way.queued()
            way.admitted(warm: false)
            way.called()
            way.pass(10)
            way.began()
            way.pass(10)
            way.produced(
                EngineTimings(
                    load: .milliseconds(load),
                    promptEvaluation: .milliseconds(prefill),
                    generation: .milliseconds(generation)
                )
            )
            way.entry.finish(.completed)
            try #require(way.spans.requests.first).checkTree()
        }
        let way = TracedWay()
        try way.queued()
        way.admitted(loadTime: .seconds(100_000), warm: false)
        way.entry.finish(.completed)
        try #require(way.spans.requests.first).checkTree()
    }

    @Test("A request that goes to another engine has a span for each wait and each call, the first one failed")
    func failover() throws {
        let way = TracedWay()
        try way.queued()
        way.pass(1)
        way.admitted()
        let first = way.called()
        way.pass(5)
        try way.queued(after: .engineUnreachable)
        way.pass(2)
        way.admitted()
        let second = way.called()
        way.pass(7)
        way.began()
        way.produced()
        way.entry.finish(.completed)
        let spans = try #require(way.spans.requests.first)
        spans.checkTree()
        #expect(
            spans.filter { $0.name == "queue" }.map(\.milliseconds) == [
                [1_000_000, 1_000_001], [1_000_006, 1_000_008],
            ]
        )
        let calls = spans.filter { $0.kind == .client }
        #expect(calls.map(\.context) == [first, second])
        #expect(calls.map(\.isFailed) == [true, false])
        #expect(calls[0]["error.type"] == .text("engine_unavailable") && calls[1]["error.type"] == nil)
        #expect(calls[0]["gen_ai.usage.input_tokens"] == nil)
        #expect(!spans[0].isFailed)
    }

    @Test("A failure is one of the request, and of what it was in; a caller's own mistake is no failure of the service")
    func failures() throws {
        let engine = TracedWay()
        try engine.queued()
        engine.admitted()
        engine.called()
        engine.pass(5)
        engine.entry.fail(ServiceError(.engineError, "It broke."))
        let spans = try #require(engine.spans.requests.first)
        spans.checkTree()
        let call = try spans.one("chat smollm2:135m")
        #expect(spans[0].isFailed && call.isFailed)
        #expect(spans[0]["error.type"] == .text("engine_error") && call["error.type"] == .text("engine_error"))
        #expect(try spans.one("prefill").milliseconds == call.milliseconds)

        let mistake = TracedWay(statusOf: { _ in 404 })
        mistake.entry.fail(ServiceError(.modelNotFound, "There is none."))
        let refused = try #require(mistake.spans.requests.first)
        #expect(refused.count == 1 && !refused[0].isFailed)
        #expect(refused[0]["error.type"] == .text("model_not_found"))
        #expect(refused[0]["http.response.status_code"] == .integer(404))

        let broken = TracedWay()
        try broken.queued()
        broken.admitted()
        broken.called()
        broken.began()
        broken.entry.headSent()
        broken.pass(3)
        broken.entry.fail(ServiceError(.engineError, "It broke."))
        let half = try #require(broken.spans.requests.first)
        half.checkTree()
        // The head had said 200, and yet it failed.
        #expect(half[0].isFailed && half[0]["http.response.status_code"] == .integer(200))
    }

    @Test("A caller that leaves in the line has a wait and no call")
    func leaves() throws {
        let way = TracedWay()
        try way.queued()
        way.pass(40)
        way.entry.fail(ServiceError.callerLeft)
        let spans = try #require(way.spans.requests.first)
        spans.checkTree()
        #expect(spans.map(\.name) == ["POST /api/chat", "queue"])
        #expect(try spans.one("queue").milliseconds == [1_000_000, 1_000_040])
        #expect(spans[0]["shared_ollama.cancelled_phase"] == .text("queued"))
    }

    @Test("Pictures have a span, whether they could be prepared or not")
    func images() throws {
        let way = TracedWay()
        way.pass(1)
        way.entry.preparesImages()
        way.pass(30)
        var report = ImageReport()
        report.count = 2
        report.tokens = 512
        way.entry.prepared(report)
        try way.queued()
        way.admitted()
        way.called()
        way.began()
        way.entry.finish(.completed)
        let spans = try #require(way.spans.requests.first)
        spans.checkTree()
        let image = try spans.one("image")
        #expect(image.milliseconds == [1_000_001, 1_000_031] && image["shared_ollama.images"] == .integer(2))

        let broken = TracedWay(statusOf: { _ in 400 })
        broken.entry.preparesImages()
        broken.pass(2)
        broken.entry.fail(ServiceError(.invalidImage, "It is none."))
        let failed = try #require(broken.spans.requests.first).one("image")
        #expect(failed.isFailed && failed["error.type"] == .text("invalid_image"))
    }

    @Test("A request that is put to engines without end has an end in its spans")
    func endless() throws {
        let way = TracedWay()
        for _ in 0..<10_000 {
            try way.queued(after: .engineUnreachable)
            way.admitted()
            way.called()
        }
        way.entry.finish(.completed)
        let spans = try #require(way.spans.requests.first)
        spans.checkTree()
        #expect(spans.count < 400)
    }

    @Test("Addresses of engines are told with their ports, however they are written")
    func addresses() throws {
        for (url, address, port) in [
            ("http://host", "host", 80), ("https://host/base", "host", 443), ("http://[::1]:99/x", "::1", 99),
            ("https://[::1]", "::1", 443), ("http://10.0.0.1:11434", "10.0.0.1", 11434),
        ] {
            let engine = EngineIdentity(name: EngineName("e"), kind: .openAI, url: url)
            let note = EngineCallNote(engine: engine, model: "m", work: TracedWay.work())
            let attributes = CallAttributes(note, usageRecord()).ofRequest
            #expect(attributes.first { $0.key == "server.address" }?.value == .text(address), "\(url)")
            #expect(attributes.first { $0.key == "server.port" }?.value == .integer(port), "\(url)")
        }
    }
}
