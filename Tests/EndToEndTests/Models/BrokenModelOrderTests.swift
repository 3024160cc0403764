import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Orders about models that do not end well", .light)
    struct BrokenModelOrders {
        private static func slowPull(_ configuration: inout OllamaTestDouble.Configuration) {
            configuration.pullable = ["minilm"]
            configuration.pullPace = .milliseconds(200)
        }

        @Test("An engine that dies in the middle of a pull: the last line says so, and the answer has no end")
        func engineDies() async throws {
            try await Stage.ollama(Self.slowPull) { service, engine in
                let pull = try await service.client.begin("/api/pull", ["model": "minilm"])
                _ = try await pull.wait(for: "progress") { $0.text.contains("completed") }
                await engine.cutConnections()
                let answer = try await pull.end()
                #expect(answer.status == 200 && !answer.isComplete && answer.isClosed)
                let last = try JSON(parsing: String(answer.text.split(separator: "\n").last ?? ""))
                #expect(last["error"]?.string?.contains("broke off") == true, "\(answer)")
                #expect(last.keys == ["error"])
            }
        }

        @Test("A pull without progress is given up after the idle deadline")
        func stalls() async throws {
            try await Stage.ollama(Self.slowPull, settings: ["TIMEOUTS_MODEL_IDLE_SECONDS": "0.5"]) { service, engine in
                engine.set(.hang(.midStream(afterTokens: 0)), on: .path("/api/pull"))
                let answer = try await service.client.post("/api/pull", ["model": "minilm"])
                #expect(answer.status == 200 && !answer.isComplete && answer.text.contains("idle"), "\(answer)")
                engine.clearFaults()
                engine.set(.hang(.beforeHead), on: .path("/api/pull"))
                let silent = try await service.client.post("/api/pull", ["model": "minilm"])
                #expect(silent.status == 504 && silent.json?["error"]?.string?.contains("idle") == true, "\(silent)")
            }
        }

        @Test(
            "A pull has no total deadline and may be silent for longer than an answer; one that tells no progress has none at all"
        )
        func lasts() async throws {
            let settings = [
                "TIMEOUTS_IDLE_SECONDS": "0.05", "TIMEOUTS_TOTAL_SECONDS": "1", "TIMEOUTS_FIRST_TOKEN_SECONDS": "1",
            ]
            try await Stage.ollama(Self.slowPull, settings: settings) { service, _ in
                let streamed = try await service.client.post("/api/pull", ["model": "minilm"])
                #expect(streamed.isComplete && streamed.text.hasSuffix("{\"status\":\"success\"}\n"), "\(streamed)")
                let whole = try await service.client.post("/api/pull", ["model": "minilm", "stream": false])
                #expect(whole.status == 200 && whole.text == "{\"status\":\"success\"}", "\(whole)")
            }
        }

        @Test("A caller that leaves ends the engine's pull", arguments: [true, false])
        func callerLeaves(stream: Bool) async throws {
            try await Stage.ollama(Self.slowPull) { service, engine in
                let pull = try await service.client.begin("/api/pull", ["model": "minilm", "stream": .bool(stream)])
                if stream { _ = try await pull.wait(for: "progress") { $0.text.contains("completed") } }
                try await engine.waitUntil { $0.requests("POST /api/pull") == 1 }
                await pull.leave()
                try await engine.waitUntil(timeout: .seconds(3)) { counts in
                    counts.earlyCloses.contains { $0.route == "POST /api/pull" }
                }
                #expect(try await service.client.get("/api/tags").status == 200)
            }
        }

        @Test("Of two engines one is down: the other's models are listed, and orders go to it")
        func oneIsDown() async throws {
            let second = try await OllamaTestDouble.start(
                configuration: .init {
                    $0.models = [.gemma3]
                    $0.pullable = ["minilm"]
                }
            )
            // Nobody listens on the port of an engine that has gone.
            let gone = try await OllamaTestDouble.start()
            await gone.stop()
            let settings = [
                "ENGINES_0_NAME": "one", "ENGINES_0_URL": gone.url, "ENGINES_1_NAME": "two",
                "ENGINES_1_URL": second.url,
            ]
            try await ServiceUnderTest.run(.init(environment: settings)) { service in
                let tags = try await service.client.get("/api/tags")
                #expect(tags.json?["models"]?.elements.map { $0["name"] } == ["gemma3-270m:latest"], "\(tags)")
                let pull = try await service.client.post("/api/pull", ["model": "minilm"])
                #expect(pull.status == 200 && pull.header("X-Engine") == "two", "\(pull)")
                let wished = try await service.client.post("/api/pull?engine=one", ["model": "minilm"])
                #expect(wished.status == 503 && wished.header("Retry-After") != nil, "\(wished)")
                let unknown = try await service.client.post("/api/pull?engine=three", ["model": "minilm"])
                #expect(
                    unknown.status == 404 && unknown.json?["error"]?.string?.contains("three") == true,
                    "\(unknown)"
                )
            }
            await second.stop()
        }

        @Test("With no engine that answers, lists and orders are 503 in Ollama's shape")
        func allAreDown() async throws {
            let gone = try await OllamaTestDouble.start()
            await gone.stop()
            try await ServiceUnderTest.run(.init(engineURL: gone.url)) { service in
                for path in ["/api/tags", "/api/ps"] {
                    let answer = try await service.client.get(path)
                    #expect(answer.status == 503 && answer.json?.keys == ["error"], "\(answer)")
                }
                for path in ["/api/show", "/api/pull", "/api/create", "/api/push"] {
                    let answer = try await service.client.post(path, ["model": "x"])
                    #expect(answer.status == 503 && answer.json?.keys == ["error"], "\(answer)")
                }
            }
        }
    }
}
