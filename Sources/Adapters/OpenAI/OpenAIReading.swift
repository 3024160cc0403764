import Domain

/// What an OpenAI route understood of a body.
struct OpenAIReading<Request: Sendable>: Sendable {
    /// The request itself.
    var request: Request
    /// Whether the caller wants the answer piece by piece.
    var isStreamed = false
    /// Whether a stream ends with the tokens used (`stream_options.include_usage`).
    var tellsUsage = false
    /// How many answers are wanted.
    var choices = 1
    /// The text that the answer begins with, where the caller wants its prompt back.
    var echo: String?
    /// Fields that only tune or label, and that mean nothing here.
    var ignored: [String] = []
}

extension FieldReader {
    /// Reads what all of OpenAI's generating routes share; unknown fields are ignored, as OpenAI's clients expect of
    /// servers that are not OpenAI's.
    ///
    /// Source: OpenAI's API reference; `top_k`, `min_p`, `repeat_penalty`, `num_ctx`, `keep_alive` and `think` are Ollama's
    /// and ours, and come by `extra_body`.
    func openAIOptions() -> GenerationOptions {
        var options = GenerationOptions()
        options.temperature = self.number("temperature", in: 0...2)
        options.topP = self.number("top_p", in: 0...1)
        options.presencePenalty = self.number("presence_penalty", in: -2...2)
        options.frequencyPenalty = self.number("frequency_penalty", in: -2...2)
        options.seed = self.integer("seed", in: Int.min...Int.max)
        options.stop = self.strings("stop", atMost: GenerationOptions.maximumStops)
        options.choices = self.integer("n", in: 1...GenerationOptions.maximumChoices)
        options.topK = self.integer("top_k", in: 1...Int.max)
        options.minP = self.number("min_p", in: 0...1)
        options.repeatPenalty = self.number("repeat_penalty", in: 0...2)
        options.contextLength = self.integer("num_ctx", in: 1...Int.max)
        options.keepAlive = self.keepAlive()
        options.truncate = self.bool("truncate")
        if let bias = self.value("logit_bias"), bias.object?.members.isEmpty != true {
            self.unsupported("logit_bias", "No engine can be asked for it.")
        }
        return options
    }

    /// Reads `stream` and `stream_options`.
    func openAIStreaming() -> (isStreamed: Bool, tellsUsage: Bool) {
        let isStreamed = self.bool("stream") ?? false
        let tellsUsage = self.object("stream_options") { $0.bool("include_usage") } ?? false
        return (isStreamed, tellsUsage)
    }

    /// Those of some fields that are there.
    func present(_ keys: [String]) -> [String] {
        keys.filter { self.value($0) != nil }
    }

    /// Reads OpenAI's `reasoning_effort`.
    func reasoningEffort(_ key: String = "reasoning_effort") -> Think? {
        switch self.string(key) {
        case nil: return nil
        case "none": return .enabled(false)
        case "minimal", "low": return .level(.low)
        case "medium": return .level(.medium)
        case "high": return .level(.high)
        case "xhigh", "max", "ultra": return .level(.max)
        case let word?:
            self.fault(key, "'\(word.prefix(64))' is not one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh'.")
            return nil
        }
    }

    /// Reads a model's name that has to be there.
    func requiredModel() -> ModelName? {
        guard self.string("model")?.isEmpty == false else {
            if self.value("model") == nil || self.value("model") == .string("") {
                self.fault("model", "model is required")
            }
            return nil
        }
        return self.model()
    }
}
