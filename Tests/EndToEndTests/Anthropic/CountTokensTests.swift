import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Counting tokens", .light)
    struct CountingTokens {
        private static let path = "/v1/messages/count_tokens"
        private static let messages: JSON = [["role": "user", "content": "What is the capital of France?"]]

        @Test("A server with a tokenizer counts what it would read, and no slot is taken")
        func counted() async throws {
            try await Stage.llama { service, engine in
                let body: JSON = ["model": "smollm2", "messages": Self.messages]
                let count = try await service.client.post(Self.path, body)
                #expect(count.status == 200 && count.json?.keys == ["input_tokens"], "\(count)")
                #expect(engine.counts.requests("POST /v1/chat/completions") == 0)
                #expect(count.header("request-id")?.isEmpty == false)
                let answer = try await service.client.post(
                    "/v1/messages",
                    Stage.message(stream: false, ["messages": Self.messages])
                )
                #expect(count.json?["input_tokens"] == answer.json?["usage"]?["input_tokens"])
                #expect(count.json?["input_tokens"] == 37)
                try await eventually("the line of the message alone") { service.requestLines.count == 1 }

                // Pictures, and a server without these routes, can only be reckoned with.
                engine.set(
                    .answer(status: 404, contentType: "application/json", body: "{}"),
                    on: .path("/apply-template")
                )
                let estimate = try await service.client.post(Self.path, body)
                #expect(
                    estimate.json?["estimated"] == true && (estimate.json?["input_tokens"]?.int ?? 0) > 0,
                    "\(estimate)"
                )
                engine.clearFaults()
                engine.set(.cut(afterTokens: 0), on: .path("/tokenize"))
                engine.set(.nonsense(.html, afterTokens: 0), on: .path("/tokenize"))
                let broken = try await service.client.post(Self.path, body)
                #expect(broken.status == 200 && broken.json?["estimated"] == true, "\(broken)")
            }
        }

        @Test("Before an Ollama it is reckoned, better after each prompt that was counted")
        func estimated() async throws {
            try await Stage.ollama { service, engine in
                func count() async throws -> Answer {
                    let text = JSON.string(String(repeating: "word ", count: 200))
                    return try await service.client.post(
                        Self.path,
                        ["model": "smollm2", "messages": [["role": "user", "content": text]]]
                    )
                }
                let first = try await count()
                #expect(first.json == ["input_tokens": 250, "estimated": true], "\(first)")
                engine.setProfile(.init(promptTokens: 500))
                let long = JSON.string(String(repeating: "word ", count: 300))
                let body = Stage.message(stream: false, ["messages": [["role": "user", "content": long]]])
                _ = try await service.client.post("/v1/messages", body)
                try await eventually("a better estimate") {
                    try await count().json == ["input_tokens": 334, "estimated": true]
                }
            }
        }

        @Test("Errors have Anthropic's shape")
        func errors() async throws {
            try await Stage.ollama { service, _ in
                let unknown = try await service.client.post(Self.path, ["model": "nope", "messages": Self.messages])
                #expect(unknown.status == 404 && unknown.json?["error"]?["type"] == "not_found_error", "\(unknown)")
                let wrong = try await service.client.post(Self.path, ["model": "smollm2"])
                #expect(wrong.status == 400 && wrong.json?["error"]?["type"] == "invalid_request_error", "\(wrong)")
            }
        }
    }
}
