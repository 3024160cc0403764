public import Domain

/// One item of a batch, as it is to be run.
public struct BatchItemRequest: Sendable {
    /// The path of the route of inference that the item would have come over by itself.
    public var path: String
    /// Its body.
    public var body: JSONObject
    /// The size of its body, in bytes.
    public var bodyBytes: Int
    /// Its name in logs, lists and its answer.
    public var requestID: RequestID
    /// Whose it is.
    public var project: Project
    /// How urgent it is.
    public var requestClass: RequestClass
    /// When nobody wants its answer any more, by the service's clock.
    public var deadline: MonotonicInstant?
    /// Whether nobody waits for the answer: it takes what others leave, and waits in line for as long as it has to.
    public var isBackground: Bool
    /// The place in a trace of whoever wants it; nil where there is none.
    public var trace: TraceContext?

    /// Creates a request.
    public init(
        path: String,
        body: JSONObject,
        bodyBytes: Int,
        requestID: RequestID,
        project: Project,
        requestClass: RequestClass = .batch,
        deadline: MonotonicInstant? = nil,
        isBackground: Bool = false,
        trace: TraceContext? = nil
    ) {
        self.trace = trace
        self.path = path
        self.body = body
        self.bodyBytes = bodyBytes
        self.requestID = requestID
        self.project = project
        self.requestClass = requestClass
        self.deadline = deadline
        self.isBackground = isBackground
    }
}

/// What an item was answered, in the dialect of its route.
public struct BatchItemAnswer: Sendable {
    /// The name under which it ran.
    public var requestID: RequestID
    /// The status that its route would have answered.
    public var status: Int
    /// The body: JSON.
    public var body: [UInt8]
    /// The tokens, where an engine came to its end.
    public var usage: TokenUsage?
    /// Why it failed; nil if it did not.
    public var error: ServiceError?

    /// Creates an answer.
    public init(
        requestID: RequestID,
        status: Int,
        body: [UInt8],
        usage: TokenUsage? = nil,
        error: ServiceError? = nil
    ) {
        self.requestID = requestID
        self.status = status
        self.body = body
        self.usage = usage
        self.error = error
    }
}

/// Runs items of batches as if each had come over its route: the port to the dialects.
public protocol BatchItemRunner: Sendable {
    /// The paths of the routes that items can be for.
    var paths: Set<String> { get }

    /// Runs an item to its end, through the scheduler and with a record of its own.
    ///
    /// It never fails: what goes wrong is its answer. Cancelling the task stops the engine, and the answer's error is
    /// ``Domain/ServiceError/callerLeft``.
    func run(_ item: BatchItemRequest) async -> BatchItemAnswer
}
