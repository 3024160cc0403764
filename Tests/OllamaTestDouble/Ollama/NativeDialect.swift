/// Ollama's own API: one JSON object a line.
struct NativeDialect: Dialect {
    let request: InferenceRequest

    var streamHeaders: [HeaderField] { [.lines] }
    var wholeHeaders: [HeaderField] { [.json] }

    func frames(for delta: Delta, index: Int, generation: Generation) -> [String] {
        var line = head(delta: delta)
        line = line.adding("done", false)
        if request.logprobs, case .content(let token) = delta {
            line = line.adding("logprobs", [Logprobs.entry(token, generation.fingerprint, top: request.topLogprobs)])
        }
        return [line.encoded() + "\n"]
    }

    func closing(_ summary: AnswerSummary) -> [String] {
        let line = head(delta: .content("")).adding("done", true)
        return [ending(line, summary, withLogprobs: false).encoded() + "\n"]
    }

    func whole(_ summary: AnswerSummary) -> String {
        let generation = summary.generation
        var line: JSONValue = ["model": .string(request.modelName), "created_at": .string(WallClock.now.rfc3339)]
        let thinking = generation.thinking.count == 0 ? nil : JSONValue.string(generation.thinking.text)
        let calls = generation.toolCalls.isEmpty ? nil : JSONValue.array(generation.toolCalls.map(Self.call))
        if request.isChat {
            let message: JSONValue = ["role": "assistant", "content": .string(generation.content.text)]
            line = line.adding("message", message.adding("thinking", thinking).adding("tool_calls", calls))
        } else {
            line = line.adding("response", .string(generation.content.text)).adding("thinking", thinking)
        }
        return ending(line.adding("done", true), summary, withLogprobs: true).encoded()
    }

    func loaded(modelName: String, reason: String) -> String? {
        head(delta: .content("")).adding("done", true).adding("done_reason", .string(reason)).encoded()
    }

    func broken(by error: EngineError, generation: Generation) -> [String] {
        [(["error": .string(error.message)] as JSONValue).encoded() + "\n"]
    }

    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) { Self.failure(error) }

    static func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) {
        ([.json], (["error": .string(error.message)] as JSONValue).encoded())
    }

    private func head(delta: Delta) -> JSONValue {
        let line: JSONValue = ["model": .string(request.modelName), "created_at": .string(WallClock.now.rfc3339)]
        guard request.isChat else {
            switch delta {
            case .thinking(let text): return line.adding("response", "").adding("thinking", .string(text))
            case .content(let text): return line.adding("response", .string(text))
            case .toolCall: return line.adding("response", "")
            }
        }
        var message: JSONValue = ["role": "assistant"]
        switch delta {
        case .thinking(let text): message = message.adding("content", "").adding("thinking", .string(text))
        case .content(let text): message = message.adding("content", .string(text))
        case .toolCall(let call): message = message.adding("content", "").adding("tool_calls", [Self.call(call)])
        }
        return line.adding("message", message)
    }

    private func ending(_ line: JSONValue, _ summary: AnswerSummary, withLogprobs: Bool) -> JSONValue {
        let generation = summary.generation
        var line = line.adding("done_reason", .string(generation.stopReason))
        if !request.isChat, !request.isRaw { line = line.adding("context", Self.context(generation)) }
        let logprobs =
            request.logprobs && withLogprobs
            ? JSONValue.array(Logprobs.entries(generation, top: request.topLogprobs)) : nil
        if request.isChat { line = line.adding("logprobs", logprobs) }
        line =
            line
            .adding("total_duration", .integer(summary.total.nanoseconds))
            .adding("load_duration", .integer(summary.load.nanoseconds))
            .adding("prompt_eval_count", .integer(generation.promptTokens))
            .adding("prompt_eval_duration", .integer(max(1, summary.prompt.nanoseconds)))
            .adding("eval_count", .integer(generation.tokens))
            .adding("eval_duration", .integer(max(1, summary.evaluation.nanoseconds)))
        return request.isChat ? line : line.adding("logprobs", logprobs)
    }

    /// The tokens of prompt and answer, as the old API hands them back.
    private static func context(_ generation: Generation) -> JSONValue {
        let count = min(generation.promptTokens + generation.tokens, 100_000)
        return .array((0..<count).map { .integer(generation.fingerprint.number(at: $0, below: 49_152)) })
    }

    private static func call(_ call: Generation.ToolCall) -> JSONValue {
        [
            "id": .string(call.id),
            "function": ["index": 0, "name": .string(call.name), "arguments": call.arguments],
        ]
    }
}

/// Probabilities of tokens, invented but stable.
enum Logprobs {
    static func entry(_ token: String, _ fingerprint: Fingerprint, top: Int) -> JSONValue {
        let entry = single(token, fingerprint, 0)
        guard top > 0 else { return entry }
        let others = (0..<top).map { single($0 == 0 ? token : " other\($0)", fingerprint, $0) }
        return entry.adding("top_logprobs", .array(others))
    }

    static func entries(_ generation: Generation, top: Int) -> [JSONValue] {
        (0..<generation.content.count).map { entry(generation.content[$0], generation.fingerprint, top: top) }
    }

    private static func single(_ token: String, _ fingerprint: Fingerprint, _ rank: Int) -> JSONValue {
        [
            "token": .string(token),
            "logprob": .number(-0.25 - Double(rank) - Double(fingerprint.number(at: token.count, below: 100)) / 256),
            "bytes": .array(token.utf8.map { .integer(Int($0)) }),
        ]
    }
}
