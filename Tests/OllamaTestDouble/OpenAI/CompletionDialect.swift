/// `/v1/completions` as Ollama writes it.
struct CompletionDialect: Dialect {
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
        guard case .content(let text) = delta else { return [] }
        return [event(chunk([choice(text, .null)], generation))]
    }

    func closing(_ summary: AnswerSummary) -> [String] {
        let generation = summary.generation
        var text = event(chunk([choice("", .string(generation.stopReason))], generation))
        if includesUsage { text += event(chunk([], generation, usage: ChatDialect.usage(generation))) }
        return [text + "data: [DONE]\n\n"]
    }

    func whole(_ summary: AnswerSummary) -> String {
        let generation = summary.generation
        let answer: JSONValue = [
            "id": .string(identifier(generation)),
            "object": "text_completion",
            "created": .integer(created),
            "model": .string(request.modelName),
            "system_fingerprint": "fp_ollama",
            "choices": [choice(generation.content.text, .string(generation.stopReason))],
            "usage": ChatDialect.usage(generation),
        ]
        return answer.encoded() + "\n"
    }

    func broken(by error: EngineError, generation: Generation) -> [String] {
        [event(chunk([choice("", .null)], generation))]
    }

    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) { OpenAIErrors.failure(error) }

    private func identifier(_ generation: Generation) -> String {
        "cmpl-\(generation.fingerprint.number(at: -2, below: 999))"
    }

    private func choice(_ text: String, _ reason: JSONValue) -> JSONValue {
        ["text": .string(text), "index": 0, "finish_reason": reason]
    }

    /// With usage asked for, Ollama sends an empty one on every chunk.
    private func chunk(_ choices: JSONValue, _ generation: Generation, usage: JSONValue? = nil) -> JSONValue {
        let empty: JSONValue = ["prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0]
        let chunk: JSONValue = [
            "id": .string(identifier(generation)),
            "object": "text_completion",
            "created": .integer(created),
            "choices": choices,
            "model": .string(request.modelName),
            "system_fingerprint": "fp_ollama",
        ]
        return includesUsage ? chunk.adding("usage", usage ?? empty) : chunk
    }

    private func event(_ value: JSONValue) -> String { "data: \(value.encoded())\n\n" }
}
