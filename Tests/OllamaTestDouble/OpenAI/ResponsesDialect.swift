/// `/v1/responses` as Ollama writes it: whole answers in the order of a struct, events in the order of a map.
struct ResponsesDialect: Dialect {
    let request: InferenceRequest
    let body: JSONValue
    private let created = WallClock.now.seconds
    private var sequence = 0
    private var thinking = ""
    private var hasMessage = false

    init(request: InferenceRequest, body: JSONValue) {
        self.request = request
        self.body = body
    }

    var streamHeaders: [HeaderField] { [.noCache, .events] }
    var wholeHeaders: [HeaderField] { [.bareJSON] }

    // MARK: Stream

    mutating func opening(_ generation: Generation) -> [String] {
        let response = envelope(generation, status: "in_progress", output: [], usage: .null, completed: .null)
        return [
            event("response.created", ["response": response]), event("response.in_progress", ["response": response]),
        ]
    }

    mutating func frames(for delta: Delta, index: Int, generation: Generation) -> [String] {
        switch delta {
        case .thinking(let text): return thought(text, generation)
        case .toolCall: return []
        case .content(let text):
            var frames = hasMessage ? [] : endThought(generation) + beginMessage(generation)
            hasMessage = true
            frames.append(
                event(
                    "response.output_text.delta",
                    [
                        "content_index": 0, "delta": .string(text), "item_id": .string(messageID(generation)),
                        "logprobs": [], "output_index": .integer(messageIndex),
                    ]
                )
            )
            return frames
        }
    }

    mutating func closing(_ summary: AnswerSummary) -> [String] {
        let generation = summary.generation
        var frames: [String] = []
        if hasMessage { frames += endMessage(generation) }
        for call in generation.toolCalls {
            let item = Self.call(call, generation)
            frames.append(event("response.output_item.added", ["item": item, "output_index": 0]))
            frames.append(event("response.output_item.done", ["item": item, "output_index": 0]))
        }
        let response = envelope(
            generation,
            status: "completed",
            output: output(generation),
            usage: Self.usage(generation),
            completed: .integer(created)
        )
        frames.append(event("response.completed", ["response": response]))
        return frames
    }

    func broken(by error: EngineError, generation: Generation) -> [String] { [] }

    private mutating func event(_ name: String, _ fields: JSONValue) -> String {
        defer { sequence += 1 }
        let value = fields.adding("sequence_number", .integer(sequence)).adding("type", .string(name)).sortedByKey
        return "event: \(name)\ndata: \(value.encoded())\n\n"
    }

    private var messageIndex: Int { thinking.isEmpty ? 0 : 1 }

    private mutating func thought(_ text: String, _ generation: Generation) -> [String] {
        var frames: [String] = []
        let id = JSONValue.string("rs_" + responseID(generation))
        if thinking.isEmpty {
            let item: JSONValue = ["id": id, "summary": [], "type": "reasoning"]
            frames.append(event("response.output_item.added", ["item": item, "output_index": 0]))
        }
        thinking += text
        let fields: JSONValue = ["delta": .string(text), "item_id": id, "output_index": 0, "summary_index": 0]
        return frames + [event("response.reasoning_summary_text.delta", fields)]
    }

    private mutating func endThought(_ generation: Generation) -> [String] {
        guard !thinking.isEmpty else { return [] }
        let id = JSONValue.string("rs_" + responseID(generation))
        let text = JSONValue.string(thinking)
        let item: JSONValue = [
            "encrypted_content": text, "id": id, "summary": [["text": text, "type": "summary_text"]],
            "type": "reasoning",
        ]
        let done: JSONValue = ["item_id": id, "output_index": 0, "summary_index": 0, "text": text]
        return [
            event("response.reasoning_summary_text.done", done),
            event("response.output_item.done", ["item": item, "output_index": 0]),
        ]
    }

    private mutating func beginMessage(_ generation: Generation) -> [String] {
        let id = JSONValue.string(messageID(generation))
        let index = JSONValue.integer(messageIndex)
        let item: JSONValue = [
            "content": [], "id": id, "role": "assistant", "status": "in_progress", "type": "message",
        ]
        let part: JSONValue = ["annotations": [], "logprobs": [], "text": "", "type": "output_text"]
        return [
            event("response.output_item.added", ["item": item, "output_index": index]),
            event(
                "response.content_part.added",
                ["content_index": 0, "item_id": id, "output_index": index, "part": part]
            ),
        ]
    }

    private mutating func endMessage(_ generation: Generation) -> [String] {
        let id = JSONValue.string(messageID(generation))
        let index = JSONValue.integer(messageIndex)
        let text = JSONValue.string(generation.content.text)
        let part: JSONValue = ["annotations": [], "logprobs": [], "text": text, "type": "output_text"]
        return [
            event(
                "response.output_text.done",
                ["content_index": 0, "item_id": id, "logprobs": [], "output_index": index, "text": text]
            ),
            event(
                "response.content_part.done",
                ["content_index": 0, "item_id": id, "output_index": index, "part": part]
            ),
            event("response.output_item.done", ["item": message(generation), "output_index": index]),
        ]
    }

    // MARK: Whole

    func whole(_ summary: AnswerSummary) -> String {
        let generation = summary.generation
        let response = envelope(
            generation,
            status: "completed",
            output: output(generation),
            usage: Self.usage(generation),
            completed: .integer(created)
        )
        return response.encoded() + "\n"
    }

    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) { OpenAIErrors.failure(error) }

    private func envelope(
        _ generation: Generation,
        status: JSONValue,
        output: JSONValue,
        usage: JSONValue,
        completed: JSONValue
    ) -> JSONValue {
        [
            "id": .string(responseID(generation)),
            "object": "response",
            "created_at": .integer(created),
            "completed_at": completed,
            "status": status,
            "incomplete_details": .null,
            "model": .string(request.modelName),
            "previous_response_id": .null,
            "instructions": body["instructions"] ?? .null,
            "output": output,
            "error": .null,
            "tools": .array((body["tools"]?.elements ?? []).map(Self.tool)),
            "tool_choice": "auto",
            "truncation": "disabled",
            "parallel_tool_calls": true,
            "text": body["text"] ?? ["format": ["type": "text"]],
            "top_p": body["top_p"] ?? 1,
            "presence_penalty": 0,
            "frequency_penalty": 0,
            "top_logprobs": 0,
            "temperature": body["temperature"] ?? 1,
            "reasoning": body["reasoning"] ?? .null,
            "usage": usage,
            "max_output_tokens": body["max_output_tokens"] ?? .null,
            "max_tool_calls": .null,
            "store": false,
            "background": false,
            "service_tier": "default",
            "metadata": [:],
            "safety_identifier": .null,
            "prompt_cache_key": .null,
        ]
    }

    private func output(_ generation: Generation) -> JSONValue {
        var items: [JSONValue] = []
        if generation.thinking.count > 0 {
            let text = JSONValue.string(generation.thinking.text)
            items.append([
                "id": .string("rs_" + responseID(generation)), "type": "reasoning",
                "summary": [["type": "summary_text", "text": text]], "encrypted_content": text,
            ])
        }
        if generation.toolCalls.isEmpty {
            items.append(message(generation))
        } else {
            items += generation.toolCalls.map { Self.call($0, generation) }
        }
        return .array(items)
    }

    private func message(_ generation: Generation) -> JSONValue {
        let part: JSONValue = [
            "type": "output_text", "text": .string(generation.content.text), "annotations": [], "logprobs": [],
        ]
        return [
            "id": .string(messageID(generation)), "type": "message", "status": "completed", "role": "assistant",
            "content": [part],
        ]
    }

    private static func call(_ call: Generation.ToolCall, _ generation: Generation) -> JSONValue {
        [
            "id": .string("fc_resp_\(generation.fingerprint.number(at: -3, below: 999_999))_0"),
            "type": "function_call", "status": "completed", "call_id": .string(call.id),
            "name": .string(call.name), "arguments": .string(call.arguments.encoded()),
        ]
    }

    private static func tool(_ tool: JSONValue) -> JSONValue {
        [
            "type": tool["type"] ?? "function", "name": tool["name"] ?? "",
            "description": tool["description"] ?? .null, "strict": tool["strict"] ?? .null,
            "parameters": (tool["parameters"] ?? .null).sortedByKey,
        ]
    }

    private static func usage(_ generation: Generation) -> JSONValue {
        [
            "input_tokens": .integer(generation.promptTokens),
            "output_tokens": .integer(generation.tokens),
            "total_tokens": .integer(generation.promptTokens + generation.tokens),
            "input_tokens_details": ["cached_tokens": 0],
            "output_tokens_details": ["reasoning_tokens": 0],
        ]
    }

    private func responseID(_ generation: Generation) -> String {
        "resp_\(generation.fingerprint.number(at: -3, below: 999_999))"
    }

    private func messageID(_ generation: Generation) -> String {
        "msg_\(generation.fingerprint.number(at: -4, below: 999_999))"
    }
}
