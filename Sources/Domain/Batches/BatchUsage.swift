/// The tokens of all items of a batch together.
public struct BatchUsage: Sendable, Hashable {
    /// Tokens of prompts, cached ones included.
    public var input = 0
    /// Those of them that engines still knew.
    public var cached = 0
    /// Tokens of answers, thinking included.
    public var output = 0
    /// Those of them that were thinking.
    public var reasoning = 0

    /// Starts with none.
    public init() {}

    /// Adds what one item took.
    public mutating func add(_ usage: TokenUsage) {
        self.input += usage.promptTokens
        self.cached += usage.cachedTokens ?? 0
        self.output += usage.completionTokens
        self.reasoning += usage.reasoningTokens ?? 0
    }
}
