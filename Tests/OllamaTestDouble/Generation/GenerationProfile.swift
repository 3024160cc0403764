/// How a model of a double generates.
///
/// Tests change it while the double runs; a request reads it once, at its start.
public struct GenerationProfile: Sendable, Equatable {
    /// Time from the place on the runner to the first token.
    public var promptTime: Duration
    /// Time between two tokens; zero is full speed.
    public var tokenPace: Duration
    /// Tokens of an answer, before the limits of the request; nil for a number that depends on the prompt.
    public var tokenCount: Int?
    /// Tokens that the prompt is said to have; nil to count them.
    public var promptTokens: Int?
    /// Bytes of each token; nil for words.
    public var bytesPerToken: Int?
    /// The whole answer, cut into tokens at its spaces; nil for a text that depends on the request.
    public var text: String?
    /// Whether a request with functions is answered with a call of the first; nil to call only when the format of the
    /// answer asks for it, as the small model of the recordings does.
    public var callsTools: Bool?

    /// A profile; the default answers at once.
    public init(
        promptTime: Duration = .zero,
        tokenPace: Duration = .zero,
        tokenCount: Int? = nil,
        promptTokens: Int? = nil,
        bytesPerToken: Int? = nil,
        text: String? = nil,
        callsTools: Bool? = nil
    ) {
        self.promptTime = promptTime
        self.tokenPace = tokenPace
        self.tokenCount = tokenCount
        self.promptTokens = promptTokens
        self.bytesPerToken = bytesPerToken
        self.text = text
        self.callsTools = callsTools
    }
}
