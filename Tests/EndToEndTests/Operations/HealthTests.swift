import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Health", .light)
    struct Health {
        @Test("Health routes say that all is well while the engine answers")
        func healthy() async throws {
            try await Stage.ollama { service, engine in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                try await eventually("loaded model in health") {
                    let health = try await service.client.get("/health").json
                    return health?["engines"]?[0]?["models_loaded"] == ["smollm2:latest"]
                }
                for path in ["/health", "/api/v1/health"] {
                    let answer = try await service.client.get(path)
                    #expect(answer.status == 200)
                    let json = try #require(answer.json)
                    #expect(
                        json.keys == ["status", "ollama_service", "version", "timestamp", "services", "engines"]
                    )
                    #expect(json["status"] == "healthy" && json["ollama_service"] == true)
                    #expect(json["services"] == ["local": "up"])
                    let row = try #require(json["engines"]?[0])
                    #expect(row["name"] == "local" && row["kind"] == "ollama" && row["state"] == "up")
                    #expect(row["managed"] == false && row["bundled"] == false)
                    #expect(row["version"] == "0.32.15")
                    #expect(!answer.text.contains(String(engine.port)))
                }
                for path in ["/livez", "/healthz"] {
                    let answer = try await service.client.get(path)
                    #expect(answer.status == 200)
                    #expect(answer.json == ["status": "alive"])
                }
                let ready = try await service.client.get("/readyz")
                #expect(ready.status == 200)
                #expect(ready.json == ["status": "ready", "reasons": []])
            }
        }

        @Test("Predecessor 7: without an engine health is 503, and says why without an address")
        func unhealthy() async throws {
            let settings = ServiceUnderTest.Settings(engineURL: "http://127.0.0.1:9")
            try await ServiceUnderTest.run(settings) { service in
                try await eventually("verdict on the engine") {
                    try await service.client.get("/health").json?["services"] == ["local": "down"]
                }
                for path in ["/health", "/api/v1/health"] {
                    let answer = try await service.client.get(path)
                    #expect(answer.status == 503)
                    #expect(answer.json?["status"] == "unhealthy")
                    #expect(answer.json?["ollama_service"] == false)
                    #expect(!answer.text.contains("127.0.0.1"))
                }
                let ready = try await service.client.get("/readyz")
                #expect(ready.status == 503)
                #expect(
                    ready.json
                        == [
                            "status": "not_ready",
                            "reasons": [["component": "engine:local", "reason": "engine_unreachable"]],
                        ]
                )
                #expect(try await service.client.get("/livez").status == 200)
            }
        }

        @Test("Of two engines one is enough to be ready, and health is degraded")
        func degraded() async throws {
            try await Stage.ollama(settings: [
                "ENGINES_1_NAME": "second", "ENGINES_1_URL": "http://127.0.0.1:9", "ENGINES_1_KIND": "openai",
            ]) { service, _ in
                try await eventually("verdict on both engines") {
                    try await service.client.get("/health").json?["services"] == ["local": "up", "second": "down"]
                }
                let health = try await service.client.get("/health")
                #expect(health.status == 200 && health.json?["status"] == "degraded")
                #expect(try await service.client.get("/readyz").status == 200)
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        @Test("Predecessor 7: health routes do not wait for a hanging engine, and do not call it")
        func hangingEngine() async throws {
            try await Stage.ollama(settings: ["HEALTH_INTERVAL_SECONDS": "3600"]) { service, engine in
                try await engine.waitUntil { $0.requests("GET /api/ps") == 1 }
                try await eventually("readiness") { try await service.client.get("/readyz").status == 200 }
                engine.set(.hang(.beforeHead), on: .everything)
                let before = engine.counts.requestsTotal
                let start = ContinuousClock.now
                for _ in 0..<20 {
                    for path in ["/health", "/livez", "/readyz"] { _ = try await service.client.get(path) }
                }
                #expect(ContinuousClock.now - start < tenfold(.seconds(2)))
                #expect(engine.counts.requestsTotal == before)
            }
        }

        @Test("The list of models has every field of the interface")
        func models() async throws {
            try await Stage.ollama { service, _ in
                let answer = try await service.client.get("/api/v1/models")
                #expect(answer.status == 200)
                let rows = try #require(answer.json?["models"]).elements
                #expect(rows.count == ModelDescription.presets.count)
                for row in rows {
                    #expect(row.keys == ["name", "size", "modified_at", "digest", "capabilities", "engines"])
                    #expect(row["engines"] == ["local"])
                }
                let tools = try #require(rows.first { $0["name"] == "smollm2-tools:latest" })
                #expect(tools["capabilities"] == ["completion", "tools"])
                #expect(tools["digest"]?.string == ModelDescription.smollm2Tools.digest)
                #expect(tools["size"]?.int == ModelDescription.smollm2Tools.size)
            }
        }

        @Test("The list of models is the union of all engines")
        func union() async throws {
            let llama = try await LlamaServerDouble.start()
            try await Stage.ollama(settings: [
                "ENGINES_1_NAME": "second", "ENGINES_1_URL": llama.url, "ENGINES_1_KIND": "openai",
            ]) { service, _ in
                let rows = try await service.client.get("/api/v1/models").json?["models"]?.elements ?? []
                #expect(rows.count == ModelDescription.presets.count + 1)
                let last = try #require(rows.last)
                // A server without an alias calls its model by a path, which nobody needs to know.
                #expect(last["name"] == "SmolLM2-135M-Instruct.Q4_1")
                #expect(last["engines"] == ["second"])
                let name = try #require(last["name"]?.string)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(name))
                #expect(answer.status == 200 && answer.header("X-Engine") == "second", "\(answer)")
            }
            await llama.stop()
        }
    }
}
