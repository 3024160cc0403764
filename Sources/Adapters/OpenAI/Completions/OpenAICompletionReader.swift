import Domain

/// Reads the body of `POST /v1/completions`.
///
/// Source: OpenAI's API reference. A prompt is one text: engines apply the model's template to it, as Ollama does here.
enum OpenAICompletionReader {
    private static let ignored = ["user", "metadata", "store", "service_tier"]

    /// Reads a body.
    ///
    /// - Throws: ``ServiceError`` with every fault.
    static func read(_ body: JSONObject) throws -> OpenAIReading<GenerationRequest> {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let model = reader.requiredModel()
        let prompt = OpenAICompletionReader.prompt(reader)
        var options = reader.openAIOptions()
        options.maxTokens = reader.integer("max_tokens", in: 1...Int.max)
        if let count = reader.integer("logprobs", in: 0...20) {
            options.logprobs = true
            options.topLogprobs = count
        }
        let echo = reader.bool("echo") ?? false
        let (isStreamed, tellsUsage) = reader.openAIStreaming()
        if let suffix = reader.string("suffix"), !suffix.isEmpty {
            reader.unsupported(
                "suffix",
                "No engine can be asked for it here; POST /api/generate passes it to an Ollama."
            )
        }
        if let best = reader.integer("best_of", in: 1...Int.max), best > (options.choices ?? 1) {
            reader.unsupported("best_of", "Ask for as many answers with 'n'.")
        }
        let ignored = reader.present(OpenAICompletionReader.ignored)
        try faults.throwIfAny()
        guard let prompt else { throw ServiceError(.invalidPrompt, field: "/prompt", "The prompt is missing.") }
        return OpenAIReading(
            request: GenerationRequest(model: model, prompt: prompt, system: nil, options: options),
            isStreamed: isStreamed,
            tellsUsage: tellsUsage,
            choices: options.choices ?? 1,
            echo: echo ? prompt.text : nil,
            ignored: ignored
        )
    }

    private static func prompt(_ reader: FieldReader) -> Prompt? {
        let text: String?
        switch reader.value("prompt") {
        case .array(let elements)?:
            guard elements.count == 1, let only = elements[0].string else {
                reader.unsupported("prompt", "Only one text can be completed in a request; tokens cannot be.")
                return nil
            }
            text = only
        default: text = reader.requiredString("prompt")
        }
        return text.flatMap { text in reader.made("prompt") { try Prompt(text) } }
    }
}
