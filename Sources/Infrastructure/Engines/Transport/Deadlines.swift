/// How long an engine may take, by phase.
public struct EngineDeadlines: Sendable {
    /// To accept a connection.
    public var connect: Duration
    /// To the first event, while the model was not loaded when the request was sent.
    public var load: Duration
    /// To the first event of a model that was loaded.
    public var firstToken: Duration
    /// Between two pieces of the answer.
    public var idle: Duration
    /// From the request to the end of the answer.
    public var total: Duration
    /// For the whole answer to a short question: a probe, a list, a count of tokens.
    public var probe: Duration
    /// Between two signs of life of an engine that fetches, makes or sends a model.
    public var modelIdle: Duration

    /// Creates deadlines.
    public init(
        connect: Duration,
        load: Duration,
        firstToken: Duration,
        idle: Duration,
        total: Duration,
        probe: Duration = .seconds(3),
        modelIdle: Duration = .seconds(600)
    ) {
        self.connect = connect
        self.load = load
        self.firstToken = firstToken
        self.idle = idle
        self.total = total
        self.probe = probe
        self.modelIdle = modelIdle
    }
}

/// What went wrong on the way to an engine, before it is told in the caller's words.
enum TransportFailure: Error, Equatable {
    /// Which deadline passed.
    enum Deadline: String {
        case load
        case firstToken = "first_token"
        case idle
        case total
        case probe
    }

    /// No connection could be made, or one broke before a byte of the answer was seen.
    case unreachable
    /// The connection broke in the middle of the answer.
    case broken(String)
    /// The bytes were not HTTP.
    case malformed(String)
    /// The engine was too slow.
    case timedOut(Deadline)
}
