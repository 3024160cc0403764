extension SharedOllamaError {
    /// What went wrong.
    ///
    /// The service's codes are passed on as they come (`docs/api.md` lists them), so that there may be others than those named
    /// here. Of an Ollama that is called directly, which has none, status and text are made into the same codes.
    public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The code as it is written.
        public let rawValue: String

        /// A code.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The code as it is written.
        public var description: String { self.rawValue }
    }
}

extension SharedOllamaError.Code {
    // MARK: What the other side says

    /// A field is missing or wrong.
    public static let invalidRequest = Self(rawValue: "invalid_request")
    /// A field is known and cannot be honoured here.
    public static let unsupportedField = Self(rawValue: "unsupported_field")
    /// The prompt does not fit into the context.
    public static let promptTooLarge = Self(rawValue: "prompt_too_large")
    /// An image cannot be read, or is too large.
    public static let invalidImage = Self(rawValue: "invalid_image")
    /// A key is missing or wrong.
    public static let unauthenticated = Self(rawValue: "unauthenticated")
    /// The key may not do this.
    public static let forbidden = Self(rawValue: "forbidden")
    /// The project may not use the model.
    public static let modelNotAllowed = Self(rawValue: "model_not_allowed")
    /// There is no such model.
    public static let modelNotFound = Self(rawValue: "model_not_found")
    /// There is no such thing or route.
    public static let notFound = Self(rawValue: "not_found")
    /// Something else is under way that excludes this.
    public static let conflict = Self(rawValue: "conflict")
    /// Somebody else ended the request.
    public static let cancelled = Self(rawValue: "cancelled")
    /// The request is larger than it may be.
    public static let requestTooLarge = Self(rawValue: "request_too_large")
    /// The project's limit of a minute is reached.
    public static let rateLimited = Self(rawValue: "rate_limited")
    /// The project's limit of a day is reached.
    public static let quotaExceeded = Self(rawValue: "quota_exceeded")
    /// The waiting line is full.
    public static let queueFull = Self(rawValue: "queue_full")
    /// The request waited in line for longer than it may.
    public static let queueTimeout = Self(rawValue: "queue_timeout")
    /// No engine answers.
    public static let engineUnavailable = Self(rawValue: "engine_unavailable")
    /// The model cannot be loaded now.
    public static let modelUnavailable = Self(rawValue: "model_unavailable")
    /// The service is being stopped.
    public static let shuttingDown = Self(rawValue: "shutting_down")
    /// The engine failed, or answered nonsense.
    public static let engineError = Self(rawValue: "engine_error")
    /// The engine took longer than it may.
    public static let engineTimeout = Self(rawValue: "engine_timeout")
    /// The model's answer breaks the asked-for format.
    public static let invalidOutput = Self(rawValue: "invalid_output")
    /// The request took longer than it said it may.
    public static let deadlineExceeded = Self(rawValue: "deadline_exceeded")
    /// The engine has nothing like it.
    public static let notSupportedByEngine = Self(rawValue: "not_supported_by_engine")
    /// A fault of the service.
    public static let internalFault = Self(rawValue: "internal")

    // MARK: What the client finds

    /// Nobody answers at the address; nothing was sent.
    public static let unreachable = Self(rawValue: "unreachable")
    /// Nothing came for as long as the client waits.
    public static let timedOut = Self(rawValue: "timed_out")
    /// The connection broke before the answer came, and it is not known what became of the request.
    public static let connectionLost = Self(rawValue: "connection_lost")
    /// A stream broke off: it ended without its last piece.
    public static let streamCut = Self(rawValue: "stream_cut")
    /// The answer is nothing that the client understands.
    public static let unreadableAnswer = Self(rawValue: "unreadable_answer")
    /// The answer is longer than the client takes.
    public static let answerTooLarge = Self(rawValue: "answer_too_large")
    /// There is no secure connection to be had, most likely because the certificate is not trusted; nothing was sent.
    public static let tlsFailed = Self(rawValue: "tls_failed")
    /// The address is none.
    public static let invalidAddress = Self(rawValue: "invalid_address")
    /// The other side of this client cannot do this.
    public static let notSupported = Self(rawValue: "not_supported")
    /// The program `ollama` is not there.
    public static let notInstalled = Self(rawValue: "not_installed")
    /// The client has been shut down.
    public static let shutDown = Self(rawValue: "shut_down")
}
