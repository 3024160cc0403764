/// A wire format, as a test speaks it: the same wishes in its words, the same answers out of them.
enum Dialect: String, CaseIterable, Sendable {
    case native
    case ollama
    case openAI
    case responses
    case anthropic

    /// What is asked for.
    enum Wish: String, CaseIterable, Sendable {
        case text
        case tool
        case forcedTool
        case afterTool
        case thinking
        case schema
    }

    /// What was said, whoever's words it was said in.
    struct Said: Equatable {
        var text = ""
        var thinking = ""
        var tool: String?
        var arguments: JSON?
        /// `stop`, `length` or `tools`.
        var reason = ""
    }

    static let question = "What is the weather in Paris?"
    static let schema: JSON = [
        "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
    ]

    var path: String {
        switch self {
        case .native: "/api/v1/chat"
        case .ollama: "/api/chat"
        case .openAI: "/v1/chat/completions"
        case .responses: "/v1/responses"
        case .anthropic: "/v1/messages"
        }
    }

    /// Whether a wish can be said in this dialect at all.
    func has(_ wish: Wish) -> Bool {
        // Ollama has no word for it.
        !(self == .ollama && wish == .forcedTool)
    }

    // MARK: Requests

    func body(_ wish: Wish, model: String, stream: Bool) -> JSON {
        var fields: [String: JSON] = ["model": .string(model), "stream": .bool(stream)]
        fields[self == .responses ? "input" : "messages"] = .array(self.messages(wish))
        if self == .anthropic { fields["max_tokens"] = 4096 }
        switch wish {
        case .text: break
        case .tool, .afterTool: fields["tools"] = [self.tool]
        case .forcedTool:
            fields["tools"] = [self.tool]
            fields["tool_choice"] = self == .anthropic ? ["type": "any"] : "required"
        case .thinking: fields.merge(self.thinking) { $1 }
        case .schema: fields.merge(self.format) { $1 }
        }
        return .object(fields)
    }

    private func messages(_ wish: Wish) -> [JSON] {
        let question: JSON = ["role": "user", "content": .string(Self.question)]
        guard wish == .afterTool else { return [question] }
        let arguments = #"{"city":"Paris"}"#
        switch self {
        case .native, .openAI:
            let call: JSON = [
                "id": "call_1", "type": "function",
                "function": ["name": "get_weather", "arguments": .string(arguments)],
            ]
            return [
                question, ["role": "assistant", "content": nil, "tool_calls": [call]],
                ["role": "tool", "tool_call_id": "call_1", "content": "Sunny."],
            ]
        case .ollama:
            let call: JSON = [
                "id": "call_1", "function": ["index": 0, "name": "get_weather", "arguments": ["city": "Paris"]],
            ]
            return [
                question, ["role": "assistant", "content": "", "tool_calls": [call]],
                ["role": "tool", "tool_name": "get_weather", "tool_call_id": "call_1", "content": "Sunny."],
            ]
        case .responses:
            return [
                question,
                [
                    "type": "function_call", "call_id": "call_1", "name": "get_weather",
                    "arguments": .string(arguments),
                ],
                ["type": "function_call_output", "call_id": "call_1", "output": "Sunny."],
            ]
        case .anthropic:
            let call: JSON = [
                "type": "tool_use", "id": "call_1", "name": "get_weather", "input": ["city": "Paris"],
            ]
            let result: JSON = ["type": "tool_result", "tool_use_id": "call_1", "content": "Sunny."]
            return [question, ["role": "assistant", "content": [call]], ["role": "user", "content": [result]]]
        }
    }

    private var tool: JSON {
        let function: [String: JSON] = ["name": "get_weather", "description": "Tells the weather."]
        switch self {
        case .native, .ollama, .openAI:
            return [
                "type": "function", "function": .object(function.merging(["parameters": Self.schema]) { $1 }),
            ]
        case .responses: return .object(function.merging(["type": "function", "parameters": Self.schema]) { $1 })
        case .anthropic: return .object(function.merging(["input_schema": Self.schema]) { $1 })
        }
    }

    private var thinking: [String: JSON] {
        switch self {
        case .native, .ollama: ["think": "low"]
        case .openAI: ["reasoning_effort": "low"]
        case .responses: ["reasoning": ["effort": "low"]]
        case .anthropic: ["thinking": ["type": "enabled", "budget_tokens": 1024]]
        }
    }

    private var format: [String: JSON] {
        switch self {
        case .native, .ollama: ["format": Self.schema]
        case .openAI:
            [
                "response_format": [
                    "type": "json_schema", "json_schema": ["name": "place", "schema": Self.schema],
                ]
            ]
        case .responses:
            ["text": ["format": ["type": "json_schema", "name": "place", "schema": Self.schema]]]
        case .anthropic: ["output_config": ["format": ["type": "json_schema", "schema": Self.schema]]]
        }
    }
}
