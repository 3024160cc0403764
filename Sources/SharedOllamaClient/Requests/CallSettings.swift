/// What is said of a call beside what is asked.
public struct CallSettings: Sendable, Hashable {
    /// How urgent a request is.
    ///
    /// The project's own priority is the highest that counts.
    public enum Priority: String, Sendable, Hashable {
        /// Somebody waits for it.
        case interactive
        /// Like most.
        case normal
        /// Nobody waits for it.
        case batch
    }

    /// How urgent it is (`X-Priority`); nil is the project's own.
    public var priority: Priority?
    /// How long the call may take, with all its attempts and all of its answer.
    ///
    /// The service ends the request by itself then (`X-Deadline-Ms`); an Ollama that is called directly is left, in a stream
    /// with the first piece after that. Either is the error ``SharedOllamaError/Code/deadlineExceeded``.
    public var deadline: Duration?
    /// Under which id the call is known (`X-Request-ID`): 1 to 128 of `[A-Za-z0-9._:-]`; nil makes one.
    public var requestID: String?
    /// A name under which the service does the request once, however often it is sent (`Idempotency-Key`).
    ///
    /// With it the client tries again after a lost connection as well. The answer is kept by the service; whoever does not
    /// want that leaves it nil. An Ollama that is called directly knows nothing like it: there it changes nothing.
    public var idempotencyKey: String?

    /// What is said of a call.
    public init(
        priority: Priority? = nil,
        deadline: Duration? = nil,
        requestID: String? = nil,
        idempotencyKey: String? = nil
    ) {
        self.priority = priority
        self.deadline = deadline
        self.requestID = requestID
        self.idempotencyKey = idempotencyKey
    }
}
