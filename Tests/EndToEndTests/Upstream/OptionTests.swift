import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Options upstream", .light)
    struct OptionsUpstream {
        /// Every option, most at values that a careless program takes for "not set".
        private static let all: [String: JSON] = [
            "temperature": 0, "top_p": 0, "top_k": 1, "min_p": 0, "max_tokens": 7, "seed": 0, "stop": ["END", "\n"],
            "repeat_penalty": 0, "presence_penalty": 0, "frequency_penalty": -2, "num_ctx": 2048, "keep_alive": "1h30m",
        ]

        private static func all(context: Int) -> [String: JSON] {
            self.all.merging(["num_ctx": .number(Double(context))]) { $1 }
        }

        @Test("Predecessor 9: temperature 0 and seed 0 reach an Ollama, and so does every other option")
        func ollama() async throws {
            try await Stage.ollama { service, engine in
                // Each more than what is loaded by then: less is satisfied and not sent.
                let (first, second) = (Self.all(context: 8192), Self.all(context: 16_384))
                for (path, body, context) in [
                    ("/api/v1/generate", Stage.body("smollm2", first), 8192),
                    ("/api/v1/chat", Stage.chat("smollm2", second), 16_384),
                ] {
                    let answer = try await service.client.post(path, body)
                    #expect(answer.status == 200, "\(answer)")
                    let sent = engine.lastInference
                    #expect(
                        sent["options"] == [
                            "temperature": 0, "top_p": 0, "top_k": 1, "min_p": 0, "num_predict": 7, "seed": 0,
                            "stop": ["END", "\n"], "repeat_penalty": 0, "presence_penalty": 0, "frequency_penalty": -2,
                            "num_ctx": .number(Double(context)),
                        ]
                    )
                    #expect(sent["keep_alive"] == "1h30m")
                }
            }
        }

        @Test(
            "Predecessor 9: temperature 0 and seed 0 reach an OpenAI-compatible engine, and so does every other option"
        )
        func llama() async throws {
            try await Stage.llama { service, engine in
                let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", Self.all))
                #expect(answer.status == 200, "\(answer)")
                let sent = engine.lastInference
                #expect(
                    sent == [
                        "model": "smollm2", "messages": [["role": "user", "content": "hi"]], "stream": true,
                        "stream_options": ["include_usage": true], "temperature": 0, "top_p": 0, "top_k": 1, "min_p": 0,
                        "max_tokens": 7, "seed": 0, "stop": ["END", "\n"], "repeat_penalty": 0, "presence_penalty": 0,
                        "frequency_penalty": -2,
                    ]
                )
                #expect(answer.header("X-Ignored-Fields") == "keep_alive")
                let warnings = answer.json?["warnings"]?.elements.compactMap(\.string) ?? []
                #expect(warnings.count == 1 && warnings.contains { $0.contains("keep_alive") })
            }
        }

        @Test("Predecessor 9: options that the caller leaves out are left out upstream")
        func absent() async throws {
            try await Stage.ollama { service, engine in
                _ = try await service.client.post("/api/v1/generate", Stage.body())
                #expect(
                    engine.lastInference == [
                        "model": "smollm2:latest", "prompt": "hi", "stream": true, "truncate": false, "options": [:],
                    ]
                )
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(
                    engine.lastInference == [
                        "model": "smollm2:latest", "messages": [["role": "user", "content": "hi"]], "stream": true,
                        "truncate": false, "options": [:],
                    ]
                )
            }
            try await Stage.llama { service, engine in
                _ = try await service.client.post("/api/v1/generate", Stage.body("smollm2", ["system": "be brief"]))
                #expect(
                    engine.lastInference == [
                        "model": "smollm2",
                        "messages": [["role": "system", "content": "be brief"], ["role": "user", "content": "hi"]],
                        "stream": true, "stream_options": ["include_usage": true],
                    ]
                )
            }
        }

        @Test("An option that is null is one that is absent")
        func null() async throws {
            try await Stage.ollama { service, engine in
                let nulls = Dictionary(uniqueKeysWithValues: Self.all.keys.map { ($0, JSON.null) })
                let answer = try await service.client.post("/api/v1/generate", Stage.body("smollm2", nulls))
                #expect(answer.status == 200, "\(answer)")
                #expect(engine.lastInference["options"] == [:])
                #expect(engine.lastInference["keep_alive"] == nil)
            }
        }

        @Test("Numbers keep their value: large seeds, fractions, exponents")
        func numbers() async throws {
            try await Stage.ollama { service, engine in
                let body = #"{"model":"smollm2","prompt":"hi","seed":9007199254740993,"temperature":1e-1,"top_p":0.95}"#
                let answer = try await service.client.call(.POST, "/api/v1/generate", body: Array(body.utf8))
                #expect(answer.status == 200, "\(answer)")
                let sent = try #require(engine.requests.last { $0.path == "/api/generate" && !$0.isLoad }).bodyText
                #expect(sent.contains(#""seed":9007199254740993"#))
                #expect(sent.contains(#""temperature":0.1"#))
                #expect(sent.contains(#""top_p":0.95"#))
            }
        }

        @Test("A context that the loaded model has already does not reload it; a longer one is asked for")
        func contextLength() async throws {
            try await Stage.ollama { service, engine in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                try await eventually("loaded context in the service's view") {
                    _ = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["num_ctx": 2048]))
                    return engine.lastInference["options"]?["num_ctx"] == nil
                }
                let loads = engine.counts.loads["smollm2:latest"]
                for _ in 0..<3 {
                    _ = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["num_ctx": 4096]))
                }
                #expect(engine.counts.loads["smollm2:latest"] == loads)
                _ = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["num_ctx": 8192]))
                #expect(engine.lastInference["options"]?["num_ctx"] == 8192)
            }
        }

        @Test("A context that an OpenAI-compatible engine cannot give is refused with both numbers")
        func contextLengthOfLlama() async throws {
            try await Stage.llama { service, engine in
                let fits = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["num_ctx": 2048]))
                #expect(fits.status == 200, "\(fits)")
                let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["num_ctx": 4096]))
                #expect(answer.status == 400 && answer.code == "unsupported_field", "\(answer)")
                #expect(answer.detail.contains("4096") && answer.detail.contains("2048"))
                #expect(engine.counts.requests("POST /v1/chat/completions") == 1)
            }
        }
    }
}

extension Stage {
    fileprivate static func body(_ model: String, _ extra: [String: JSON]) -> JSON {
        self.body(model, stream: false, extra)
    }
    fileprivate static func chat(_ model: String, _ extra: [String: JSON]) -> JSON {
        self.chat(model, stream: false, extra)
    }
}
