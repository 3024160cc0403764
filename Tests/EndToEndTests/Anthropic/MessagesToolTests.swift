import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Tools of Anthropic's Messages API", .light)
    struct MessagesTools {
        private static let tool: JSON = [
            "name": "get_weather", "description": "tells the weather",
            "input_schema": ["type": "object", "required": ["city"], "properties": ["city": ["type": "string"]]],
        ]

        @Test("A tool is called, its result sent back, and the question answered", arguments: EngineFlavour.allCases)
        func loop(flavour: EngineFlavour) async throws {
            let model = flavour == .ollama ? "smollm2-tools" : "smollm2"
            try await Stage.either(flavour, profile: .init(callsTools: true)) { service, engine in
                let asked = try await service.client.post(
                    "/v1/messages",
                    Stage.message(model, ["tools": [Self.tool], "tool_choice": ["type": "auto"]])
                )
                #expect(asked.json?["stop_reason"] == "tool_use", "\(asked)")
                #expect(engine.lastInference["tools"]?[0]?["function"]?["parameters"] == Self.tool["input_schema"])
                let content = try #require(asked.json?["content"])
                let call = try #require(content[0])
                #expect(call["type"] == "tool_use" && call["name"] == "get_weather")
                #expect(call["input"]?.keys == ["city"])
                let id = try #require(call["id"]?.string)

                engine.setProfile(.init(text: "Sunny.", callsTools: false))
                let result: JSON = ["type": "tool_result", "tool_use_id": .string(id), "content": "sun"]
                let messages: JSON = [
                    ["role": "user", "content": "Weather?"], ["role": "assistant", "content": content],
                    ["role": "user", "content": [result, ["type": "text", "text": "Well?"]]],
                ]
                let answer = try await service.client.post(
                    "/v1/messages",
                    Stage.message(model, ["tools": [Self.tool], "messages": messages])
                )
                #expect(answer.json?["content"] == [["type": "text", "text": "Sunny."]], "\(answer)")
                #expect(answer.json?["stop_reason"] == "end_turn")
                let sent = engine.lastInference["messages"]
                #expect(sent?.elements.map { $0["role"] } == ["user", "assistant", "tool", "user"])
                #expect(sent?[1]?["tool_calls"]?[0]?["id"] == .string(id))
                #expect(sent?[2]?["content"] == "sun" && sent?[2]?["tool_call_id"] == .string(id))
                #expect(sent?[2]?[flavour == .ollama ? "tool_name" : "name"] == "get_weather")
            }
        }

        @Test("In a stream a call is a block, its input one piece of JSON", arguments: EngineFlavour.allCases)
        func stream(flavour: EngineFlavour) async throws {
            let model = flavour == .ollama ? "smollm2-tools" : "smollm2"
            try await Stage.either(flavour, profile: .init(callsTools: true)) { service, _ in
                let answer = try await service.client.post(
                    "/v1/messages",
                    Stage.message(model, stream: true, ["tools": [Self.tool]])
                )
                let events = answer.events
                #expect(
                    events.map(\.name) == [
                        "message_start", "content_block_start", "content_block_delta", "content_block_stop",
                        "message_delta", "message_stop",
                    ],
                    "\(answer)"
                )
                let block = events[1].data["content_block"]
                #expect(block?["type"] == "tool_use" && block?["name"] == "get_weather" && block?["input"] == [:])
                let input = try JSON(parsing: answer.pieces("partial_json"))
                #expect(input.keys == ["city"])
                #expect(events[4].data["delta"]?["stop_reason"] == "tool_use")
            }
        }

        @Test("Tools that must not be called are left out")
        func none() async throws {
            try await Stage.ollama { service, engine in
                let body = Stage.message("smollm2-tools", ["tools": [Self.tool], "tool_choice": ["type": "none"]])
                let answer = try await service.client.post("/v1/messages", body)
                #expect(answer.status == 200, "\(answer)")
                #expect(engine.lastInference["tools"] == nil)
            }
        }
    }
}

extension Stage {
    fileprivate static func message(_ model: String, _ extra: [String: JSON]) -> JSON {
        self.message(model, stream: false, extra)
    }
}
