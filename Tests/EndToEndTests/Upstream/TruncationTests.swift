import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Prompts that do not fit", .light)
    struct Truncation {
        private static let long = Array(repeating: "word", count: 6000).joined(separator: " ")

        @Test("A prompt that is cut is never cut in silence", arguments: [false, true])
        func truncated(stream: Bool) async throws {
            try await Stage.ollama { service, engine in
                let body = Stage.body("smollm2", stream: stream, ["prompt": .string(Self.long)])
                let answer = try await service.client.post("/api/v1/generate", body)
                #expect(answer.status == 200, "\(answer)")
                let header = try #require(answer.header("X-Context-Truncated"))
                let numbers = header.split(separator: "/").compactMap { Int($0) }
                #expect(numbers.count == 2 && numbers.first ?? 0 > 6000 && numbers.last == 4096, "\(header)")
                let last = stream ? answer.frames.last?.json : answer.json
                let warnings = last?["warnings"]?.elements.compactMap(\.string) ?? []
                #expect(warnings.count == 1)
                #expect(warnings.first?.contains("4096") == true)
                #expect(engine.counts.requests("POST /api/generate") == 2)
                #expect(engine.lastInference["truncate"] == true)
                // The slot was held once, and given back once.
                try await eventually("the end of the generations") { engine.counts.generationsOpen == 0 }
            }
        }

        @Test("truncate:false gives 400 prompt_too_large with both numbers and asks once")
        func refused() async throws {
            try await Stage.ollama { service, engine in
                let fields: [String: JSON] = ["prompt": .string(Self.long), "truncate": false]
                let answer = try await service.client.post(
                    "/api/v1/generate",
                    Stage.body("smollm2", stream: true, fields)
                )
                #expect(answer.status == 400 && answer.code == "prompt_too_large", "\(answer)")
                #expect(answer.detail.contains("4096"))
                #expect(answer.header("x-should-retry") == "false")
                #expect(engine.counts.requests("POST /api/generate") == 1)
            }
        }

        @Test("A prompt beyond limits.prompt_tokens is refused by estimate, before it waits, in every dialect")
        func estimated() async throws {
            try await Stage.ollama(settings: ["LIMITS_PROMPT_TOKENS": "100"]) { service, engine in
                for dialect in Dialect.allCases {
                    var body = dialect.body(.text, model: "smollm2", stream: true)
                    guard case .object(var fields) = body else { continue }
                    let key = fields["input"] == nil ? "messages" : "input"
                    fields[key] = [["role": "user", "content": .string(String(repeating: "word ", count: 100))]]
                    body = .object(fields)
                    let answer = try await service.client.post(dialect.path, body)
                    #expect(answer.status == 400, "\(dialect) \(answer)")
                    #expect(answer.text.contains("about 125 tokens") && answer.text.contains("takes 100"), "\(answer)")
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("An OpenAI-compatible engine cannot cut a prompt: 400 whatever was asked", arguments: [nil, true, false])
        func llama(truncate: Bool?) async throws {
            try await Stage.llama { service, engine in
                var fields: [String: JSON] = ["prompt": .string(Self.long)]
                fields["truncate"] = truncate.map(JSON.bool)
                let answer = try await service.client.post(
                    "/api/v1/generate",
                    Stage.body("smollm2", stream: false, fields)
                )
                #expect(answer.status == 400 && answer.code == "prompt_too_large", "\(answer)")
                #expect(answer.detail.contains("2048"))
                #expect(engine.counts.requests("POST /v1/chat/completions") == 1)
            }
        }
    }
}
