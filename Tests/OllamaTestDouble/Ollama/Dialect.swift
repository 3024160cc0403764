/// One step of an answer that is streamed.
enum Delta {
    case thinking(String)
    case content(String)
    case toolCall(Generation.ToolCall)
}

/// What is known when an answer ends.
struct AnswerSummary {
    var generation: Generation
    var total: Duration
    var load: Duration
    var prompt: Duration
    var evaluation: Duration
}

/// The form that one API gives to the answers of a model.
protocol Dialect {
    var streamHeaders: [HeaderField] { get }
    var wholeHeaders: [HeaderField] { get }

    /// Frames before the first token.
    mutating func opening(_ generation: Generation) -> [String]
    /// The frame of one token.
    mutating func frames(for delta: Delta, index: Int, generation: Generation) -> [String]
    /// Frames after the last token.
    mutating func closing(_ summary: AnswerSummary) -> [String]
    /// The answer in one piece.
    func whole(_ summary: AnswerSummary) -> String
    /// What a request that only loads or unloads gets; nil where the API knows no such request.
    func loaded(modelName: String, reason: String) -> String?
    /// Whether a stream is ended properly after the death of the runner: Ollama outlives its runners.
    var survivesItsRunner: Bool { get }
    /// What is sent when the runner dies after the first token.
    mutating func broken(by error: EngineError, generation: Generation) -> [String]
    /// An error in the place of an answer.
    func failure(_ error: EngineError) -> (headers: [HeaderField], body: String)
}

extension Dialect {
    var survivesItsRunner: Bool { true }
    func opening(_ generation: Generation) -> [String] { [] }
    func loaded(modelName: String, reason: String) -> String? { nil }
}
