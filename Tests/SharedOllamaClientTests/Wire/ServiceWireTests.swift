import Testing

@testable import SharedOllamaClient

@Suite("The service's wire format")
struct ServiceWireTests {
    private let wire = ServiceWire(key: "so_x", project: "search")

    @Test("has every option under the service's name, and nothing that was not set")
    func options() throws {
        let plain = try self.wire.chat(ChatRequest("Hi"), isStreamed: false)
        #expect(plain.path == "/api/v1/chat")
        #expect(plain.body == ["messages": [["role": "user", "content": "Hi"]], "stream": false])
        let full = GenerationOptions {
            $0.temperature = 0
            $0.topP = 0.5
            $0.topK = 3
            $0.minP = 0.1
            $0.seed = 0
            $0.maxTokens = 9
            $0.stop = ["x"]
            $0.repeatPenalty = 1.1
            $0.presencePenalty = -1
            $0.frequencyPenalty = 1
            $0.contextLength = 2048
            $0.truncate = false
            $0.format = .json
            $0.think = .level("high")
            $0.keepAlive = .duration(.seconds(90))
        }
        let request = GenerateRequest(model: "m", prompt: "p", system: "s", options: full)
        let call = try self.wire.generate(request, isStreamed: true)
        #expect(
            call.body == [
                "model": "m", "prompt": "p", "system": "s", "format": "json", "think": "high", "keep_alive": 90.0,
                "truncate": false, "temperature": 0.0, "top_p": 0.5, "top_k": 3, "min_p": 0.1, "seed": 0,
                "max_tokens": 9, "stop": ["x"], "repeat_penalty": 1.1, "presence_penalty": -1.0,
                "frequency_penalty": 1.0, "num_ctx": 2048, "stream": true,
            ]
        )
    }

    @Test(
        "has the choice of tools as OpenAI's API has it",
        arguments: [
            (.auto, nil), (.none, "none"), (.required, "required"),
            (.named("f"), ["type": "function", "function": ["name": "f"]]),
        ] as [(ToolChoice, JSONValue?)]
    )
    func toolChoice(choice: ToolChoice, value: JSONValue?) throws {
        let request = ChatRequest(messages: [], tools: [Tool(name: "f")], toolChoice: choice)
        #expect(try self.wire.chat(request, isStreamed: false).body?["tool_choice"] == value)
    }

    @Test("shows key, project, class, deadline and idempotency key as headers")
    func headers() {
        let settings = CallSettings(priority: .batch, deadline: .seconds(9), idempotencyKey: "once")
        let fields = self.wire.headers(settings, deadline: .milliseconds(1500.2)).map { "\($0.name): \($0.value)" }
        #expect(
            fields == [
                "Authorization: Bearer so_x", "X-Project-Name: search", "X-Priority: batch", "X-Deadline-Ms: 1501",
                "Idempotency-Key: once",
            ]
        )
        #expect(ServiceWire(key: nil, project: nil).headers(CallSettings(), deadline: nil).isEmpty)
    }

    @Test("tells problem details as errors with the service's own codes")
    func problem() throws {
        let body = try JSONValue(
            parsing: #"""
                {"title":"Unprocessable","status":422,"detail":"/temperature: too hot","code":"some_new_code","request_id":"r1",
                "errors":[{"pointer":"/temperature","detail":"too hot"}],"retry_after_seconds":3}
                """#
        )
        let error = self.wire.failure(status: 422, body: body)
        #expect(error.code == SharedOllamaError.Code(rawValue: "some_new_code") && error.status == 422)
        #expect(error.field == "/temperature" && error.requestID == "r1" && error.retryAfter == .seconds(3))
        #expect("\(error)" == "some_new_code (422): /temperature: too hot [request r1]")
    }

    @Test(
        "tells what a proxy before the service answers by its status",
        arguments: [
            (502, "engine_error"), (401, "unauthenticated"), (413, "request_too_large"), (503, "engine_unavailable"),
        ]
    )
    func proxy(status: Int, code: String) {
        #expect(self.wire.failure(status: status, body: nil).code.rawValue == code)
    }

    @Test("reads a frame with an error as that error, whatever its code")
    func errorFrame() throws {
        let frame = try JSONValue(
            parsing: #"{"chunk":"","done":true,"error":"gone","code":"engine_error","request_id":"r"}"#
        )
        #expect(throws: SharedOllamaError(.engineError, "gone")) { try self.wire.frame(frame) }
    }

    @Test("reads arguments that are a text with JSON, and keeps others as the model wrote them")
    func arguments() throws {
        let frame = try self.wire.frame(
            try JSONValue(
                parsing: #"""
                    {"chunk":"","done":false,"tool_calls":[{"id":"1","type":"function","function":{"name":"f",
                    "arguments":"{\"a\":1}"}},{"function":{"name":"g","arguments":"not json"}}]}
                    """#
            )
        )
        #expect(
            frame.events == [
                .toolCalls([
                    ToolCall(id: "1", name: "f", arguments: ["a": 1]), ToolCall(name: "g", arguments: "not json"),
                ])
            ]
        )
    }

    @Test("does not take an answer without its figures for one")
    func incomplete() throws {
        #expect(throws: SharedOllamaError.self) { try self.wire.frame(["message": ["content": "x"]]) }
        #expect(throws: SharedOllamaError.self) { try self.wire.frame([:]) }
    }
}
