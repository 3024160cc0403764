import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Tools, thinking, formats and probabilities", .light)
    struct Features {
        private static let tool: JSON = [
            "type": "function",
            "function": [
                "name": "get_weather", "description": "tells the weather",
                "parameters": [
                    "type": "object", "required": ["city"], "properties": ["city": ["type": "string"]],
                ],
            ],
        ]

        @Test(
            "A tool call comes back whole, its arguments as text, in answers and in streams",
            arguments: EngineFlavour.allCases
        )
        func toolCalls(flavour: EngineFlavour) async throws {
            let model = flavour == .ollama ? "smollm2-tools" : "smollm2"
            try await Stage.either(flavour, profile: .init(callsTools: true)) { service, engine in
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(model, ["tools": [Self.tool], "tool_choice": "auto"])
                )
                #expect(answer.status == 200, "\(answer)")
                #expect(engine.lastInference["tools"] == [Self.tool])
                let message = try #require(answer.json?["message"])
                try Self.check(message["tool_calls"])
                #expect(message["content"] == "")
                #expect(answer.json?["done_reason"] == "tool_calls")

                let stream = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(model, stream: true, ["tools": [Self.tool]])
                )
                let frames = stream.frames.filter { $0.json["tool_calls"] != nil }
                #expect(frames.count == 1, "\(stream)")
                try Self.check(frames.first?.json["tool_calls"])
                #expect(frames.first?.json["chunk"] == "" && frames.first?.json["done"] == false)
                #expect(stream.frames.last?.json["done_reason"] == "tool_calls")
            }
        }

        private static func check(_ calls: JSON?) throws {
            let call = try #require(calls?[0])
            #expect(calls?.elements.count == 1)
            #expect(call.keys == ["id", "type", "function"])
            #expect(call["type"] == "function")
            #expect(call["id"]?.string?.isEmpty == false)
            #expect(call["function"]?["name"] == "get_weather")
            let arguments = try JSON(parsing: try #require(call["function"]?["arguments"]?.string))
            #expect(arguments.keys == ["city"])
        }

        @Test(
            "A conversation with tool calls and results goes upstream in the engine's own form",
            arguments: [true, false]
        )
        func toolResults(isText: Bool) async throws {
            let arguments: JSON = isText ? #"{"city": "Paris"}"# : ["city": "Paris"]
            let call: JSON = [
                "id": "call_1", "type": "function", "function": ["name": "get_weather", "arguments": arguments],
            ]
            let messages: JSON = [
                ["role": "user", "content": "Weather?"],
                ["role": "assistant", "content": nil, "tool_calls": [call]],
                ["role": "tool", "content": "sunny", "tool_call_id": "call_1"],
            ]
            try await Stage.ollama { service, engine in
                let body = Stage.chat("smollm2-tools", ["messages": messages, "tools": [Self.tool]])
                let answer = try await service.client.post("/api/v1/chat", body)
                #expect(answer.status == 200, "\(answer)")
                let sent = engine.lastInference["messages"]
                #expect(sent?[1]?["tool_calls"]?[0]?["function"]?["arguments"] == ["city": "Paris"])
                #expect(sent?[1]?["content"] == "")
                let result: JSON = [
                    "role": "tool", "content": "sunny", "tool_call_id": "call_1", "tool_name": "get_weather",
                ]
                #expect(sent?[2] == result)
            }
            try await Stage.llama { service, engine in
                let body = Stage.chat("smollm2", ["messages": messages, "tools": [Self.tool]])
                let answer = try await service.client.post("/api/v1/chat", body)
                #expect(answer.status == 200, "\(answer)")
                let text = try #require(
                    engine.lastInference["messages"]?[1]?["tool_calls"]?[0]?["function"]?["arguments"]?.string
                )
                let sent = try JSON(parsing: text)
                #expect(sent == ["city": "Paris"])
            }
        }

        @Test(
            "A tool that must be called is called, whatever the engine knows of tools",
            arguments: EngineFlavour.allCases
        )
        func toolChoice(flavour: EngineFlavour) async throws {
            let named: JSON = ["type": "function", "function": ["name": "get_weather"]]
            // A model without tools, before an Ollama that would refuse them.
            try await Stage.either(flavour) { service, engine in
                for choice in ["required", named] as [JSON] {
                    let fields: [String: JSON] = ["tools": [Self.tool], "tool_choice": choice]
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", fields))
                    #expect(answer.status == 200, "\(answer)")
                    try Self.check(answer.json?["message"]?["tool_calls"])
                    #expect(answer.json?["message"]?["content"] == "")
                    #expect(answer.json?["done_reason"] == "tool_calls")
                    #expect(engine.lastInference["tools"] == nil && engine.lastInference["tool_choice"] == nil)
                    #expect(engine.lastInference["messages"]?[0]?["role"] == "system")

                    let stream = try await service.client.post(
                        "/api/v1/chat",
                        Stage.chat("smollm2", stream: true, fields)
                    )
                    let calls = stream.frames.compactMap { $0.json["tool_calls"] }
                    #expect(calls.count == 1 && stream.streamedText.isEmpty, "\(stream)")
                    try Self.check(calls.first)
                    #expect(stream.frames.last?.json["done_reason"] == "tool_calls")
                }
                let none: [String: JSON] = ["tools": [Self.tool], "tool_choice": "none"]
                #expect(try await service.client.post("/api/v1/chat", Stage.chat("smollm2", none)).status == 200)
                #expect(engine.lastInference["tools"] == nil && engine.lastInference["tool_choice"] == nil)
            }
        }

        @Test("An answer that breaks its schema is asked for once more, and is 502 if that is wrong as well")
        func repair() async throws {
            let schema: JSON = ["type": "object", "properties": ["n": ["type": "integer"]], "required": ["n"]]
            try await Stage.ollama({ $0.profile = .init(text: "No number.") }) { service, engine in
                let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["format": schema]))
                #expect(answer.status == 502 && answer.code == "invalid_output", "\(answer)")
                #expect(engine.counts.requests("POST /api/chat") == 2)
                let messages = engine.lastInference["messages"]
                #expect(messages?[1] == ["role": "assistant", "content": "No number."])
                #expect(messages?[2]?["role"] == "user")

                let stream = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat("smollm2", stream: true, ["format": schema])
                )
                #expect(stream.status == 200 && stream.streamedText == "No number.")
                #expect(stream.frames.last?.json["code"] == "invalid_output", "\(stream)")
                #expect(engine.counts.requests("POST /api/chat") == 3)
            }
        }

        @Test("A streamed answer that breaks its schema ends in the error of its dialect, not in its last frame")
        func brokenStreams() async throws {
            let schema: JSON = ["type": "object", "required": ["n"]]
            let messages: JSON = [["role": "user", "content": "hi"]]
            try await Stage.ollama({ $0.profile = .init(text: "No number.") }) { service, _ in
                let openAI = try await service.client.post(
                    "/v1/chat/completions",
                    [
                        "model": "smollm2", "messages": messages, "stream": true,
                        "response_format": ["type": "json_schema", "json_schema": ["name": "x", "schema": schema]],
                    ]
                )
                #expect(openAI.frames.last?.json["error"]?["code"] == "invalid_output", "\(openAI)")
                #expect(!openAI.text.contains("[DONE]") && !openAI.text.contains(#""finish_reason":"stop""#))

                let anthropic = try await service.client.post(
                    "/v1/messages",
                    [
                        "model": "smollm2", "messages": messages, "stream": true, "max_tokens": 64,
                        "output_config": ["format": ["type": "json_schema", "schema": schema]],
                    ]
                )
                #expect(anthropic.frames.last?.json["error"]?["type"] == "api_error", "\(anthropic)")
                #expect(!anthropic.text.contains("message_stop"))
            }
        }

        @Test("A keyword that answers cannot be checked for is 400 before anything is queued")
        func unsupportedKeyword() async throws {
            try await Stage.ollama { service, engine in
                let schema: JSON = ["type": "object", "properties": ["n": ["not": ["const": 1]]]]
                let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["format": schema]))
                #expect(answer.status == 400 && answer.code == "unsupported_field", "\(answer)")
                #expect(answer.json?["errors"]?[0]?["pointer"] == "/format/properties/n/not")
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("Tools or thinking on a model without them is 400 unsupported_field that names the field")
        func unsupported() async throws {
            try await Stage.ollama { service, _ in
                for (field, value) in [("tools", [Self.tool]), ("think", true)] as [(String, JSON)] {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", [field: value]))
                    #expect(answer.status == 400 && answer.code == "unsupported_field", "\(answer)")
                    #expect(answer.json?["errors"]?[0]?["pointer"]?.string == "/\(field)")
                    #expect(answer.detail.contains("smollm2"))
                }
            }
        }

        @Test("Thoughts are kept apart from the answer")
        func thinking() async throws {
            try await Stage.ollama({ $0.profile = .init(text: "Paris.") }) { service, engine in
                let whole = try await service.client.post("/api/v1/chat", Stage.chat("smollm2-think", ["think": true]))
                #expect(whole.json?["message"]?["thinking"] == "The capital of France is Paris.\n", "\(whole)")
                #expect(whole.json?["message"]?["content"] == "Paris.")
                #expect(engine.lastInference["think"] == true)

                let stream = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat("smollm2-think", stream: true, ["think": "high"])
                )
                #expect(engine.lastInference["think"] == "high")
                let thoughts = stream.frames.compactMap { $0.json["thinking"]?.string }
                #expect(thoughts.joined() == "The capital of France is Paris.\n")
                #expect(stream.streamedText == "Paris.")

                let off = try await service.client.post("/api/v1/chat", Stage.chat("smollm2-think", ["think": false]))
                #expect(off.json?["message"]?["thinking"] == .null)
                #expect(engine.lastInference["think"] == false)
            }
            try await Stage.llama { service, engine in
                _ = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["think": false]))
                #expect(engine.lastInference["chat_template_kwargs"] == ["enable_thinking": false])
                _ = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", ["think": "low"]))
                #expect(engine.lastInference["reasoning_effort"] == "low")
            }
        }

        @Test("Formats reach either engine in its own form, whichever field the caller uses")
        func formats() async throws {
            let schema: JSON = ["type": "object", "properties": ["name": ["type": "string"]], "required": ["name"]]
            let spellings: [([String: JSON], JSON, JSON)] = [
                (["format": "json"], "json", ["type": "json_object"]),
                (["response_format": ["type": "json_object"]], "json", ["type": "json_object"]),
                (
                    ["format": schema], schema,
                    ["type": "json_schema", "json_schema": ["name": "answer", "schema": schema]]
                ),
                (
                    ["response_format": ["type": "json_schema", "json_schema": ["name": "x", "schema": schema]]],
                    schema,
                    ["type": "json_schema", "json_schema": ["name": "answer", "schema": schema]]
                ),
            ]
            try await Stage.ollama { service, engine in
                for (fields, expected, _) in spellings {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", fields))
                    #expect(answer.status == 200, "\(answer)")
                    #expect(engine.lastInference["format"] == expected)
                    let content = try #require(answer.json?["message"]?["content"]?.string)
                    let object = try JSON(parsing: content)
                    #expect(object["name"] != nil)
                }
                _ = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat("smollm2", ["response_format": ["type": "text"]])
                )
                #expect(engine.lastInference["format"] == nil)
            }
            try await Stage.llama { service, engine in
                for (fields, _, expected) in spellings {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", fields))
                    #expect(answer.status == 200, "\(answer)")
                    #expect(engine.lastInference["response_format"] == expected)
                }
            }
        }

        @Test("Probabilities come back in answers and in frames")
        func logprobs() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 4) }) { service, _ in
                let fields: [String: JSON] = ["logprobs": true, "top_logprobs": 2]
                for (path, body) in [
                    ("/api/v1/chat", Stage.chat("smollm2", fields)),
                    ("/api/v1/generate", Stage.body("smollm2", fields)),
                ] {
                    let whole = try await service.client.post(path, body)
                    let entries = whole.json?["logprobs"]?.elements ?? []
                    #expect(entries.count == 4, "\(whole)")
                    #expect(entries.allSatisfy { $0["top_logprobs"]?.elements.count == 2 && $0["logprob"] != nil })
                }
                let stream = try await service.client.post("/api/v1/chat", Stage.chat("smollm2", stream: true, fields))
                let entries = stream.frames.flatMap { $0.json["logprobs"]?.elements ?? [] }
                #expect(entries.count == 4, "\(stream)")
            }
        }
    }
}

extension Stage {
    fileprivate static func body(_ model: String, _ extra: [String: JSON]) -> JSON {
        self.body(model, stream: false, extra)
    }
    fileprivate static func chat(_ model: String, _ extra: [String: JSON]) -> JSON {
        self.chat(model, stream: false, extra)
    }
}
