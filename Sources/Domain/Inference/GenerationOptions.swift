/// How to generate.
///
/// What a caller leaves out is nil and is left out upstream: the model's own default holds.
public struct GenerationOptions: Sendable, Hashable {
    /// 0 to 2; 0 is greedy.
    public var temperature: Double?
    /// 0 to 1.
    public var topP: Double?
    /// At least 1.
    public var topK: Int?
    /// 0 to 1.
    public var minP: Double?
    /// How many answers are wanted, 1 to ``maximumChoices``; nil is one.
    public var choices: Int?
    /// The longest answer, in tokens; at least 1.
    public var maxTokens: Int?
    /// Any integer; the same seed at the same options gives the same answer.
    public var seed: Int?
    /// At most ``maximumStops`` strings at which the answer ends.
    public var stop: [String]?
    /// 0 to 2.
    public var repeatPenalty: Double?
    /// −2 to 2.
    public var presencePenalty: Double?
    /// −2 to 2.
    public var frequencyPenalty: Double?
    /// The context length to load the model with, in tokens; at least 1.
    public var contextLength: Int?
    /// Whether a prompt that does not fit may be cut; nil is yes, and the answer says so.
    public var truncate: Bool?
    /// How long the engine keeps the model loaded afterwards.
    public var keepAlive: KeepAlive?
    /// Whether, or how hard, the model thinks first.
    public var think: Think?
    /// What the answer must look like.
    public var format: ResponseFormat?
    /// Whether to report each token's probability.
    public var logprobs: Bool?
    /// How many alternatives to report for each token; 0 to 20.
    public var topLogprobs: Int?

    /// The most stop strings in one request.
    public static let maximumStops = 16

    /// The most answers to one request.
    public static let maximumChoices = 16

    /// Options that leave everything to the model.
    public init() {}
}

/// How long an engine keeps a model in memory after a request.
///
/// Source: Ollama's API, `keep_alive`.
public enum KeepAlive: Sendable, Hashable {
    /// Seconds; negative is for ever and 0 unloads at once.
    case seconds(Double)
    /// A duration as Go writes it: `5m`, `1h30m`, `-1s`.
    case duration(String)

    /// Reads a duration by Go's grammar.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` if it is no such duration.
    public init(duration: String) throws {
        guard KeepAlive.isDuration(duration) else {
            throw ServiceError(.invalidRequest, "'\(duration.prefix(32))' is not a duration such as '5m' or '1h30m'.")
        }
        self = .duration(duration)
    }

    /// Go's units; micro is written with the micro sign or with the Greek letter.
    private static let units = ["ns", "us", "\u{B5}s", "\u{3BC}s", "ms", "s", "m", "h"]

    /// By bytes: many requests say how long their model is to stay.
    private static func isDuration(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) { return true }
        guard !rest.isEmpty, rest.count <= 64 else { return false }
        while !rest.isEmpty {
            let number = rest.prefix(while: KeepAlive.isPartOfNumber)
            let points = number.count { $0 == UInt8(ascii: ".") }
            guard points <= 1, number.count > points else { return false }
            rest = rest[number.endIndex...]
            guard let unit = KeepAlive.units.first(where: { KeepAlive.starts(rest, with: $0) }) else { return false }
            rest = rest.dropFirst(unit.utf8.count)
        }
        return true
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
    }

    /// Whether a unit stands next and ends there: "m" must not swallow the start of "ms".
    private static func starts(_ rest: Substring.UTF8View, with unit: String) -> Bool {
        guard rest.starts(with: unit.utf8) else { return false }
        return rest.dropFirst(unit.utf8.count).first.map(KeepAlive.isPartOfNumber) ?? true
    }
}

/// Whether, or how hard, a model thinks before it answers.
///
/// Source: Ollama's API, `think`.
public enum Think: Sendable, Hashable {
    /// How hard.
    public enum Level: String, Sendable, CaseIterable {
        /// A little.
        case low
        /// Some.
        case medium
        /// Much.
        case high
        /// As much as the model can.
        case max
    }

    /// Think, or do not.
    case enabled(Bool)
    /// Think this hard.
    case level(Level)
}
