import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Native answers", .light)
    struct NativeAnswers {
        private static let text = "Paris is a \"city\"\nof France 👋"

        /// What an answer and the last frame of a stream have in common.
        private static let metrics: Set<String> = [
            "model", "request_id", "latency_ms", "model_load_ms", "model_warm_start", "prompt_eval_count",
            "generation_eval_count", "total_duration_ms", "queue_wait_ms", "overhead_ms", "done_reason", "usage",
            "warnings",
        ]

        @Test("A generated answer has every field of the interface", arguments: EngineFlavour.allCases)
        func generate(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: Self.text)) { service, _ in
                let answer = try await service.client.post("/api/v1/generate", Stage.body())
                let json = try Self.checked(answer, flavour)
                #expect(json.keys == Self.metrics.union(["text"]))
                #expect(json["text"]?.string == Self.text)
            }
        }

        @Test("A chat's answer has every field of the interface", arguments: EngineFlavour.allCases)
        func chat(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: Self.text)) { service, _ in
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                let json = try Self.checked(answer, flavour)
                #expect(json.keys == Self.metrics.union(["message"]))
                #expect(json["message"]?.keys == ["role", "content", "thinking", "tool_calls", "tool_call_id"])
                #expect(json["message"]?["role"] == "assistant")
                #expect(json["message"]?["content"]?.string == Self.text)
                for name in ["thinking", "tool_calls", "tool_call_id"] { #expect(json["message"]?[name] == .null) }
            }
        }

        @Test("A stream is made of frames of one shape and ends with all metrics", arguments: EngineFlavour.allCases)
        func stream(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: Self.text)) { service, _ in
                for (path, body) in [
                    ("/api/v1/generate", Stage.body(stream: true)), ("/api/v1/chat", Stage.chat(stream: true)),
                ] {
                    let answer = try await service.client.post(path, body)
                    #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                    #expect(answer.header("Content-Type") == "text/event-stream")
                    #expect(answer.header("Cache-Control") == "no-store")
                    #expect(answer.header("X-Accel-Buffering") == "no")
                    #expect(answer.streamedText == Self.text)
                    let last = try #require(answer.frames.last)
                    for frame in answer.frames.dropLast() {
                        #expect(frame.json.keys == ["chunk", "role", "done", "model", "request_id"])
                        #expect(frame.json["role"] == "assistant" && frame.json["done"] == false)
                        #expect(frame.json["model"] == "smollm2")
                        #expect(frame.json["request_id"]?.string == answer.header("X-Request-ID"))
                    }
                    #expect(last.isDone && last.json["chunk"] == "")
                    #expect(last.json.keys == Self.metrics.union(["chunk", "role", "done"]))
                    Self.checkMetrics(last.json, flavour, requestID: answer.header("X-Request-ID"))
                }
            }
        }

        @Test("The first frame arrives while the engine still generates", arguments: EngineFlavour.allCases)
        func firstFrame(flavour: EngineFlavour) async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(40), tokenCount: 50)
            try await Stage.either(flavour, profile: profile) { service, engine in
                let pending = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await pending.frames(1)
                #expect(engine.counts.generationsOpen == 1)
                #expect(engine.counts.responsesCompleted(of: flavour) == 0)
                let frames = try await pending.end().frames
                #expect(frames.count == 51)
                // Not all at once at the end: the engine took two seconds for them.
                let span = (frames.last?.at ?? .now) - (frames.first?.at ?? .now)
                #expect(span > .seconds(1))
            }
        }

        @Test("A model that is in memory already is a warm start; one that must be loaded first is not")
        func warmth() async throws {
            try await Stage.ollama({ $0.loadTime = .milliseconds(50) }) { service, _ in
                let cold = try #require(try await service.client.post("/api/v1/chat", Stage.chat()).json)
                #expect(cold["model_warm_start"] == false)
                #expect((cold["model_load_ms"]?.number ?? 0) >= 45)
                let warm = try #require(try await service.client.post("/api/v1/chat", Stage.chat()).json)
                #expect(warm["model_warm_start"] == true)
                #expect((warm["model_load_ms"]?.number ?? 1000) < 45)
            }
        }

        @Test("Answers repeat the caller's spelling of the model; the header has its canonical name")
        func spelling() async throws {
            try await Stage.ollama { service, engine in
                let answer = try await service.client.post("/api/v1/chat", Stage.chat("SmolLM2:Latest"))
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json?["model"] == "SmolLM2:Latest")
                #expect(answer.header("X-Model") == "smollm2:latest")
                #expect(engine.lastInference["model"] == "smollm2:latest")
            }
        }

        @Test("A request that names no model gets the one that is loaded, else the one that was changed last")
        func defaultModel() async throws {
            try await Stage.ollama { service, engine in
                let first = try await service.client.post("/api/v1/chat", Stage.chat(nil))
                #expect(first.json?["model"] == "smollm2-vision:latest", "\(first)")
                _ = try await service.client.post("/api/v1/chat", Stage.chat("gemma3-270m"))
                engine.remove("smollm2-vision:latest")
                try await eventually("loaded model as default") {
                    try await service.client.post("/api/v1/chat", Stage.chat(nil)).json?["model"]
                        == "gemma3-270m:latest"
                }
            }
        }

        private static func checked(_ answer: Answer, _ flavour: EngineFlavour) throws -> JSON {
            #expect(answer.status == 200 && answer.isComplete, "\(answer)")
            #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
            let json = try #require(answer.json)
            self.checkMetrics(json, flavour, requestID: answer.header("X-Request-ID"))
            return json
        }

        private static func checkMetrics(_ json: JSON, _ flavour: EngineFlavour, requestID: String?) {
            #expect(json["model"] == "smollm2")
            #expect(json["request_id"]?.string == requestID)
            #expect((json["latency_ms"]?.number ?? 0) > 0)
            #expect((json["prompt_eval_count"]?.int ?? 0) > 0)
            #expect((json["generation_eval_count"]?.int ?? 0) > 0)
            #expect((json["total_duration_ms"]?.number ?? 0) > 0)
            #expect((json["overhead_ms"]?.number ?? -1) >= 0)
            #expect((json["queue_wait_ms"]?.number ?? -1) >= 0)
            #expect((json["latency_ms"]?.number ?? 0) >= (json["overhead_ms"]?.number ?? .infinity))
            #expect(json["usage"]?.keys == ["prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"])
            #expect(json["usage"]?["prompt_tokens"] == json["prompt_eval_count"])
            #expect(json["usage"]?["completion_tokens"] == json["generation_eval_count"])
            #expect(json["usage"]?["reasoning_tokens"] == .null)
            // Only llama.cpp's server tells how many tokens it knew already; only Ollama how long it loaded.
            #expect(json["usage"]?["cached_tokens"] == (flavour == .llama ? 0 : .null))
            #expect((json["model_load_ms"] == .null) == (flavour == .llama))
            #expect(json["done_reason"] == "stop")
            #expect(json["warnings"] == [])
        }
    }
}

extension Counts {
    /// Answers of the model that came to their end.
    fileprivate func responsesCompleted(of flavour: EngineFlavour) -> Int {
        let probes = self.requests.filter { !$0.key.hasPrefix("POST ") || $0.key == "POST /api/show" }.values.reduce(
            0,
            +
        )
        return max(0, self.responsesCompleted - probes)
    }
}
