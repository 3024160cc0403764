import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Engines that fail", .light)
    struct EngineFailures {
        @Test(
            "Predecessor 12: an engine that breaks off in the middle of a stream ends it with an error, never cleanly",
            arguments: EngineFlavour.allCases
        )
        func cut(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 20)) { service, engine in
                engine.set(.cut(afterTokens: 5), times: 1)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                #expect(answer.status == 200)
                Self.expectFailure(answer, tokens: 5)
                #expect(engine.inferenceRequests == 1)
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["ended"] == "failed" && line["error_code"] == "engine_error" && line["pieces"] == 5)
            }
        }

        @Test(
            "Predecessor 13: an engine that breaks off in an answer that is not streamed is 502",
            arguments: EngineFlavour.allCases
        )
        func cutWhole(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 20)) { service, engine in
                engine.set(.cut(afterTokens: 5), times: 1)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 502 && answer.code == "engine_error", "\(answer)")
                #expect(engine.inferenceRequests == 1)
            }
        }

        @Test("A runner that is killed ends the stream with an error line: so does ours", arguments: [true, false])
        func killedRunner(stream: Bool) async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 20) }) { service, engine in
                engine.set(.killRunner(afterTokens: 4), times: 1)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                if stream {
                    Self.expectFailure(answer, tokens: 4)
                    #expect(answer.frames.last?.json["error"]?.string?.contains("unexpected EOF") == true)
                } else {
                    #expect(answer.status == 502 && answer.code == "engine_error", "\(answer)")
                }
                try await engine.waitUntil { $0.generationsOpen == 0 }
                let next = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                #expect(next.status == 200 && next.isComplete)
                if stream { #expect(engine.counts.loads["smollm2:latest"] == 2) }
            }
        }

        @Test("An engine that is killed with many streams in flight fails each of them visibly")
        func killedEngine() async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 1000)
            try await Stage.ollama({ $0.profile = profile }) { service, engine in
                var streams: [Pending] = []
                for _ in 0..<4 {
                    streams.append(try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)))
                }
                for stream in streams { _ = try await stream.frames(2) }
                await engine.cutConnections()
                for stream in streams {
                    let answer = try await stream.end()
                    Self.expectFailure(answer, tokens: nil)
                    await stream.leave()
                }
                engine.setProfile(GenerationProfile())
                let next = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(next.status == 200, "\(next)")
            }
        }

        /// What an engine answers, and what the caller gets for it.
        struct Refusal: Sendable, CustomTestStringConvertible {
            let status: Int
            let body: String
            let expected: (status: Int, code: String)
            var testDescription: String { "\(self.status) becomes \(self.expected.status) \(self.expected.code)" }
        }

        @Test(
            "Predecessor 13: an engine's status becomes the right one here",
            arguments: [
                Refusal(status: 400, body: #"{"error":"bad option"}"#, expected: (400, "invalid_request")),
                Refusal(status: 401, body: #"{"error":"who are you"}"#, expected: (502, "engine_error")),
                Refusal(status: 404, body: #"{"error":"model 'x' not found"}"#, expected: (404, "model_not_found")),
                Refusal(status: 418, body: "short and stout", expected: (502, "engine_error")),
                Refusal(status: 429, body: #"{"error":"slow down"}"#, expected: (503, "engine_unavailable")),
                Refusal(status: 500, body: #"{"error":"something broke"}"#, expected: (502, "engine_error")),
                Refusal(status: 500, body: "", expected: (502, "engine_error")),
                Refusal(status: 501, body: #"{"error":"cannot"}"#, expected: (501, "not_supported_by_engine")),
                Refusal(status: 502, body: "<html>Bad Gateway</html>", expected: (502, "engine_error")),
                Refusal(status: 503, body: #"{"error":"server busy"}"#, expected: (503, "engine_unavailable")),
                Refusal(status: 302, body: "", expected: (502, "engine_error")),
                Refusal(status: 204, body: "", expected: (502, "engine_error")),
            ]
        )
        func refusal(refusal: Refusal) async throws {
            try await Stage.ollama { service, engine in
                engine.set(.answer(status: refusal.status, contentType: "application/json", body: refusal.body))
                for stream in [true, false] {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                    #expect(answer.status == refusal.expected.status, "\(answer)")
                    #expect(answer.code == refusal.expected.code)
                    #expect((answer.header("Retry-After") != nil) == (refusal.expected.status == 503))
                }
                // Nothing is tried twice: the engine has said what it thinks.
                #expect(engine.counts.requests("POST /api/chat") == 2)
            }
        }

        @Test("A full queue at the engine is 503 with Retry-After")
        func queueFull() async throws {
            try await Stage.ollama { service, engine in
                engine.set(.queueFull, on: .loads)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 503 && answer.code == "engine_unavailable", "\(answer)")
                #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
                #expect(answer.header("retry-after-ms").flatMap { Int($0) } ?? 0 > 0)
                #expect(answer.json?["retry_after_seconds"]?.int ?? 0 > 0)
                #expect(engine.counts.requests(Counts.loadRequests) == 1)
            }
        }

        @Test("A load that fails is 503 model_unavailable in the engine's words, and says when to come again")
        func failedLoad() async throws {
            try await Stage.ollama { service, engine in
                engine.set(.failLoad(status: 500, message: "model requires more system memory"), on: .everything)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 503 && answer.code == "model_unavailable", "\(answer)")
                #expect(answer.detail.contains("more system memory"))
                #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
            }
        }

        @Test("A model that the engine has lost is 404 and names the command that fetches it")
        func lostModel() async throws {
            try await Stage.ollama { service, engine in
                engine.add(.smollm2.with { $0.isBlobMissing = true })
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 404 && answer.code == "model_not_found", "\(answer)")
                #expect(answer.detail.contains("ollama pull smollm2"))
            }
        }

        @Test("Predecessor 29: what an engine says of addresses and paths does not reach the caller")
        func leaks() async throws {
            let words = [
                #"dial tcp 127.0.0.1:11434: connect: connection refused"#,
                #"Post \"http://127.0.0.1:43123/completion\": EOF"#,
                #"open /var/lib/ollama/models/blobs/sha256-abc: no such file"#,
                #"llama runner at /usr/lib/ollama/runner failed: 'http://localhost:9999/health'"#,
                #"open C:\\Users\\me\\models\\x: denied, see [::1]:43123 and 10.1.2.3:443"#,
            ]
            let secrets = ["127.0.0.1", "43123", "/var/lib", "/usr/lib", "9999", "http://", "Users", "10.1.2.3"]
            try await Stage.ollama { service, engine in
                for status in [400, 500, 503] {
                    for word in words {
                        let body = #"{"error":"\#(word)"}"#
                        engine.set(.answer(status: status, contentType: "application/json", body: body), times: 1)
                        let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                        for secret in secrets { #expect(!answer.text.contains(secret), "\(answer)") }
                    }
                }
            }
        }

        /// A stream that failed: the tokens that came, then one error frame as the last, and no clean end.
        static func expectFailure(_ answer: Answer, tokens: Int?) {
            let frames = answer.frames
            let last = frames.last?.json ?? .null
            #expect(!answer.isComplete && answer.isClosed, "\(answer)")
            if let tokens { #expect(frames.count == tokens + 1, "\(answer)") }
            #expect(frames.dropLast().allSatisfy { !$0.isDone }, "\(answer)")
            #expect(last.keys == ["chunk", "done", "error", "code", "error_type", "request_id"], "\(answer)")
            #expect(last["code"] == "engine_error" && last["done"] == true, "\(answer)")
            #expect(last["request_id"]?.string == answer.header("X-Request-ID"))
        }
    }
}
