/// An answer that was decided before its first token: what the engine will say, and why it stops.
struct Generation: Sendable {
    struct ToolCall: Sendable {
        var id: String
        var name: String
        var arguments: JSONValue
    }

    var promptTokens: Int
    var thinking: TokenSource
    var content: TokenSource
    var toolCalls: [ToolCall] = []
    /// Tokens that the runner made, those of a call included.
    var tokens: Int
    var stopReason: String
    var fingerprint: Fingerprint

    /// Decides the answer; the template adds so many tokens to the prompt, and so many fit the runner's context.
    init(
        _ request: InferenceRequest,
        model: ModelDescription,
        profile: GenerationProfile,
        template: Int,
        context: Int
    ) {
        let context = max(1, context)
        let seed = request.options?["seed"]?.int ?? 0
        fingerprint = Fingerprint("\(model.name)\n\(request.prompt)\n\(seed)")
        let counted = Tokenizer.count(request.prompt) + template
        promptTokens = profile.promptTokens ?? (counted > context ? context / 2 + 2 : counted)
        thinking = .fixed([])
        content = .fixed([])
        stopReason = "stop"
        tokens = 0

        let limit = Self.limit(request, promptTokens: promptTokens, context: context)
        if let call = Self.call(request, model, profile, fingerprint) {
            toolCalls = [call]
            tokens = min(28, limit)
            return
        }
        if model.can(.thinking), request.think != .off {
            thinking = TokenSource.fixed(["The", " capital", " of", " France", " is", " Paris", ".", "\n"]).limited(
                to: limit
            )
        }
        let whole = Self.content(request, profile, fingerprint)
        content = whole.limited(to: max(0, limit - thinking.count))
        stopReason = content.count < whole.count ? "length" : "stop"
        if let stopped = Self.stopped(content, at: request.stops) {
            content = stopped
            stopReason = "stop"
        }
        tokens = thinking.count + content.count
    }

    private static func limit(_ request: InferenceRequest, promptTokens: Int, context: Int) -> Int {
        let limit = max(0, request.tokenLimit ?? .max)
        return request.shift == false ? min(limit, max(1, context - promptTokens)) : limit
    }

    private static func call(
        _ request: InferenceRequest,
        _ model: ModelDescription,
        _ profile: GenerationProfile,
        _ fingerprint: Fingerprint
    ) -> ToolCall? {
        guard let tool = request.tools.first else { return nil }
        let formatWantsCall = request.format?["properties"]?["arguments"] != nil
        guard profile.callsTools ?? formatWantsCall else { return nil }
        return ToolCall(
            id: "call_" + fingerprint.identifier(8),
            name: tool.name,
            arguments: SchemaSample.value(for: tool.parameters, fingerprint)
        )
    }

    private static func content(
        _ request: InferenceRequest,
        _ profile: GenerationProfile,
        _ fingerprint: Fingerprint
    ) -> TokenSource {
        if let text = profile.text { return .fixed(Tokenizer.pieces(of: text)) }
        switch request.format {
        case .string("json"):
            return .fixed(Tokenizer.pieces(of: (["name": "Mara", "age": 20] as JSONValue).encoded(.plain)))
        case .object?:
            let sample = SchemaSample.value(for: request.format ?? [:], fingerprint)
            return .fixed(Tokenizer.pieces(of: sample.encoded(.plain)))
        default:
            let natural = 8 + fingerprint.number(at: -1, below: 25)
            return .words(fingerprint, count: profile.tokenCount ?? natural, bytes: profile.bytesPerToken)
        }
    }

    /// The text before the first stop sequence; nil when none occurs.
    private static func stopped(_ source: TokenSource, at stops: [String]) -> TokenSource? {
        guard !stops.isEmpty, source.count <= 65_536 else { return nil }
        let text = source.text
        let ends = stops.filter { !$0.isEmpty }.compactMap { text.firstRange(of: $0)?.lowerBound }
        guard let end = ends.min() else { return nil }
        return .fixed(Tokenizer.pieces(of: String(text[..<end])))
    }
}
