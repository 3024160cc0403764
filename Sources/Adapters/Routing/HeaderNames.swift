import HTTPTypes

extension HTTPField.Name {
    static let xRequestID = HTTPField.Name.known("x-request-id")
    static let requestID = HTTPField.Name.known("request-id")
    static let xProjectName = HTTPField.Name.known("x-project-name")
    static let xPriority = HTTPField.Name.known("x-priority")
    static let xDeadline = HTTPField.Name.known("x-deadline-ms")
    static let idempotencyKey = HTTPField.Name.known("idempotency-key")
    static let idempotentReplayed = HTTPField.Name.known("idempotent-replayed")
    static let xEngine = HTTPField.Name.known("x-engine")
    static let xAccelBuffering = HTTPField.Name.known("x-accel-buffering")

    static let traceparent = HTTPField.Name.known("traceparent")
    static let tracestate = HTTPField.Name.known("tracestate")

    static let xAPIKey = HTTPField.Name.known("x-api-key")
    static let xForwardedFor = HTTPField.Name.known("x-forwarded-for")

    /// A name that is known to be valid.
    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is not a header's name") }
        return name
    }
}
