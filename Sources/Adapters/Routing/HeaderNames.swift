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
    static let xModel = HTTPField.Name.known("x-model")
    static let xQueueWait = HTTPField.Name.known("x-queue-wait-ms")
    static let xOverhead = HTTPField.Name.known("x-overhead-ms")
    static let xContextTruncated = HTTPField.Name.known("x-context-truncated")
    static let xIgnoredFields = HTTPField.Name.known("x-ignored-fields")
    static let xAccelBuffering = HTTPField.Name.known("x-accel-buffering")

    static let traceparent = HTTPField.Name.known("traceparent")
    static let tracestate = HTTPField.Name.known("tracestate")

    static let xAPIKey = HTTPField.Name.known("x-api-key")
    static let xForwardedFor = HTTPField.Name.known("x-forwarded-for")
    static let rateLimit = HTTPField.Name.known("ratelimit")
    static let rateLimitPolicy = HTTPField.Name.known("ratelimit-policy")
    static let xRateLimitLimitRequests = HTTPField.Name.known("x-ratelimit-limit-requests")
    static let xRateLimitRemainingRequests = HTTPField.Name.known("x-ratelimit-remaining-requests")
    static let xRateLimitResetRequests = HTTPField.Name.known("x-ratelimit-reset-requests")
    static let xRateLimitLimitTokens = HTTPField.Name.known("x-ratelimit-limit-tokens")
    static let xRateLimitRemainingTokens = HTTPField.Name.known("x-ratelimit-remaining-tokens")
    static let xRateLimitResetTokens = HTTPField.Name.known("x-ratelimit-reset-tokens")

    /// A name that is known to be valid.
    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is not a header's name") }
        return name
    }
}
