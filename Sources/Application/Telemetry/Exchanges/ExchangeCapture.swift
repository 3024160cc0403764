public import Domain

/// Keeps whole exchanges with callers, for whoever looks for a fault: a port.
///
/// What they say is in it, so that it is off unless an operator has switched it on.
public protocol ExchangeCapture: Sendable {
    /// How much is kept of a body, in bytes.
    var bodyLimit: Int { get }

    /// Asks whether one more exchange is wanted, and counts it.
    func begin() -> Bool
    /// Keeps an exchange that has ended. Must not block.
    func keep(_ exchange: CapturedExchange)
}

/// What a caller sent and got, without keys.
public struct CapturedExchange: Sendable {
    /// One of the two sides.
    public struct Message: Sendable {
        /// The header fields as they came, in order; those that hold keys are redacted.
        public var headers: [(name: String, value: String)] = []
        /// The first bytes of the body, keys redacted.
        public var body: [UInt8] = []
        /// How long the body was.
        public var byteCount = 0

        /// An empty message.
        public init() {}

        /// Whether there was more of the body than is kept.
        public internal(set) var isTruncated = false

        /// The body as text; nil for what is none.
        public var text: String? {
            if let text = String(validating: self.body, as: UTF8.self) { return text }
            guard self.isTruncated else { return nil }
            // The cut may have gone through a character.
            return (1...3).lazy.compactMap { String(validating: self.body.dropLast($0), as: UTF8.self) }.first
        }
    }

    /// The request's id.
    public var requestID: RequestID
    /// Who called; nil where that was not found out.
    public var project: ProjectName?
    /// The method.
    public var method: String
    /// The path, without what stands behind it.
    public var path: String
    /// The status of the answer.
    public var status = 0
    /// From the arrival to the last byte.
    public var duration = Duration.zero
    /// Whether the answer went out to its end.
    public var isComplete = false
    /// What the caller sent.
    public var request = Message()
    /// What the caller got.
    public var response = Message()

    /// Begins with nothing said.
    public init(requestID: RequestID, method: String, path: String) {
        self.requestID = requestID
        self.method = method
        self.path = path
    }
}
