import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Tools in OpenAI's routes", .light)
    struct OpenAITools {
        private static func stage(_ test: (ServiceUnderTest, OllamaTestDouble) async throws -> Void) async throws {
            try await Stage.ollama({ $0.profile = .init(callsTools: true) }, test)
        }

        /// Checks that an engine gets a call and its result as the caller told them.
        private static func expectRoundTrip(_ engine: OllamaTestDouble, id: String) {
            let messages = engine.lastInference["messages"]?.elements ?? []
            #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "tool"])
            let call = messages[1]["tool_calls"]?[0]
            // Ollama's templates want an object and the tool's name.
            #expect(call?["function"]?["name"] == "get_weather")
            #expect(call?["function"]?["arguments"] == ["city": "Paris"])
            #expect(call?["id"]?.string == id)
            #expect(messages[2]["content"] == "22 degrees" && messages[2]["tool_name"] == "get_weather")
            #expect(messages[2]["tool_call_id"]?.string == id)
        }

        @Test("Predecessor 10: a call comes out of a chat, and goes back in with its result", arguments: [false, true])
        func chat(stream: Bool) async throws {
            try await Self.stage { service, engine in
                let body = OpenAI.chat("smollm2-tools", stream: stream, ["tools": [OpenAI.tool]])
                let answer = try await service.client.post("/v1/chat/completions", body)
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                let calls: JSON?
                if stream {
                    calls = answer.choices.compactMap { $0["delta"]?["tool_calls"] }.first
                    #expect(calls?[0]?["index"] == 0 && answer.hasDone)
                    #expect(answer.choices.last?["finish_reason"] == "tool_calls")
                } else {
                    calls = answer.json?["choices"]?[0]?["message"]?["tool_calls"]
                    #expect(answer.json?["choices"]?[0]?["message"]?["content"] == .null)
                    #expect(answer.json?["choices"]?[0]?["finish_reason"] == "tool_calls")
                }
                let call = try #require(calls?[0])
                let id = try #require(call["id"]?.string)
                #expect(id.hasPrefix("call_") && call["type"] == "function")
                let arguments = try #require(call["function"]?["arguments"]?.string)
                #expect(try JSON(parsing: arguments)["city"]?.string != nil)

                let second: JSON = [
                    "id": .string(id), "type": "function",
                    "function": ["name": "get_weather", "arguments": #"{"city":"Paris"}"#],
                ]
                let messages: JSON = [
                    ["role": "user", "content": "weather?"],
                    ["role": "assistant", "content": nil, "tool_calls": [second]],
                    ["role": "tool", "tool_call_id": .string(id), "content": "22 degrees"],
                ]
                engine.setProfile(.init(text: "It is warm.", callsTools: false))
                let next = try await service.client.post(
                    "/v1/chat/completions",
                    OpenAI.chat("smollm2-tools", stream: stream, ["tools": [OpenAI.tool], "messages": messages])
                )
                #expect(next.status == 200, "\(next)")
                Self.expectRoundTrip(engine, id: id)
            }
        }

        @Test(
            "Predecessor 10: a call comes out of a response, and its items go back in as they came",
            arguments: [false, true]
        )
        func responses(stream: Bool) async throws {
            try await Self.stage { service, engine in
                let body = OpenAI.responses("smollm2-tools", stream: stream, ["tools": [OpenAI.flatTool]])
                let answer = try await service.client.post("/v1/responses", body)
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                let response = stream ? answer.frames.last?.json["response"] : answer.json
                #expect(response?["status"] == "completed")
                let item = try #require(response?["output"]?[0])
                #expect(item["type"] == "function_call" && item["name"] == "get_weather")
                let id = try #require(item["call_id"]?.string)
                guard case .object(var fields) = item else { return }
                fields["arguments"] = #"{"city":"Paris"}"#
                let input: JSON = [
                    ["role": "user", "content": "weather?"], .object(fields),
                    ["type": "function_call_output", "call_id": .string(id), "output": "22 degrees"],
                ]
                engine.setProfile(.init(text: "It is warm.", callsTools: false))
                let next = try await service.client.post(
                    "/v1/responses",
                    OpenAI.responses("smollm2-tools", stream: stream, ["tools": [OpenAI.flatTool], "input": input])
                )
                #expect(next.status == 200, "\(next)")
                Self.expectRoundTrip(engine, id: id)
            }
        }
    }
}
