import Foundation
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("OpenAI's routes", .light)
    struct OpenAIRoutes {
        @Test(
            "Predecessor 11: what stock OpenAI clients send is understood or named, never refused",
            arguments: EngineFlavour.allCases
        )
        func stockFields(flavour: EngineFlavour) async throws {
            let fields: [String: JSON] = [
                "n": 1, "user": "me", "stream_options": ["include_usage": true], "stop": "END", "tool_choice": "auto",
                "tools": [OpenAI.tool], "parallel_tool_calls": true, "metadata": ["k": "v"], "store": false,
                "service_tier": "auto", "max_completion_tokens": 50, "response_format": ["type": "text"],
                "logit_bias": [:], "seed": 1, "frequency_penalty": 0, "presence_penalty": 0, "temperature": 0,
                "top_p": 1, "unheard_of": [1],
            ]
            try await Stage.either(flavour, profile: .init(text: "Paris.")) { service, engine in
                let model = flavour == .ollama ? "smollm2-tools" : "smollm2"
                for path in ["/v1/chat/completions", "/api/v1/chat/completions"] {
                    for stream in [false, true] {
                        let answer = try await service.client.post(path, OpenAI.chat(model, stream: stream, fields))
                        #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                        #expect(
                            answer.header("X-Ignored-Fields")
                                == "user, metadata, store, service_tier, parallel_tool_calls"
                        )
                        let text = stream ? answer.deltas : answer.json?["choices"]?[0]?["message"]?["content"]?.string
                        #expect(text == "Paris.", "\(answer)")
                    }
                }
                let sent = engine.lastInference
                let options = flavour == .ollama ? sent["options"] : sent
                #expect(options?["stop"] == ["END"] && options?["temperature"] == 0 && options?["seed"] == 1)
                #expect(sent["user"] == nil && sent["unheard_of"] == nil && sent["tools"] != nil)
            }
            guard flavour == .ollama else { return }
            try await Stage.ollama { service, engine in
                let parts: JSON = [
                    ["type": "text", "text": "what is this?"],
                    ["type": "image_url", "image_url": ["url": .string(OpenAI.png), "detail": "low"]],
                ]
                let body = OpenAI.chat("smollm2-vision", ["messages": [["role": "user", "content": parts]]])
                let answer = try await service.client.post("/v1/chat/completions", body)
                #expect(answer.status == 200, "\(answer)")
                // Text and picture are one message, not two.
                #expect(engine.lastInference["messages"]?.elements.count == 1)
                #expect(engine.lastInference["messages"]?[0]?["images"]?.elements.count == 1)
            }
        }

        @Test(
            "A stream begins with the role, ends with the reason, the usage and [DONE]",
            arguments: EngineFlavour.allCases
        )
        func stream(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: "Paris is a \"city\"\n👋")) { service, _ in
                let body = OpenAI.chat(stream: true, ["stream_options": ["include_usage": true]])
                let answer = try await service.client.post("/v1/chat/completions", body)
                #expect(answer.status == 200 && answer.isComplete && answer.hasDone, "\(answer)")
                #expect(answer.header("Content-Type") == "text/event-stream")
                let frames = answer.frames.map(\.json).dropLast()
                #expect(Set(frames.compactMap { $0["id"]?.string }).count == 1)
                #expect(frames.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["model"] == "smollm2" })
                #expect(frames.first?["choices"]?[0]?["delta"] == ["role": "assistant", "content": ""])
                #expect(answer.deltas == "Paris is a \"city\"\n👋")
                #expect(frames.dropLast().last?["choices"]?[0]?["finish_reason"] == "stop")
                let usage = frames.last?["usage"]
                #expect(frames.last?["choices"] == [])
                #expect((usage?["prompt_tokens"]?.int ?? 0) > 0 && (usage?["completion_tokens"]?.int ?? 0) > 0)

                let plain = try await service.client.post("/v1/chat/completions", OpenAI.chat(stream: true))
                #expect(plain.frames.allSatisfy { $0.json["usage"] == nil } && plain.hasDone)
            }
        }

        @Test(
            "Several answers come as choices of one, and the prompt is counted once",
            arguments: EngineFlavour.allCases
        )
        func choices(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 4)) { service, engine in
                let one = try await service.client.post("/v1/chat/completions", OpenAI.chat())
                let whole = try await service.client.post("/v1/chat/completions", OpenAI.chat(["n": 3]))
                #expect(whole.status == 200, "\(whole)")
                #expect(whole.json?["choices"]?.elements.map { $0["index"]?.int } == [0, 1, 2])
                #expect(whole.json?["usage"]?["prompt_tokens"] == one.json?["usage"]?["prompt_tokens"])
                #expect(whole.json?["usage"]?["completion_tokens"] == 12)
                let body = OpenAI.chat(stream: true, ["n": 2, "stream_options": ["include_usage": true]])
                let stream = try await service.client.post("/v1/chat/completions", body)
                #expect(stream.status == 200 && stream.hasDone && stream.isComplete, "\(stream)")
                let ended = stream.choices.filter { $0["finish_reason"]?.string != nil }.map { $0["index"]?.int }
                #expect(ended == [0, 1])
                #expect(stream.frames.compactMap { $0.json["usage"]?["completion_tokens"]?.int } == [8])
                #expect(engine.inferenceRequests == 6)
            }
        }

        @Test("A completion answers a text, and with echo begins with its prompt")
        func completions() async throws {
            try await Stage.ollama({ $0.profile = .init(text: " four") }) { service, engine in
                let body: JSON = ["model": "smollm2", "prompt": "one two three", "max_tokens": 5, "echo": true]
                let answer = try await service.client.post("/v1/completions", body)
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json?["object"] == "text_completion")
                #expect(answer.json?["choices"]?[0]?["text"] == "one two three four")
                #expect(answer.json?["choices"]?[0]?["finish_reason"] == "stop")
                #expect(engine.lastInference["prompt"] == "one two three")
                let stream = try await service.client.post(
                    "/v1/completions",
                    ["model": "smollm2", "prompt": "x", "stream": true]
                )
                #expect(stream.choices.compactMap { $0["text"]?.string }.joined() == " four" && stream.hasDone)
            }
        }

        @Test("Vectors come in the order of their texts, as numbers and as Base64", arguments: EngineFlavour.allCases)
        func embeddings(flavour: EngineFlavour) async throws {
            func check(_ service: ServiceUnderTest, _ model: String) async throws {
                let body: [String: JSON] = ["model": .string(model), "input": ["a", "b"]]
                let answer = try await service.client.post("/v1/embeddings", .object(body))
                #expect(answer.status == 200, "\(answer)")
                #expect(
                    answer.json?.keys == ["object", "data", "model", "usage"] && answer.json?["model"]?.string == model
                )
                let rows = answer.json?["data"]?.elements ?? []
                #expect(rows.map { $0["index"]?.int } == [0, 1] && rows.allSatisfy { $0["object"] == "embedding" })
                #expect(rows[0]["embedding"] != rows[1]["embedding"])
                let usage = answer.json?["usage"]
                #expect((usage?["prompt_tokens"]?.int ?? 0) > 0 && usage?["total_tokens"] == usage?["prompt_tokens"])
                let coded = try await service.client.post(
                    "/v1/embeddings",
                    .object(body.merging(["encoding_format": "base64"]) { $1 })
                )
                for (index, row) in (coded.json?["data"]?.elements ?? []).enumerated() {
                    let data = try #require(Data(base64Encoded: row["embedding"]?.string ?? ""))
                    let floats = stride(from: 0, to: data.count, by: 4).map { start in
                        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[start + $1]) << (8 * UInt32($1)) })
                    }
                    #expect(floats == rows[index]["embedding"]?.elements.compactMap { $0.number.map { Float($0) } })
                }
            }
            switch flavour {
            case .ollama:
                try await Stage.ollama { service, _ in
                    try await check(service, "all-minilm")
                    let body: JSON = ["model": "all-minilm", "input": "a", "dimensions": 4]
                    let short = try await service.client.post("/v1/embeddings", body)
                    #expect(short.json?["data"]?[0]?["embedding"]?.elements.count == 4, "\(short)")
                }
            case .llama:
                try await Stage.llama({ $0.embeddings = .pooled }) { service, _ in try await check(service, "smollm2") }
            }
        }
    }
}

extension OpenAI {
    fileprivate static func chat(_ extra: [String: JSON]) -> JSON { self.chat("smollm2", extra) }
}
