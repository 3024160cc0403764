import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Breakers and retries through the front door", .light)
    struct Breakers {
        private static let settings = ["BREAKER_FAILURES": "3", "BREAKER_RESET_SECONDS": "1"]

        private static func asked(_ engine: OllamaTestDouble) -> Int { engine.counts.requests("POST /api/chat") }

        private static func engine(_ service: ServiceUnderTest) async throws -> JSON? {
            try await service.client.get("/api/v1/system/engines").json?[0]
        }

        @Test(
            "Predecessor 19: a model whose runner dies again and again is refused at once, others run, and it comes back"
        )
        func model() async throws {
            try await Stage.ollama(settings: Self.settings) { service, engine in
                let client = service.client
                engine.set(.killRunner(afterTokens: 0))
                for _ in 0..<3 {
                    let failed = try await client.post("/api/v1/chat", Stage.chat())
                    #expect(failed.status == 502 && failed.code == "engine_error", "\(failed)")
                }
                #expect(Self.asked(engine) == 3)
                engine.clearFaults()
                let refused = try await client.post("/api/v1/chat", Stage.chat())
                #expect(refused.status == 503 && refused.code == "model_unavailable", "\(refused)")
                #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
                #expect(Self.asked(engine) == 3)
                #expect(try await client.post("/api/v1/chat", Stage.chat("gemma3-270m")).status == 200)
                #expect(try await Self.engine(service)?["breaker"] == "closed")
                try await eventually("the model is served again") {
                    try await client.post("/api/v1/chat", Stage.chat()).status == 200
                }
                // The first that got through was the one that tried; nobody was refused by the engine.
                #expect(Self.asked(engine) == 5)
            }
        }

        @Test("Predecessor 19: an engine that says nothing again and again is left alone, then asked by one request")
        func engine() async throws {
            let settings = Self.settings.merging([
                "TIMEOUTS_LOAD_SECONDS": "0.3", "TIMEOUTS_FIRST_TOKEN_SECONDS": "0.3", "BREAKER_RESET_SECONDS": "2",
            ]) { $1 }
            try await Stage.ollama(settings: settings) { service, engine in
                let client = service.client
                #expect(try await client.post("/api/v1/chat", Stage.chat()).status == 200)
                engine.set(.hang(.beforeHead))
                for _ in 0..<3 {
                    let failed = try await client.post("/api/v1/chat", Stage.chat())
                    #expect(failed.status == 504 && failed.code == "engine_timeout", "\(failed)")
                }
                let refused = try await client.post("/api/v1/chat", Stage.chat())
                #expect(refused.status == 503 && refused.code == "engine_unavailable", "\(refused)")
                #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
                #expect(Self.asked(engine) == 4)
                #expect(try await Self.engine(service)?["breaker"] == "open")
                engine.clearFaults()
                try await eventually("the engine is asked again") {
                    try await client.post("/api/v1/chat", Stage.chat()).status == 200
                }
                #expect(Self.asked(engine) == 5)
                #expect(try await Self.engine(service)?["breaker"] == "closed")
            }
        }

        @Test(
            "Predecessor 19: what is the caller's own fault is asked once, of one engine",
            arguments: [400, 403, 404, 413, 422, 501]
        )
        func once(status: Int) async throws {
            let second = try await OllamaTestDouble.start()
            let settings = ["ENGINES_1_NAME": "second", "ENGINES_1_URL": second.url, "BREAKER_FAILURES": "1"]
            try await Stage.ollama(settings: settings) { service, first in
                try await eventually("both engines") {
                    try await service.client.get("/health").json?["services"] == ["local": "up", "second": "up"]
                }
                for engine in [first, second] {
                    engine.set(.answer(status: status, contentType: "application/json", body: #"{"error":"no"}"#))
                }
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status >= 400 && answer.status != 503, "\(answer)")
                #expect(Self.asked(first) + Self.asked(second) == 1)
                for engine in [first, second] { engine.clearFaults() }
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
            await second.stop()
        }
    }
}
