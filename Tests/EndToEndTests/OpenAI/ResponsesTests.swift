import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("OpenAI's responses", .light)
    struct Responses {
        @Test("A response has its text, its usage and the request's settings", arguments: EngineFlavour.allCases)
        func whole(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: "Paris.")) { service, engine in
                let body = OpenAI.responses(
                    "smollm2",
                    ["instructions": "be brief", "temperature": 0, "max_output_tokens": 9, "store": true]
                )
                let answer = try await service.client.post("/v1/responses", body)
                #expect(answer.status == 200, "\(answer)")
                let json = try #require(answer.json)
                #expect(json["object"] == "response" && json["status"] == "completed" && json["model"] == "smollm2")
                #expect(json["output"]?[0]?["content"]?[0]?["text"] == "Paris.")
                #expect(json["temperature"] == 0 && json["top_p"] == 1 && json["max_output_tokens"] == 9)
                #expect(json["store"] == false && answer.header("X-Ignored-Fields") == "store")
                let usage = json["usage"]
                #expect((usage?["input_tokens"]?.int ?? 0) > 0 && (usage?["output_tokens"]?.int ?? 0) > 0)
                #expect(engine.lastInference["messages"]?.elements.map { $0["role"]?.string } == ["system", "user"])
                let limit =
                    flavour == .ollama
                    ? engine.lastInference["options"]?["num_predict"] : engine.lastInference["max_tokens"]
                #expect(limit == 9)
            }
        }

        @Test("A streamed response is told event by event, thoughts first", arguments: [true, false])
        func stream(thinks: Bool) async throws {
            try await Stage.ollama({ $0.profile = .init(text: "Paris is big.") }) { service, _ in
                let model = thinks ? "smollm2-think" : "smollm2"
                let answer = try await service.client.post("/v1/responses", OpenAI.responses(model, stream: true))
                #expect(answer.status == 200 && answer.isComplete && !answer.hasDone, "\(answer)")
                #expect(answer.header("Content-Type") == "text/event-stream")
                let events = answer.frames.map(\.json)
                #expect(events.map { $0["sequence_number"]?.int } == events.indices.map { $0 })
                func text(_ type: String) -> String {
                    events.filter { $0["type"]?.string == type }.compactMap { $0["delta"]?.string }.joined()
                }
                #expect(text("response.output_text.delta") == "Paris is big.")
                #expect(text("response.reasoning_summary_text.delta").isEmpty == !thinks)
                let output = events.last?["response"]?["output"]?.elements ?? []
                #expect(output.map { $0["type"]?.string } == (thinks ? ["reasoning", "message"] : ["message"]))
                #expect(events.last?["type"] == "response.completed")
                // The items go back in, thoughts included.
                let input = JSON.array(
                    [["role": "user", "content": "hi"]] + output + [["role": "user", "content": "go on"]]
                )
                let next = try await service.client.post("/v1/responses", OpenAI.responses(model, ["input": input]))
                #expect(next.status == 200, "\(next)")
            }
        }

        @Test("An answer that is cut by its longest length is incomplete", arguments: [false, true])
        func incomplete(stream: Bool) async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 20) }) { service, _ in
                let body = OpenAI.responses("smollm2", stream: stream, ["max_output_tokens": 3])
                let answer = try await service.client.post("/v1/responses", body)
                let response = stream ? answer.frames.last?.json["response"] : answer.json
                #expect(response?["status"] == "incomplete", "\(answer)")
                #expect(response?["incomplete_details"] == ["reason": "max_output_tokens"])
                if stream { #expect(answer.frames.last?.json["type"] == "response.incomplete") }
            }
        }

        @Test("A prompt that does not fit is cut and told, or refused where truncation is disabled")
        func truncation() async throws {
            let long = JSON.string(Array(repeating: "word", count: 6000).joined(separator: " "))
            try await Stage.ollama { service, _ in
                let cut = try await service.client.post("/v1/responses", OpenAI.responses("smollm2", ["input": long]))
                #expect(cut.status == 200 && cut.header("X-Context-Truncated") != nil, "\(cut)")
                let body = OpenAI.responses("smollm2", ["input": long, "truncation": "disabled"])
                let refused = try await service.client.post("/v1/responses", body)
                #expect(
                    refused.status == 400 && refused.code == "prompt_too_large" && refused.isOpenAIError,
                    "\(refused)"
                )
            }
        }

        @Test("The same response comes again to whoever has its key, also streamed")
        func idempotency() async throws {
            try await Stage.ollama { service, engine in
                for stream in [false, true] {
                    let body = OpenAI.responses("smollm2", stream: stream)
                    var answers: [Answer] = []
                    for _ in 0..<2 {
                        let key = "k-\(stream)"
                        answers.append(
                            try await service.client.post("/v1/responses", body, headers: ["Idempotency-Key": key])
                        )
                    }
                    #expect(answers[1].header("Idempotent-Replayed") == "true")
                    let ids = answers.map { ($0.frames.last?.json["response"] ?? $0.json)?["id"] }
                    #expect(ids[0] == ids[1] && ids[0] != nil)
                }
                #expect(engine.counts.requests("POST /api/chat") == 2)
            }
        }
    }
}
