/// Everything that can go wrong for a caller, as one value: a code, a sentence, the field at fault and a retry hint.
///
/// The adapters give it a status and a shape in exactly one place. The message is for the caller: it never holds an
/// exception's text, a path or an address of an engine.
public struct ServiceError: Error, Sendable, Equatable {
    /// A stable word for the kind of failure.
    ///
    /// Open: new codes do not break those who switch over old ones.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The word as callers see it.
        public let rawValue: String

        /// Creates a code of a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// The kind of failure.
    public let code: Code
    /// A sentence that says what was wrong and what to do.
    public let message: String
    /// Every field at fault.
    ///
    /// Empty where no field is.
    public let faults: [FieldFault]
    /// When a retry makes sense, or nil where the error says nothing about it.
    public let retryAfter: Duration?
    /// False where a retry of the same request cannot help.
    public let isRetryable: Bool
    /// Whose failure it was, where that says something about an engine; never shown to callers.
    public let blame: EngineBlame?
    /// What the engine itself answered, for routes that pass that on; never shown on others.
    public let answer: EngineAnswer?

    /// Creates an error.
    public init(
        _ code: Code,
        _ message: String,
        faults: [FieldFault] = [],
        retryAfter: Duration? = nil,
        isRetryable: Bool = true,
        blame: EngineBlame? = nil,
        answer: EngineAnswer? = nil
    ) {
        self.code = code
        self.message = message
        self.faults = faults
        self.retryAfter = retryAfter
        self.isRetryable = isRetryable
        self.blame = blame
        self.answer = answer
    }

    /// Creates an error about one field.
    ///
    /// `field`: a JSON pointer (RFC 6901), such as `/messages/0/content`.
    public init(_ code: Code, field: String, _ message: String) {
        self.init(code, message, faults: [FieldFault(pointer: field, detail: message)])
    }

    /// The same error about a part of something larger.
    ///
    /// `pointer`: where the part is, a JSON pointer; the faults are moved below it.
    public func below(_ pointer: String) -> ServiceError {
        ServiceError(
            self.code,
            self.message,
            faults: self.faults.map { FieldFault(pointer: pointer + $0.pointer, detail: $0.detail) },
            retryAfter: self.retryAfter,
            isRetryable: self.isRetryable,
            blame: self.blame
        )
    }
}

/// An engine's whole answer to a request that it did not fulfil.
public struct EngineAnswer: Sendable, Equatable {
    /// The status.
    public let status: Int
    /// The header `Content-Type`, where there is one.
    public let contentType: String?
    /// The body.
    public let body: [UInt8]

    /// Describes an answer.
    public init(status: Int, contentType: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// Whose failure an error was: what breakers count and what failover goes by.
///
/// An error without blame says nothing about any engine: a request that was wrong, a caller that left or had no more time.
public enum EngineBlame: Sendable, Hashable {
    /// The engine's: no connection to it, or no word from it.
    case engine
    /// The model's on that engine: it cannot be loaded, its runner has died, or something before it says 502 to 504.
    case model
}

/// One field of a request or of the configuration, and what is wrong with it.
public struct FieldFault: Sendable, Equatable {
    /// Where the field is: a JSON pointer (RFC 6901).
    public let pointer: String
    /// What is wrong, as a sentence.
    public let detail: String

    /// Creates a fault.
    public init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

extension ServiceError.Code {
    /// Bad JSON, or a field that is missing or wrong.
    public static let invalidRequest = Self(rawValue: "invalid_request")
    /// A model name that cannot be one.
    public static let invalidModel = Self(rawValue: "invalid_model")
    /// A prompt that is blank or too long.
    public static let invalidPrompt = Self(rawValue: "invalid_prompt")
    /// A field that the service knows and cannot honour here.
    public static let unsupportedField = Self(rawValue: "unsupported_field")
    /// A picture that is none, or too large.
    public static let invalidImage = Self(rawValue: "invalid_image")
    /// The prompt is larger than the model's context.
    public static let promptTooLarge = Self(rawValue: "prompt_too_large")
    /// No engine has the model.
    public static let modelNotFound = Self(rawValue: "model_not_found")
    /// No such route or thing.
    public static let notFound = Self(rawValue: "not_found")
    /// The route exists, but not for this method.
    public static let methodNotAllowed = Self(rawValue: "method_not_allowed")
    /// A key is missing or wrong.
    public static let unauthenticated = Self(rawValue: "unauthenticated")
    /// The project may not use the model.
    public static let modelNotAllowed = Self(rawValue: "model_not_allowed")
    /// The project has used up what it may have in a short time.
    public static let rateLimited = Self(rawValue: "rate_limited")
    /// The project has used up what it may have in a day.
    public static let quotaExceeded = Self(rawValue: "quota_exceeded")
    /// The caller may not do this.
    public static let forbidden = Self(rawValue: "forbidden")
    /// The request was cancelled, by its caller or from elsewhere.
    public static let cancelled = Self(rawValue: "cancelled")
    /// The same thing is being done already, or is there already.
    public static let conflict = Self(rawValue: "conflict")
    /// The same `Idempotency-Key` with another request.
    public static let idempotencyMismatch = Self(rawValue: "idempotency_mismatch")
    /// The body did not arrive in time.
    public static let requestTimeout = Self(rawValue: "request_timeout")
    /// The body, or the head of the request, is larger than allowed.
    public static let requestTooLarge = Self(rawValue: "request_too_large")
    /// The engine answered nonsense or failed.
    public static let engineError = Self(rawValue: "engine_error")
    /// The model's answer is not what the request asks for.
    public static let invalidOutput = Self(rawValue: "invalid_output")
    /// The engine's kind has no such operation.
    public static let notSupportedByEngine = Self(rawValue: "not_supported_by_engine")
    /// The waiting line is full.
    public static let queueFull = Self(rawValue: "queue_full")
    /// The request waited in line for as long as it may.
    public static let queueTimeout = Self(rawValue: "queue_timeout")
    /// No engine can be reached.
    public static let engineUnavailable = Self(rawValue: "engine_unavailable")
    /// No engine can run the model now.
    public static let modelUnavailable = Self(rawValue: "model_unavailable")
    /// The service is stopping.
    public static let shuttingDown = Self(rawValue: "shutting_down")
    /// The engine did not answer in time.
    public static let engineTimeout = Self(rawValue: "engine_timeout")
    /// The request took longer than it may in all.
    public static let deadlineExceeded = Self(rawValue: "deadline_exceeded")
    /// A fault of the service itself.
    public static let `internal` = Self(rawValue: "internal")
}
