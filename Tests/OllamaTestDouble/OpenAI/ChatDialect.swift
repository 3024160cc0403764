/// `/v1/chat/completions` as Ollama writes it.
struct ChatDialect: Dialect {
    let request: InferenceRequest
    let includesUsage: Bool
    private let created = WallClock.now.seconds

    init(request: InferenceRequest, includesUsage: Bool) {
        self.request = request
        self.includesUsage = includesUsage
    }

    var streamHeaders: [HeaderField] { [.events] }
    var wholeHeaders: [HeaderField] { [.bareJSON] }

    func frames(for delta: Delta, index: Int, generation: Generation) -> [String] {
        var fields: JSONValue = index == 0 ? ["role": "assistant"] : [:]
        switch delta {
        case .thinking(let text): fields = fields.adding("content", "").adding("reasoning", .string(text))
        case .content(let text): fields = fields.adding("content", .string(text))
        case .toolCall(let call): fields = fields.adding("content", "").adding("tool_calls", [Self.call(call)])
        }
        var choice: JSONValue = ["index": 0, "delta": fields, "finish_reason": .null]
        if request.logprobs, case .content(let token) = delta {
            let entry = Logprobs.entry(token, generation.fingerprint, top: request.topLogprobs)
            choice = choice.adding("logprobs", ["content": [entry]])
        }
        return [event(chunk([choice], generation))]
    }

    func closing(_ summary: AnswerSummary) -> [String] {
        let generation = summary.generation
        let choice: JSONValue = ["index": 0, "delta": [:], "finish_reason": .string(reason(generation))]
        var text = event(chunk([choice], generation))
        if includesUsage { text += event(chunk([], generation).adding("usage", Self.usage(generation))) }
        // One write: Ollama's writer flushes only after the last line of the native handler.
        return [text + "data: [DONE]\n\n"]
    }

    func whole(_ summary: AnswerSummary) -> String {
        let generation = summary.generation
        var message: JSONValue = ["role": "assistant", "content": .string(generation.content.text)]
        if generation.thinking.count > 0 { message = message.adding("reasoning", .string(generation.thinking.text)) }
        if !generation.toolCalls.isEmpty {
            message = message.adding("tool_calls", .array(generation.toolCalls.map(Self.call)))
        }
        var choice: JSONValue = ["index": 0, "message": message, "finish_reason": .string(reason(generation))]
        if request.logprobs {
            let entries = Logprobs.entries(generation, top: request.topLogprobs)
            choice = choice.adding("logprobs", ["content": .array(entries)])
        }
        let answer = envelope("chat.completion", generation, model: request.modelName)
            .adding("choices", [choice])
            .adding("usage", Self.usage(generation))
        return answer.encoded() + "\n"
    }

    func broken(by error: EngineError, generation: Generation) -> [String] {
        let choice: JSONValue = ["index": 0, "delta": ["content": ""], "finish_reason": .null]
        return [event(envelope("chat.completion.chunk", generation, model: "").adding("choices", [choice]))]
    }

    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) { OpenAIErrors.failure(error) }

    static func usage(_ generation: Generation) -> JSONValue {
        [
            "prompt_tokens": .integer(generation.promptTokens),
            "completion_tokens": .integer(generation.tokens),
            "total_tokens": .integer(generation.promptTokens + generation.tokens),
        ]
    }

    private func reason(_ generation: Generation) -> String {
        generation.toolCalls.isEmpty ? generation.stopReason : "tool_calls"
    }

    private func envelope(_ object: String, _ generation: Generation, model: String) -> JSONValue {
        [
            "id": .string("chatcmpl-\(generation.fingerprint.number(at: -2, below: 999))"),
            "object": .string(object),
            "created": .integer(created),
            "model": .string(model),
            "system_fingerprint": "fp_ollama",
        ]
    }

    private func chunk(_ choices: JSONValue, _ generation: Generation) -> JSONValue {
        envelope("chat.completion.chunk", generation, model: request.modelName).adding("choices", choices)
    }

    private func event(_ value: JSONValue) -> String { "data: \(value.encoded())\n\n" }

    private static func call(_ call: Generation.ToolCall) -> JSONValue {
        [
            "id": .string(call.id),
            "index": 0,
            "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.arguments.encoded())],
        ]
    }
}
