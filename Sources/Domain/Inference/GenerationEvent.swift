/// One thing that an engine says while it generates.
public enum GenerationEvent: Sendable {
    /// A piece of the answer, usually one token.
    case text(JSONText)
    /// A piece of what the model thinks first.
    case thinking(JSONText)
    /// Whole tool calls.
    case toolCalls([ToolCall])
    /// The probabilities of the tokens that just passed: elements of a JSON array, as the engine wrote them.
    case logprobs(ArraySlice<UInt8>)
    /// A text's vector: a JSON array of numbers, as the engine wrote it. They come in the order of the texts.
    case embedding(ArraySlice<UInt8>)
    /// The end, with the true figures. Nothing follows.
    ///
    /// Apart, so that a token does not have room for it.
    indirect case finished(GenerationSummary)
}

/// What an engine says of a generation at its end.
public struct GenerationSummary: Sendable, Hashable {
    /// Why a generation ended.
    ///
    /// Open: engines have words of their own.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        /// The word, in Ollama's spelling.
        public let rawValue: String

        /// Creates a reason of a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The model came to an end, or to a stop string.
        public static let stop = Self(rawValue: "stop")
        /// The answer reached its longest length.
        public static let length = Self(rawValue: "length")
        /// The model asks for tools.
        public static let toolCalls = Self(rawValue: "tool_calls")
    }

    /// Tokens in and out.
    public let usage: TokenUsage
    /// How long the engine's phases took.
    public let timings: EngineTimings
    /// Why it ended.
    public let reason: Reason

    /// Creates a summary.
    public init(usage: TokenUsage, timings: EngineTimings, reason: Reason) {
        self.usage = usage
        self.timings = timings
        self.reason = reason
    }
}

/// The tokens of one request.
///
/// Nil where an engine does not count them.
public struct TokenUsage: Sendable, Hashable {
    /// Tokens of the prompt, cached ones included.
    public var promptTokens: Int
    /// Tokens of the answer, thinking included.
    public var completionTokens: Int
    /// Those tokens of the prompt that the engine still knew.
    public var cachedTokens: Int?
    /// Those tokens of the answer that were thinking.
    public var reasoningTokens: Int?

    /// Creates a usage.
    public init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil, reasoningTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedTokens = cachedTokens
        self.reasoningTokens = reasoningTokens
    }
}

/// How long the phases took, by the engine's own clock.
///
/// Nil where it does not say.
public struct EngineTimings: Sendable, Hashable {
    /// Everything.
    public var total: Duration?
    /// Loading the model.
    public var load: Duration?
    /// Reading the prompt.
    public var promptEvaluation: Duration?
    /// Writing the answer.
    public var generation: Duration?

    /// Creates timings.
    public init(
        total: Duration? = nil,
        load: Duration? = nil,
        promptEvaluation: Duration? = nil,
        generation: Duration? = nil
    ) {
        self.total = total
        self.load = load
        self.promptEvaluation = promptEvaluation
        self.generation = generation
    }
}
