import Testing

@testable import SharedOllamaClient

@Suite("Ollama's wire format")
struct OllamaWireTests {
    private let wire = OllamaWire()

    @Test("has sampling options in 'options', and no options where none is set")
    func options() throws {
        let plain = try self.wire.generate(GenerateRequest(model: "m", prompt: "p"), isStreamed: false)
        #expect(plain.body == ["model": "m", "prompt": "p", "stream": false])
        let options = GenerationOptions {
            $0.temperature = 0
            $0.maxTokens = 5
            $0.format = .schema(["type": "object"])
            $0.think = .off
            $0.keepAlive = .forever
        }
        let call = try self.wire.chat(ChatRequest(model: "m", "Hi", options: options), isStreamed: true)
        #expect(
            call.body == [
                "model": "m", "messages": [["role": "user", "content": "Hi"]], "format": ["type": "object"],
                "think": false, "keep_alive": -1, "options": ["temperature": 0.0, "num_predict": 5], "stream": true,
            ]
        )
    }

    @Test("has messages with pictures, thoughts, calls and answers of tools")
    func messages() throws {
        let call = ToolCall(id: "c1", name: "f", arguments: ["a": 1])
        let request = ChatRequest(
            model: "m",
            messages: [
                .user("Look", images: [[0xFF, 0xD8, 0xFF]]),
                ChatMessage(role: .assistant, content: "", thinking: "hm", toolCalls: [call]),
                .tool("sunny", answering: call),
            ]
        )
        #expect(
            try self.wire.chat(request, isStreamed: false).body?["messages"] == [
                ["role": "user", "content": "Look", "images": ["/9j/"]],
                [
                    "role": "assistant", "content": "", "thinking": "hm",
                    "tool_calls": [
                        ["id": "c1", "type": "function", "function": ["name": "f", "arguments": ["a": 1]]]
                    ],
                ],
                ["role": "tool", "content": "sunny", "tool_call_id": "c1", "tool_name": "f"],
            ]
        )
    }

    @Test("refuses what Ollama would leave out in silence, and what it needs")
    func refusals() throws {
        for choice in [ToolChoice.required, .named("f")] {
            let request = ChatRequest(model: "m", messages: [], tools: [Tool(name: "f")], toolChoice: choice)
            let error = #expect(throws: SharedOllamaError.self) { try self.wire.chat(request, isStreamed: false) }
            #expect(error?.code == .unsupportedField && error?.field == "tool_choice")
        }
        let error = #expect(throws: SharedOllamaError.self) { try self.wire.embed(EmbedRequest(["a"])) }
        #expect(error?.code == .invalidRequest && error?.field == "model")
        let none = ChatRequest(model: "m", messages: [], tools: [Tool(name: "f")], toolChoice: .none)
        #expect(try self.wire.chat(none, isStreamed: false).body?["tools"] == nil)
    }

    @Test(
        "makes Ollama's status and words into codes",
        arguments: [
            (404, "model 'nope' not found", "model_not_found"),
            (404, "model \"nope\" not found, try pulling it first", "model_not_found"),
            (404, "no such blob", "not_found"),
            (400, "registry.ollama.ai/library/smollm2:latest does not support tools", "unsupported_field"),
            (400, "unexpected EOF", "invalid_request"),
            (503, "server busy, please try again.  maximum pending requests exceeded", "queue_full"),
            (500, "an error was encountered while running the model: unexpected EOF", "engine_error"),
            (501, "this model does not support embeddings", "not_supported_by_engine"),
        ]
    )
    func codes(status: Int, message: String, code: String) {
        let error = self.wire.failure(status: status, body: ["error": .string(message)])
        #expect(error.code.rawValue == code && error.message == message && error.status == status)
    }

    @Test("reads a line with an error as one")
    func errorLine() throws {
        #expect(throws: SharedOllamaError(.engineError, "died")) { try self.wire.frame(["error": "died"]) }
    }

    @Test("does not take a line without 'done' for a piece of an answer")
    func notAPiece() {
        #expect(throws: SharedOllamaError.self) { try self.wire.frame(["message": ["content": "x"]]) }
        #expect(throws: SharedOllamaError.self) { try self.wire.frame(17) }
    }
}
