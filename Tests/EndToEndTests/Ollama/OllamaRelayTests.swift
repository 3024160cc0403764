import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Ollama's dialect before an Ollama", .light)
    struct OllamaRelay {
        private static func chat(_ extra: [String: JSON] = [:]) -> JSON {
            .object(["model": "smollm2", "messages": [["role": "user", "content": "hi"]]].merging(extra) { $1 })
        }

        @Test("A streamed chat is byte for byte what the engine sent")
        func bytes() async throws {
            // As no encoder of ours would write it: spaces, escapes, fields that nobody knows, a line end too many.
            let lines =
                #"{ "model":"m", "message": {"content":"\u00e9\/","role":"assistant"} ,"new":[1.50,null],"done":false}"#
                + "\n\n" + #"{"message":{"role":"assistant","content":"👋"},"done":false}"# + "\n" + ScriptedEngine.done
            let bytes = Array(lines.utf8)
            // Cut where no line ends, and in the middle of a character.
            let cuts = [0, 3, 70, bytes.firstIndex(of: 0xF0).map { $0 + 2 } ?? 71, bytes.count]
            let chunks = zip(cuts, cuts.dropFirst()).map { bytes[$0..<$1] }
            let script: [ScriptedEngine.Step] =
                [.send(ScriptedEngine.streamHead)]
                + chunks.flatMap { chunk in
                    [ScriptedEngine.Step.bytes(ScriptedEngine.chunk(Array(chunk))), .pause(.milliseconds(5))]
                } + [.send("0\r\n\r\n")]
            try await ScriptedEngine.run(script: { _ in script }) { service, _ in
                let answer = try await service.client.post("/api/chat", Self.chat(["model": "m"]))
                #expect(answer.status == 200 && answer.isComplete)
                #expect(answer.header("Content-Type") == "application/x-ndjson")
                #expect(answer.header("X-Engine") != nil && answer.header("X-Request-ID") != nil)
                #expect(answer.body == bytes)
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["prompt_tokens"] == 7 && line["completion_tokens"] == 2, "\(line)")
            }
        }

        @Test("The body goes on to the byte")
        func requestBytes() async throws {
            try await Stage.ollama { service, double in
                let body =
                    #"{ "messages" : [ {"role":"user","content":"h\u00e9"} ],"stream" : false, "model":"SmolLM2" , "x":1.50 }"#
                let answer = try await service.client.call(.POST, "/api/chat", body: Array(body.utf8))
                #expect(answer.status == 200)
                let last = double.requests.last { $0.path == "/api/chat" }
                #expect(last.map { String(decoding: $0.body, as: UTF8.self) } == body)
            }
        }

        @Test("A runner that dies in a stream is told by the engine alone, and booked as a failure")
        func runnerDies() async throws {
            try await Stage.ollama({ $0.profile.tokenCount = 50 }) { service, double in
                double.set(.killRunner(afterTokens: 3), times: 1)
                let answer = try await service.client.post("/api/chat", Self.chat())
                #expect(answer.status == 200 && answer.isComplete)
                let lines = answer.text.split(separator: "\n")
                #expect(lines.last?.hasPrefix(#"{"error":"an error was encountered while running the model"#) == true)
                #expect(lines.filter { $0.contains("error") }.count == 1)
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["error_code"]?.string == "engine_error", "\(line)")
            }
        }

        @Test("An engine that cuts its stream ends in an error line and a cut, never in a clean end")
        func cut() async throws {
            try await Stage.ollama({ $0.profile.tokenCount = 50 }) { service, double in
                double.set(.cut(afterTokens: 3), times: 1)
                let answer = try await service.client.post("/api/chat", Self.chat())
                #expect(answer.status == 200 && !answer.isComplete)
                #expect(answer.text.split(separator: "\n").last?.hasPrefix(#"{"error":""#) == true)
            }
        }

        @Test("A caller that leaves ends the engine's work, and nothing is left behind")
        func leaves() async throws {
            let slow = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 2000)
            try await Stage.ollama({ $0.profile = slow }) { service, double in
                let connection = try await Connection.open(port: service.port)
                let pending = try await connection.post("/api/chat", Self.chat())
                _ = try await pending.head()
                await connection.close()
                try await double.waitUntil { $0.generationsOpen == 0 }
                let answer = try await service.client.get("/api/v1/queue/requests")
                #expect(answer.json?["requests"] == [])
            }
        }

        @Test("Who only unloads a model that nobody has loaded does not load it first")
        func unload() async throws {
            try await Stage.ollama { service, double in
                let body: JSON = ["model": "smollm2", "keep_alive": 0]
                let answer = try await service.client.post("/api/generate", body)
                #expect(answer.status == 200 && answer.json?["done_reason"] == "unload")
                #expect(double.counts.requests("POST /api/generate") == 0)
            }
        }

        @Test("An option that moves a model for everybody is left out for who may not set it, and named")
        func runnerOptions() async throws {
            let key = "so_team_" + String(repeating: "a", count: 43)
            let hash = "84d5338be7b6b039ebe2887799b1adb91e0be379f5ece7bf3d8f894e1dd97dbb"
            let settings = ["PROJECTS_0_NAME": "team", "PROJECTS_0_KEY_SHA256": hash]
            try await Stage.ollama(settings: settings) { service, double in
                let body = Self.chat(["options": ["num_gpu": 3, "seed": 5], "stream": false])
                let headers = [("Authorization", "Bearer \(key)")]
                let answer = try await service.client.post("/api/chat", body, headers: .init(headers))
                #expect(answer.status == 200)
                #expect(answer.header("X-Ignored-Fields") == "options.num_gpu")
                #expect(double.lastInference["options"] == ["seed": 5])
            }
        }
    }

    @Suite("Ollama's dialect before a server of llama.cpp", .light)
    struct OllamaTranslated {
        @Test("A chat is answered in Ollama's words, streamed and whole")
        func chat() async throws {
            let text = "Paris \"is\" 👋"
            try await Stage.llama({ $0.profile = .init(text: text) }) { service, _ in
                for stream in [true, false] {
                    let body: JSON = [
                        "model": "SmolLM2", "messages": [["role": "user", "content": "hi"]], "stream": .bool(stream),
                    ]
                    let answer = try await service.client.post("/api/chat", body)
                    #expect(answer.status == 200 && answer.isComplete)
                    let type = stream ? "application/x-ndjson" : "application/json; charset=utf-8"
                    #expect(answer.header("Content-Type") == type)
                    let lines = try answer.text.split(separator: "\n").map { try JSON(parsing: String($0)) }
                    let said = lines.compactMap { $0["message"]?["content"]?.string }.joined()
                    #expect(said == text)
                    #expect(lines.allSatisfy { $0["model"] == "SmolLM2" && $0["created_at"]?.string != nil })
                    let last = try #require(lines.last)
                    #expect(last["done"] == true && last["done_reason"] == "stop")
                    #expect(last["eval_count"] != nil && last["prompt_eval_count"] != nil)
                    #expect(lines.dropLast().allSatisfy { $0["done"] == false })
                }
            }
        }

        @Test("What only an Ollama can do is 501, and an unknown model 404, in Ollama's shape")
        func refused() async throws {
            try await Stage.llama { service, _ in
                let raw = try await service.client.post(
                    "/api/generate",
                    ["model": "smollm2", "prompt": "x", "raw": true]
                )
                #expect(raw.status == 501 && raw.json?.keys == ["error"])
                let unknown = try await service.client.post("/api/generate", ["model": "nope", "prompt": "x"])
                #expect(unknown.status == 404 && unknown.json == ["error": "model 'nope' not found"])
            }
        }

        @Test("A request without a prompt is answered at once: the model is always in memory")
        func load() async throws {
            try await Stage.llama { service, double in
                let answer = try await service.client.post("/api/generate", ["model": "smollm2"])
                #expect(answer.status == 200 && answer.json?["done_reason"] == "load")
                #expect(answer.json?["response"] == "")
                #expect(double.counts.requests("POST /v1/chat/completions") == 0)
            }
        }

        @Test("An engine that dies in a stream gives an error line and a cut")
        func dies() async throws {
            try await Stage.llama({ $0.profile.tokenCount = 50 }) { service, double in
                double.set(.cut(afterTokens: 3), times: 1)
                let answer = try await service.client.post("/api/generate", ["model": "smollm2", "prompt": "x"])
                #expect(answer.status == 200 && !answer.isComplete)
                #expect(answer.text.split(separator: "\n").last?.hasPrefix(#"{"error":""#) == true)
            }
        }
    }
}
