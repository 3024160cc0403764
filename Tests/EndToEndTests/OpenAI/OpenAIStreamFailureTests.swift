import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Streams of OpenAI's routes that fail", .light)
    struct OpenAIStreamFailures {
        @Test(
            "Predecessor 12: an engine that breaks off in the middle ends the stream with an error, without [DONE]",
            arguments: EngineFlavour.allCases,
            ["/v1/chat/completions", "/v1/completions", "/v1/responses"]
        )
        func cut(flavour: EngineFlavour, path: String) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 20)) { service, engine in
                engine.set(.cut(afterTokens: 5), times: 1)
                let body: JSON = [
                    "model": "smollm2", "stream": true, "messages": [["role": "user", "content": "hi"]],
                    "prompt": path == "/v1/completions" ? "hi" : nil, "input": "hi",
                ]
                let answer = try await service.client.post(path, body)
                Self.expectFailure(answer, code: "engine_error")
                if path == "/v1/responses" {
                    #expect(answer.frames.suffix(2).map { $0.json["type"]?.string } == ["response.failed", "error"])
                    #expect(answer.frames.dropLast().last?.json["response"]?["status"] == "failed")
                }
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["ended"] == "failed" && line["error_code"] == "engine_error" && line["pieces"] == 5)
                // The next one is none the worse for it.
                let next = try await service.client.post(path, body)
                #expect(next.isComplete && next.status == 200)
            }
        }

        @Test("A failure in the second of several answers ends the stream as well")
        func secondChoice() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 5) }) {
                service,
                engine in
                let body = OpenAI.chat("smollm2", stream: true, ["n": 2])
                let pending = try await service.client.begin("/v1/chat/completions", body)
                _ = try await pending.frames(2)
                engine.set(.cut(afterTokens: 2), times: 1)
                let answer = try await pending.end()
                Self.expectFailure(answer, code: "engine_error")
                let ended = answer.choices.filter { $0["finish_reason"]?.string != nil }.map { $0["index"]?.int }
                #expect(ended == [0])
                await pending.leave()
            }
        }

        @Test("A stream that waited too long in line begins with its place and ends with the error alone")
        func waiting() async throws {
            let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)
            try await Stage.ollama(
                {
                    $0.parallel = 1
                    $0.profile = endless
                },
                settings: ["QUEUES_CHAT_TIMEOUT_SECONDS": "1", "QUEUES_NOTICE_AFTER_MS": "200"]
            ) { service, _ in
                let holder = try await service.client.begin("/v1/chat/completions", OpenAI.chat(stream: true))
                _ = try await holder.frames(1)
                for path in ["/v1/chat/completions", "/v1/responses"] {
                    let body: JSON = [
                        "model": "smollm2", "stream": true, "messages": [["role": "user", "content": "hi"]],
                        "input": "hi",
                    ]
                    let answer = try await service.client.post(path, body)
                    #expect(answer.status == 200 && answer.text.hasPrefix(": queued position=1"), "\(answer)")
                    Self.expectFailure(answer, code: "queue_timeout")
                    #expect(answer.frames.count == 1)
                }
                await holder.leave()
            }
        }

        /// The last frame is the error, nothing says that all went well, and the connection is cut.
        private static func expectFailure(_ answer: Answer, code: String) {
            #expect(answer.status == 200 && !answer.isComplete && answer.isClosed, "\(answer)")
            #expect(!answer.hasDone && !answer.text.contains("response.completed"))
            let error = answer.frames.last?.json["error"]
            #expect(error?.keys == ["message", "type", "param", "code"], "\(answer)")
            #expect(error?["code"]?.string == code)
        }
    }
}
