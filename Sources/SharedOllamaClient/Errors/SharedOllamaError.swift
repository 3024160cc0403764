/// Why a call did not come to its end.
///
/// Every error of this library is one of these, except `CancellationError` where the caller's task was cancelled.
public struct SharedOllamaError: Error, Sendable, Hashable {
    /// What went wrong, for programs.
    public var code: Code
    /// The status of the answer; nil where none came, or where it failed after its status.
    public var status: Int?
    /// What went wrong, for people.
    public var message: String
    /// The field of the request that is at fault, where one is: a JSON pointer (RFC 6901) or a name.
    public var field: String?
    /// Under which id the call is known, also to the service's log.
    public var requestID: String?
    /// When to come again, where the other side said so.
    public var retryAfter: Duration?
    /// Whether the other side said that coming again does not help.
    public var isFinal: Bool

    /// An error.
    public init(
        _ code: Code,
        _ message: String,
        status: Int? = nil,
        field: String? = nil,
        requestID: String? = nil,
        retryAfter: Duration? = nil,
        isFinal: Bool = false
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.field = field
        self.requestID = requestID
        self.retryAfter = retryAfter
        self.isFinal = isFinal
    }

    /// The same error of a call.
    func of(_ requestID: String?) -> SharedOllamaError {
        var error = self
        if error.requestID == nil { error.requestID = requestID }
        return error
    }
}

extension SharedOllamaError: CustomStringConvertible {
    /// Code, status, message and the id of the request in one line.
    public var description: String {
        let status = self.status.map { " (\($0))" } ?? ""
        let id = self.requestID.map { " [request \($0)]" } ?? ""
        return "\(self.code)\(status): \(self.message)\(id)"
    }
}
