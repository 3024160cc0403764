/// llama.cpp's form of OpenAI's API.
struct LlamaDialect: Dialect {
    let model: String
    let isChat: Bool
    let includesUsage: Bool
    let created = WallClock.now.seconds
    private let fingerprint = "b10488-unknown"

    init(model: String, isChat: Bool, includesUsage: Bool) {
        self.model = model
        self.isChat = isChat
        self.includesUsage = includesUsage
    }

    var streamHeaders: [HeaderField] { [HeaderField("X-Accel-Buffering", "no"), .events] }
    var wholeHeaders: [HeaderField] { [.json] }

    func opening(_ generation: Generation) -> [String] {
        isChat ? [chunk(delta: ["role": "assistant", "content": .null], reason: .null, generation)] : []
    }

    func frames(for delta: Delta, index: Int, generation: Generation) -> [String] {
        switch delta {
        case .thinking(let text): [chunk(delta: ["reasoning_content": .string(text)], reason: .null, generation)]
        case .content(let text) where isChat: [chunk(delta: ["content": .string(text)], reason: .null, generation)]
        case .content(let text): [textChunk(text, reason: .null, generation)]
        case .toolCall(let call): [chunk(delta: ["tool_calls": [tool(call)]], reason: .null, generation)]
        }
    }

    func closing(_ summary: AnswerSummary) -> [String] {
        let generation = summary.generation
        let reason = JSONValue.string(reason(generation))
        var frames = [
            isChat ? chunk(delta: [:], reason: reason, generation) : textChunk("", reason: reason, generation)
        ]
        if includesUsage {
            let last = envelope(choices: [], object: "chat.completion.chunk", generation)
                .adding("usage", usage(summary))
                .adding("timings", timings(summary))
            frames.append("data: \(last.encoded(.plain))\n\n")
        }
        return frames + ["data: [DONE]\n\n"]
    }

    func whole(_ summary: AnswerSummary) -> String {
        let generation = summary.generation
        let reason = JSONValue.string(reason(generation))
        var choice: JSONValue
        if isChat {
            var message: JSONValue = ["role": "assistant", "content": .string(generation.content.text)]
            if !generation.toolCalls.isEmpty {
                message = message.adding("tool_calls", .array(generation.toolCalls.map(tool)))
            }
            choice = ["finish_reason": reason, "index": 0, "message": message]
        } else {
            choice = [
                "text": .string(generation.content.text), "index": 0, "logprobs": .null, "finish_reason": reason,
            ]
        }
        let answer: JSONValue = [
            "choices": [choice],
            "created": .integer(created),
            "model": .string(model),
            "system_fingerprint": .string(fingerprint),
            "object": isChat ? "chat.completion" : "text_completion",
            "usage": usage(summary),
            "id": .string(identifier(generation)),
            "timings": timings(summary),
        ]
        return answer.encoded(.plain)
    }

    var survivesItsRunner: Bool { false }

    func broken(by error: EngineError, generation: Generation) -> [String] { [] }

    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) {
        ([.json], LlamaEngine.errorBody(error.status, error.message, "server_error").encoded(.plain))
    }

    private func reason(_ generation: Generation) -> String {
        generation.toolCalls.isEmpty ? generation.stopReason : "tool_calls"
    }

    private func identifier(_ generation: Generation) -> String {
        "chatcmpl-" + generation.fingerprint.identifier(32)
    }

    private func envelope(choices: JSONValue, object: String, _ generation: Generation) -> JSONValue {
        [
            "choices": choices,
            "created": .integer(created),
            "id": .string(identifier(generation)),
            "model": .string(model),
            "system_fingerprint": .string(fingerprint),
            "object": .string(object),
        ]
    }

    private func chunk(delta: JSONValue, reason: JSONValue, _ generation: Generation) -> String {
        let choice: JSONValue = ["finish_reason": reason, "index": 0, "delta": delta]
        return "data: \(envelope(choices: [choice], object: "chat.completion.chunk", generation).encoded(.plain))\n\n"
    }

    private func textChunk(_ text: String, reason: JSONValue, _ generation: Generation) -> String {
        let choice: JSONValue = ["text": .string(text), "index": 0, "logprobs": .null, "finish_reason": reason]
        return "data: \(envelope(choices: [choice], object: "text_completion", generation).encoded(.plain))\n\n"
    }

    private func tool(_ call: Generation.ToolCall) -> JSONValue {
        [
            "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.arguments.encoded(.plain))],
            "id": .string(call.id),
        ]
    }

    private func usage(_ summary: AnswerSummary) -> JSONValue {
        let generation = summary.generation
        return [
            "completion_tokens": .integer(generation.tokens),
            "prompt_tokens": .integer(generation.promptTokens),
            "total_tokens": .integer(generation.tokens + generation.promptTokens),
            "prompt_tokens_details": ["cached_tokens": 0],
        ]
    }

    private func timings(_ summary: AnswerSummary) -> JSONValue {
        let prompt = max(0.001, Double(summary.prompt.nanoseconds) / 1e6)
        let predicted = max(0.001, Double(summary.evaluation.nanoseconds) / 1e6)
        let promptCount = Double(max(1, summary.generation.promptTokens))
        let count = Double(max(1, summary.generation.tokens))
        return [
            "cache_n": 0,
            "prompt_n": .integer(summary.generation.promptTokens),
            "prompt_ms": .number(prompt),
            "prompt_per_token_ms": .number(prompt / promptCount),
            "prompt_per_second": .number(promptCount * 1000 / prompt),
            "predicted_n": .integer(summary.generation.tokens),
            "predicted_ms": .number(predicted),
            "predicted_per_token_ms": .number(predicted / count),
            "predicted_per_second": .number(count * 1000 / predicted),
        ]
    }
}
