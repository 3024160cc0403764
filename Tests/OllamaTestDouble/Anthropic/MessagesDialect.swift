/// `/v1/messages` as Ollama writes it.
struct MessagesDialect: Dialect {
    private enum Block {
        case none
        case thinking
        case text
    }

    let request: InferenceRequest
    private var block = Block.none
    private var blockIndex = -1

    init(request: InferenceRequest) { self.request = request }

    var streamHeaders: [HeaderField] { [.noCache, .events] }
    var wholeHeaders: [HeaderField] { [.bareJSON] }

    func opening(_ generation: Generation) -> [String] {
        // The count of the input is an estimate here, and true only at the end of the stream.
        let estimate = max(1, request.prompt.utf8.count / 4)
        let message = head(generation)
            .adding("content", [])
            .adding("usage", ["input_tokens": .integer(estimate), "output_tokens": 0])
        return [Self.event("message_start", ["message": message])]
    }

    mutating func frames(for delta: Delta, index: Int, generation: Generation) -> [String] {
        switch delta {
        case .thinking(let text):
            let start = enter(.thinking, ["type": "thinking", "thinking": ""])
            return start + [blockDelta(["type": "thinking_delta", "thinking": .string(text)])]
        case .content(let text):
            let start = enter(.text, ["type": "text", "text": ""])
            return start + [blockDelta(["type": "text_delta", "text": .string(text)])]
        case .toolCall(let call):
            blockIndex += 1
            let content: JSONValue = [
                "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": [:],
            ]
            let json: JSONValue = ["type": "input_json_delta", "partial_json": .string(call.arguments.encoded())]
            return [
                Self.event("content_block_start", ["index": .integer(blockIndex), "content_block": content]),
                blockDelta(json),
                Self.event("content_block_stop", ["index": .integer(blockIndex)]),
            ]
        }
    }

    mutating func closing(_ summary: AnswerSummary) -> [String] {
        let delta: JSONValue = ["stop_reason": .string(reason(summary.generation))]
        return leave() + [
            Self.event("message_delta", ["delta": delta, "usage": Self.usage(summary.generation)]),
            Self.event("message_stop", [:]),
        ]
    }

    func whole(_ summary: AnswerSummary) -> String {
        let generation = summary.generation
        var content: [JSONValue] = []
        if generation.thinking.count > 0 {
            content.append(["type": "thinking", "thinking": .string(generation.thinking.text)])
        }
        if generation.content.count > 0 {
            content.append(["type": "text", "text": .string(generation.content.text)])
        }
        content += generation.toolCalls.map {
            ["type": "tool_use", "id": .string($0.id), "name": .string($0.name), "input": $0.arguments]
        }
        let answer = head(generation)
            .adding("content", .array(content))
            .adding("stop_reason", .string(reason(generation)))
            .adding("usage", Self.usage(generation))
        return answer.encoded() + "\n"
    }

    func broken(by error: EngineError, generation: Generation) -> [String] {
        let fields: JSONValue = ["error": ["type": "api_error", "message": .string(error.message)]]
        return [Self.event("error", fields)]
    }

    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) {
        MessagesRoute.failure(error, isStream: request.isStream)
    }

    private func reason(_ generation: Generation) -> String {
        if !generation.toolCalls.isEmpty { return "tool_use" }
        return generation.stopReason == "length" ? "max_tokens" : "end_turn"
    }

    private func head(_ generation: Generation) -> JSONValue {
        [
            "id": .string("msg_" + generation.fingerprint.identifier(24, alphabet: "0123456789abcdef")),
            "type": "message",
            "role": "assistant",
            "model": .string(request.modelName),
        ]
    }

    private mutating func enter(_ kind: Block, _ content: JSONValue) -> [String] {
        guard block != kind else { return [] }
        let stop = leave()
        block = kind
        blockIndex += 1
        return stop + [Self.event("content_block_start", ["index": .integer(blockIndex), "content_block": content])]
    }

    private mutating func leave() -> [String] {
        guard block != .none else { return [] }
        block = .none
        return [Self.event("content_block_stop", ["index": .integer(blockIndex)])]
    }

    private func blockDelta(_ delta: JSONValue) -> String {
        Self.event("content_block_delta", ["index": .integer(blockIndex), "delta": delta])
    }

    private static func usage(_ generation: Generation) -> JSONValue {
        ["input_tokens": .integer(generation.promptTokens), "output_tokens": .integer(generation.tokens)]
    }

    private static func event(_ name: String, _ fields: JSONValue) -> String {
        var value: JSONValue = ["type": .string(name)]
        for member in fields.members ?? [] { value = value.adding(member.key, member.value) }
        return "event: \(name)\ndata: \(value.encoded())\n\n"
    }
}
