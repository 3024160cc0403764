/// A wire format: how calls and answers look like.
protocol Wire: Sendable {
    /// How the pieces of a stream are framed.
    var framing: StreamFraming { get }
    /// The path that lists models.
    var modelsPath: String { get }
    /// The path that answers with success as soon as requests can be served.
    var readinessPath: String { get }

    /// The call that asks for an answer to a conversation.
    func chat(_ request: ChatRequest, isStreamed: Bool) throws(SharedOllamaError) -> WireCall
    /// The call that asks for a prompt to be continued.
    func generate(_ request: GenerateRequest, isStreamed: Bool) throws(SharedOllamaError) -> WireCall
    /// The call that asks for vectors.
    func embed(_ request: EmbedRequest) throws(SharedOllamaError) -> WireCall
    /// Header fields of a call that may still take as long as the deadline.
    func headers(_ settings: CallSettings, deadline: Duration?) -> [(name: String, value: String)]

    /// What a piece of a stream, or a whole answer, tells.
    func frame(_ value: JSONValue) throws(SharedOllamaError) -> WireFrame
    /// The vectors that an answer tells.
    func embeddings(_ value: JSONValue, requestID: String) throws(SharedOllamaError) -> ModelEmbeddings
    /// The models that an answer lists.
    func models(_ value: JSONValue) throws(SharedOllamaError) -> [ListedModel]
    /// The error that an answer tells; its body is nil where it is no JSON.
    func failure(status: Int, body: JSONValue?) -> SharedOllamaError
}

/// How the pieces of a stream are told apart.
enum StreamFraming: Sendable {
    /// Server-sent events (WHATWG HTML, 9.2).
    case events
    /// A JSON value a line.
    case lines
}

/// A call as it goes out.
struct WireCall: Sendable, Equatable {
    var path: String
    /// What is posted as JSON.
    var body: JSONValue?
    /// What is posted as a form.
    var form: UploadForm?
    /// Whether something is asked for that is not changed by it: then there is nothing to post.
    var isReading: Bool { self.body == nil && self.form == nil }
    /// Whether it is work for a model, of which only so much runs at a time.
    var isInference = true

    /// A call that gets something.
    static func get(_ path: String) -> WireCall { WireCall(path: path, body: nil, isInference: false) }
}

/// What a piece of an answer tells.
struct WireFrame: Sendable, Equatable {
    var events: [AnswerEvent] = []
    /// The figures at the end; nil before it.
    var end: AnswerFigures?
}

/// What is told of an answer at its end.
struct AnswerFigures: Sendable, Equatable {
    var model: String
    var doneReason: String
    var usage: TokenUsage
    var timings: AnswerTimings
    var warnings: [String]
}

/// Puts an answer together from its pieces.
struct AnswerAssembler: Sendable {
    private var message = ChatMessage(role: .assistant, content: "")

    /// Takes the next piece.
    mutating func take(_ event: AnswerEvent) {
        switch event {
        case .text(let text): self.message.content += text
        case .thinking(let text): self.message.thinking = (self.message.thinking ?? "") + text
        case .toolCalls(let calls): self.message.toolCalls += calls
        case .queued, .done: break
        }
    }

    /// The whole answer.
    func answer(_ figures: AnswerFigures, requestID: String) -> ModelAnswer {
        ModelAnswer(
            message: self.message,
            model: figures.model,
            requestID: requestID,
            doneReason: figures.doneReason,
            usage: figures.usage,
            timings: figures.timings,
            warnings: figures.warnings
        )
    }
}
