import Domain
import Testing

@Suite("Conversations and tools")
struct ChatRequestTests {
    private func message(_ content: String = "hi") throws -> ChatMessage {
        try ChatMessage(role: .user, content: content)
    }

    private func tool(_ name: String, _ parameters: JSONObject? = nil) throws -> Tool {
        try Tool(name: name, description: nil, parameters: parameters)
    }

    private func request(
        _ messages: [ChatMessage],
        tools: [Tool] = [],
        toolChoice: ToolChoice = .auto
    ) throws -> ChatRequest {
        try ChatRequest(
            model: nil,
            messages: messages,
            tools: tools,
            toolChoice: toolChoice,
            options: GenerationOptions()
        )
    }

    @Test("A conversation has at least one message")
    func empty() throws {
        let error = #expect(throws: ServiceError.self) { try self.request([]) }
        #expect(error?.faults.first?.pointer == "/messages")
        #expect(try self.request([try self.message()]).messages.count == 1)
    }

    @Test("The messages together may be as long as a prompt, counted in scalars", arguments: ["a", "é"])
    func length(_ scalar: String) throws {
        let half = try self.message(String(repeating: scalar, count: 500_000))
        _ = try self.request([half, half])
        let error = #expect(throws: ServiceError.self) { try self.request([half, half, try self.message("a")]) }
        #expect(error?.code == .invalidPrompt)
        #expect(error?.message.contains("1000001") == true)
    }

    @Test("No two tools have the same name")
    func sameNames() throws {
        let messages = [try self.message()]
        let error = #expect(throws: ServiceError.self) {
            try self.request(messages, tools: [try self.tool("a"), try self.tool("b"), try self.tool("a")])
        }
        #expect(error?.faults.first?.pointer == "/tools")
        #expect(try self.request(messages, tools: [try self.tool("a"), try self.tool("A")]).tools.count == 2)
    }

    @Test("A tool that must be called has to be among the tools")
    func toolChoice() throws {
        let messages = [try self.message()]
        let tools = [try self.tool("a")]
        for choice in [ToolChoice.auto, .none, .required, .named("a")] {
            #expect(try self.request(messages, tools: tools, toolChoice: choice).toolChoice == choice)
        }
        _ = try self.request(messages, toolChoice: .none)
        for (tools, choice) in [([], .required), ([], .named("a")), (tools, .named("b"))] as [([Tool], ToolChoice)] {
            let error = #expect(throws: ServiceError.self) {
                try self.request(messages, tools: tools, toolChoice: choice)
            }
            #expect(error?.faults.first?.pointer == "/tool_choice")
        }
    }

    @Test("Only an assistant calls tools, and only a tool's message refers to a call")
    func roles() throws {
        let call = ToolCall(id: "1", name: "a", arguments: "{}")
        _ = try ChatMessage(role: .assistant, content: "", toolCalls: [call])
        _ = try ChatMessage(role: .tool, content: "42", toolCallID: "1", toolName: "a")
        for role in [ChatMessage.Role.system, .user, .tool] {
            let error = #expect(throws: ServiceError.self) {
                try ChatMessage(role: role, content: "", toolCalls: [call])
            }
            #expect(error?.faults.first?.pointer == "/tool_calls")
        }
        for role in [ChatMessage.Role.system, .user, .assistant] {
            let error = #expect(throws: ServiceError.self) { try ChatMessage(role: role, content: "", toolCallID: "1") }
            #expect(error?.faults.first?.pointer == "/tool_call_id")
        }
    }

    @Test("A tool's name is 1 to 64 letters, digits, '_', '-' and '.'")
    func toolNames() throws {
        for name in ["a", "get_weather", "a.b-C_9", String(repeating: "a", count: 64)] {
            #expect(try self.tool(name).name == name)
        }
        for name in ["", " ", "a b", "é", "a/b", "a\n", String(repeating: "a", count: 65)] {
            let error = #expect(throws: ServiceError.self) { try self.tool(name) }
            #expect(error?.faults.first?.pointer == "/function/name")
        }
    }

    @Test("The parameters of a tool are those of an object, or nothing is said of them")
    func toolParameters() throws {
        _ = try self.tool("a", [:])
        _ = try self.tool("a", ["type": .string("object"), "properties": .object([:])])
        for type in [.string("array"), .string(""), .null, .array([.string("object")])] as [JSONValue] {
            let error = #expect(throws: ServiceError.self) { try self.tool("a", ["type": type]) }
            #expect(error?.faults.first?.pointer == "/function/parameters/type")
        }
    }
}
