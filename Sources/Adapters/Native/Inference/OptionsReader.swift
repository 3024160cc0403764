import Domain

extension GenerationOptions {
    /// Reads the options of a native request; faults are noted by the reader.
    init(native reader: FieldReader) {
        self.init()
        self.temperature = reader.number("temperature", in: 0...2)
        self.topP = reader.number("top_p", in: 0...1)
        self.topK = reader.integer("top_k", in: 1...Int.max)
        self.minP = reader.number("min_p", in: 0...1)
        self.maxTokens = reader.integer("max_tokens", in: 1...Int.max)
        self.seed = reader.integer("seed", in: Int.min...Int.max)
        self.stop = reader.strings("stop", atMost: GenerationOptions.maximumStops)
        self.repeatPenalty = reader.number("repeat_penalty", in: 0...2)
        self.presencePenalty = reader.number("presence_penalty", in: -2...2)
        self.frequencyPenalty = reader.number("frequency_penalty", in: -2...2)
        self.contextLength = reader.integer("num_ctx", in: 1...Int.max)
        self.truncate = reader.bool("truncate")
        self.keepAlive = reader.keepAlive()
        self.think = GenerationOptions.think(reader)
        self.format = GenerationOptions.format(reader)
        self.logprobs = reader.bool("logprobs")
        self.topLogprobs = reader.integer("top_logprobs", in: 0...20)
    }

    private static func think(_ reader: FieldReader) -> Think? {
        switch reader.value("think") {
        case nil: return nil
        case .bool(let isEnabled): return .enabled(isEnabled)
        case .string: return reader.choice("think", as: Think.Level.self).map(Think.level)
        case let value?:
            reader.fault("think", "A boolean or 'low', 'medium', 'high', 'max' is expected, not \(value.kind).")
            return nil
        }
    }

    private static func format(_ reader: FieldReader) -> ResponseFormat? {
        let format = reader.value("format")
        let responseFormat = reader.value("response_format")
        if format != nil, responseFormat != nil {
            reader.fault("response_format", "Only one of 'format' and 'response_format' can be given.")
            return nil
        }
        if let format { return reader.made("format") { try ResponseFormat(ollama: format) } }
        return responseFormat.flatMap { value in
            reader.made("response_format") { try ResponseFormat(openAI: value) }
        }
    }
}
