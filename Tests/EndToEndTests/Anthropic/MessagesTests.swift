import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Anthropic's Messages API", .light)
    struct Messages {
        @Test("A message is answered, whichever engine is behind", arguments: EngineFlavour.allCases)
        func whole(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: "Paris it is.")) { service, engine in
                let body = Stage.message(
                    extra: [
                        "system": "Be brief.", "temperature": 0, "top_p": 0.5, "top_k": 7, "stop_sequences": ["END"],
                        "metadata": ["user_id": "u"], "service_tier": "auto",
                    ]
                )
                let headers: HTTPHeaders = ["anthropic-version": "2023-06-01", "x-api-key": "none"]
                let answer = try await service.client.post("/v1/messages", body, headers: headers)
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                let json = try #require(answer.json)
                #expect(json["type"] == "message" && json["role"] == "assistant" && json["model"] == "smollm2")
                #expect(json["id"]?.string?.hasPrefix("msg_") == true)
                #expect(json["content"] == [["type": "text", "text": "Paris it is."]])
                #expect(json["stop_reason"] == "end_turn" && json["stop_sequence"] == .null)
                #expect((json["usage"]?["input_tokens"]?.int ?? 0) > 0)
                #expect((json["usage"]?["output_tokens"]?.int ?? 0) > 0)
                #expect(json["usage"]?["cache_read_input_tokens"] == (flavour == .llama ? 0 : nil))
                #expect(answer.header("X-Ignored-Fields") == "metadata, service_tier")
                #expect(answer.header("request-id") == answer.header("X-Request-ID"))
                #expect(answer.header("request-id")?.isEmpty == false)

                let sent = engine.lastInference
                #expect(
                    sent["messages"] == [
                        ["role": "system", "content": "Be brief."], ["role": "user", "content": "hi"],
                    ]
                )
                let options = flavour == .ollama ? sent["options"] : sent
                #expect(options?["temperature"] == 0 && options?["top_p"] == 0.5 && options?["top_k"] == 7)
                #expect(options?["stop"] == ["END"])
                #expect(options?[flavour == .ollama ? "num_predict" : "max_tokens"] == 100)
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["dialect"] == "anthropic" && line["operation"] == "chat" && line["ended"] == "completed")
            }
        }

        @Test("An answer that reached its length says so", arguments: EngineFlavour.allCases)
        func length(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 50)) { service, _ in
                let answer = try await service.client.post("/v1/messages", Stage.message(extra: ["max_tokens": 3]))
                #expect(answer.json?["stop_reason"] == "max_tokens", "\(answer)")
                #expect(answer.json?["usage"]?["output_tokens"] == 3)
            }
        }

        @Test(
            "A stream has every event of Anthropic's, in its order and by its name",
            arguments: EngineFlavour.allCases
        )
        func stream(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(text: "Paris it is.")) { service, _ in
                let answer = try await service.client.post("/v1/messages", Stage.message(stream: true))
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                #expect(answer.header("Content-Type") == "text/event-stream")
                let events = answer.events
                #expect(events.allSatisfy { $0.data["type"]?.string == $0.name })
                let names = events.map(\.name).filter { $0 != "content_block_delta" }
                #expect(
                    names == [
                        "message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop",
                    ]
                )
                #expect(answer.pieces("text") == "Paris it is.")
                let start = try #require(events.first?.data["message"])
                #expect(start["content"] == [] && start["model"] == "smollm2" && start["stop_reason"] == .null)
                #expect(start["usage"] == ["input_tokens": 1, "output_tokens": 0])
                let end = try #require(events.dropLast().last?.data)
                #expect(end["delta"] == ["stop_reason": "end_turn", "stop_sequence": .null])
                let whole = try await service.client.post("/v1/messages", Stage.message()).json?["usage"]
                #expect(end["usage"] == whole)
            }
        }

        @Test("Thoughts are blocks of their own, before the answer, and can be left untold")
        func thinking() async throws {
            let thought = "The capital of France is Paris.\n"
            try await Stage.ollama({ $0.profile = .init(text: "Paris.") }) { service, engine in
                let thinking: JSON = ["type": "enabled", "budget_tokens": 1024]
                let whole = try await service.client.post(
                    "/v1/messages",
                    Stage.message("smollm2-think", extra: ["thinking": thinking])
                )
                #expect(
                    whole.json?["content"] == [
                        ["type": "thinking", "thinking": .string(thought), "signature": ""],
                        ["type": "text", "text": "Paris."],
                    ],
                    "\(whole)"
                )
                #expect(engine.lastInference["think"] == true)
                #expect(whole.header("X-Ignored-Fields") == "thinking.budget_tokens")

                let stream = try await service.client.post(
                    "/v1/messages",
                    Stage.message(
                        "smollm2-think",
                        stream: true,
                        ["thinking": thinking, "output_config": ["effort": "high"]]
                    )
                )
                #expect(engine.lastInference["think"] == "high")
                #expect(stream.pieces("thinking") == thought && stream.pieces("text") == "Paris.")
                let starts = stream.events.filter { $0.name == "content_block_start" }
                #expect(starts.map { $0.data["content_block"]?["type"] } == ["thinking", "text"])
                #expect(starts.map { $0.data["index"] } == [0, 1])

                let omitted = try await service.client.post(
                    "/v1/messages",
                    Stage.message("smollm2-think", extra: ["thinking": ["type": "enabled", "display": "omitted"]])
                )
                #expect(omitted.json?["content"]?[0] == ["type": "thinking", "thinking": "", "signature": ""])
                #expect(omitted.json?["content"]?[1]?["text"] == "Paris.")

                // What the model said comes back with the next question.
                let messages: JSON = [
                    ["role": "user", "content": "hi"],
                    ["role": "assistant", "content": whole.json?["content"] ?? .null],
                    ["role": "user", "content": "sure?"],
                ]
                let off = try await service.client.post(
                    "/v1/messages",
                    Stage.message("smollm2-think", extra: ["messages": messages, "thinking": ["type": "disabled"]])
                )
                #expect(off.json?["content"] == [["type": "text", "text": "Paris."]], "\(off)")
                #expect(engine.lastInference["think"] == false)
                #expect(
                    engine.lastInference["messages"]?[1]
                        == ["role": "assistant", "content": "Paris.", "thinking": .string(thought)]
                )
            }
        }

        @Test("Pictures reach a model that can see, in the engine's own form")
        func images() async throws {
            let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
            let source: JSON = ["type": "base64", "media_type": "image/png", "data": .string(pixel)]
            let content: JSON = [["type": "image", "source": source], ["type": "text", "text": "What is this?"]]
            let messages: JSON = [["role": "user", "content": content]]
            try await Stage.ollama { service, engine in
                let body = Stage.message("smollm2-vision", extra: ["messages": messages])
                let answer = try await service.client.post("/v1/messages", body)
                #expect(answer.status == 200, "\(answer)")
                let sent: JSON = ["role": "user", "content": "What is this?", "images": [.string(pixel)]]
                #expect(engine.lastInference["messages"] == [sent])
                let blind = try await service.client.post("/v1/messages", Stage.message(extra: ["messages": messages]))
                #expect(blind.status == 400 && blind.json?["error"]?["type"] == "invalid_request_error", "\(blind)")
            }
            try await Stage.llama({ $0.vision = true }) { service, engine in
                let answer = try await service.client.post("/v1/messages", Stage.message(extra: ["messages": messages]))
                #expect(answer.status == 200, "\(answer)")
                let parts = engine.lastInference["messages"]?[0]?["content"]
                #expect(parts?[0] == ["type": "text", "text": "What is this?"])
                #expect(parts?[1]?["image_url"]?["url"] == .string("data:image/png;base64,\(pixel)"))
            }
        }

        @Test("An answer is bound to a schema", arguments: EngineFlavour.allCases)
        func schema(flavour: EngineFlavour) async throws {
            let schema: JSON = ["type": "object", "properties": ["name": ["type": "string"]], "required": ["name"]]
            try await Stage.either(flavour) { service, engine in
                let format: JSON = ["format": ["type": "json_schema", "schema": schema]]
                let answer = try await service.client.post(
                    "/v1/messages",
                    Stage.message(extra: ["output_config": format])
                )
                #expect(answer.status == 200, "\(answer)")
                let text = try #require(answer.json?["content"]?[0]?["text"]?.string)
                #expect(try JSON(parsing: text)["name"] != nil)
                let sent = engine.lastInference
                #expect(
                    (flavour == .ollama ? sent["format"] : sent["response_format"]?["json_schema"]?["schema"]) == schema
                )
            }
        }

        @Test("A request with a key is done once, and its stream comes again with the same id")
        func replay() async throws {
            try await Stage.ollama({ $0.profile = .init(text: "Paris it is.") }) { service, engine in
                let body = Stage.message(stream: true)
                let headers: HTTPHeaders = ["Idempotency-Key": "k"]
                let first = try await service.client.post("/v1/messages", body, headers: headers)
                let again = try await service.client.post("/v1/messages", body, headers: headers)
                #expect(again.header("Idempotent-Replayed") == "true", "\(again)")
                #expect(again.events.first?.data == first.events.first?.data)
                #expect(again.events.suffix(2).map(\.data) == first.events.suffix(2).map(\.data))
                #expect(again.pieces("text") == "Paris it is.")
                #expect(engine.counts.requests("POST /api/chat") == 1)
            }
        }
    }
}

extension Stage {
    fileprivate static func message(_ model: String = "smollm2", extra: [String: JSON]) -> JSON {
        self.message(model, stream: false, extra)
    }
}
