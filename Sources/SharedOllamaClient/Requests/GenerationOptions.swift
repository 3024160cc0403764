/// How an answer is generated.
///
/// What is nil is left out of the request: the model's own defaults hold.
public struct GenerationOptions: Sendable, Hashable {
    /// How much chance there is, 0 to 2.
    public var temperature: Double?
    /// The most likely tokens that together have this probability, 0 to 1.
    public var topP: Double?
    /// So many of the most likely tokens, at least 1.
    public var topK: Int?
    /// Tokens with at least this part of the likeliest one's probability, 0 to 1.
    public var minP: Double?
    /// Where chance begins: equal seeds give equal answers.
    public var seed: Int?
    /// The most tokens of the answer, at least 1.
    public var maxTokens: Int?
    /// Texts that end the answer, up to 16.
    public var stop: [String]?
    /// How much repetition is punished, 0 to 2.
    public var repeatPenalty: Double?
    /// How much a token that has been there is punished, -2 to 2.
    public var presencePenalty: Double?
    /// How much a token is punished each time it has been there, -2 to 2.
    public var frequencyPenalty: Double?
    /// The context, in tokens.
    ///
    /// A larger one than the model is loaded with loads it anew, for everybody.
    public var contextLength: Int?
    /// False refuses a prompt that does not fit instead of cutting it.
    public var truncate: Bool?
    /// What the answer has to be.
    public var format: AnswerFormat?
    /// Whether the model thinks before it answers.
    public var think: Think?
    /// How long the model stays in memory after the answer.
    public var keepAlive: KeepAlive?

    /// Options of which none is set.
    public init() {}

    /// Options with those that are set in the body: `.init { $0.temperature = 0 }`.
    public init(_ change: (inout GenerationOptions) -> Void) {
        change(&self)
    }
}

/// What an answer has to be.
public enum AnswerFormat: Sendable, Hashable {
    /// Any JSON.
    case json
    /// JSON that follows a JSON schema.
    case schema(JSONValue)
}

/// Whether, and how hard, a model thinks before it answers.
public enum Think: Sendable, Hashable {
    /// Not at all.
    case off
    /// As it does.
    case on
    /// `low`, `medium`, `high` or `max`, by models that know levels.
    case level(String)
}

/// How long a model stays in memory.
public enum KeepAlive: Sendable, Hashable {
    /// So long; zero unloads it at once.
    case duration(Duration)
    /// As long as the engine runs.
    case forever
}
