import Domain

/// The headers of requests and answers that several routes share.
enum APIHeaders {
    /// The headers that a request may carry, by name in the document: JSON text.
    static let parameters = #"""
        {
          "RequestID": {"name": "X-Request-ID", "in": "header", "description": "The request's id; one that does not follow the pattern is replaced.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"}},
          "ProjectName": {"name": "X-Project-Name", "in": "header", "description": "Who calls, as long as there are no keys.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}},
          "Priority": {"name": "X-Priority", "in": "header", "description": "How urgent it is; lowered to what the project may name.",
            "schema": {"type": "string", "enum": ["interactive", "normal", "batch"]}},
          "Deadline": {"name": "X-Deadline-Ms", "in": "header", "description": "After so many milliseconds nobody wants the answer any more.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 86400000}},
          "Traceparent": {"name": "traceparent", "in": "header", "description": "The caller's place in a trace (W3C Trace Context); one that breaks the rules counts as none.",
            "schema": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"}},
          "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "description": "The request is done once, however often it comes with this key.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"}}
        }
        """#

    /// The headers that an answer may carry, by name: JSON text.
    static let answers = #"""
        {
          "X-Request-ID": {"description": "The request's id.", "schema": {"type": "string"}},
          "X-Engine": {"description": "The engine that answered.", "schema": {"type": "string"}},
          "X-Model": {"description": "The model's canonical name.", "schema": {"type": "string"}},
          "X-Priority": {"description": "The class that counted.", "schema": {"type": "string", "enum": ["interactive", "normal", "batch"]}},
          "X-Queue-Wait-Ms": {"description": "How long the request waited in line.", "schema": {"type": "number", "minimum": 0}},
          "X-Overhead-Ms": {"description": "Time spent in the service, neither in line nor with the engine.", "schema": {"type": "number", "minimum": 0}},
          "X-Context-Truncated": {"description": "The prompt was cut: `PROMPT/CONTEXT` in tokens.", "schema": {"type": "string"}},
          "X-Ignored-Fields": {"description": "Fields that only tune or label, and mean nothing here.", "schema": {"type": "string"}},
          "Idempotent-Replayed": {"description": "The answer was given before, to a request with this key.", "schema": {"type": "string", "enum": ["true"]}},
          "RateLimit-Policy": {"description": "The project's limits (draft-ietf-httpapi-ratelimit-headers).", "schema": {"type": "string"}},
          "RateLimit": {"description": "What is left of them.", "schema": {"type": "string"}},
          "x-ratelimit-limit-requests": {"description": "Requests a minute.", "schema": {"type": "integer"}},
          "x-ratelimit-remaining-requests": {"description": "What is left of them.", "schema": {"type": "integer"}},
          "x-ratelimit-reset-requests": {"description": "When all are there again, such as `6s`.", "schema": {"type": "string"}},
          "x-ratelimit-limit-tokens": {"description": "Tokens a minute, or a day.", "schema": {"type": "integer"}},
          "x-ratelimit-remaining-tokens": {"description": "What is left of them.", "schema": {"type": "integer"}},
          "x-ratelimit-reset-tokens": {"description": "When all are there again, such as `6s`.", "schema": {"type": "string"}},
          "Retry-After": {"description": "Seconds after which a new attempt makes sense.", "schema": {"type": "integer", "minimum": 1}},
          "Retry-After-Ms": {"description": "The same in milliseconds.", "schema": {"type": "integer", "minimum": 1}},
          "X-Should-Retry": {"description": "`false` where a new attempt cannot help.", "schema": {"type": "string", "enum": ["false"]}},
          "WWW-Authenticate": {"description": "How to show a key.", "schema": {"type": "string"}}
        }
        """#

    private static let limits = [
        "RateLimit-Policy", "RateLimit", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-tokens",
    ]

    /// Writes the headers of an answer.
    static func write(of operation: APIOperation, to writer: inout JSONWriter) {
        let inference = [
            "X-Engine", "X-Model", "X-Priority", "X-Queue-Wait-Ms", "X-Overhead-Ms", "X-Context-Truncated",
            "X-Ignored-Fields", "Idempotent-Replayed",
        ]
        APIHeaders.write(["X-Request-ID"] + (operation.isInference ? inference + APIHeaders.limits : []), to: &writer)
    }

    /// Writes the headers of an answer that tells an error.
    static func write(ofFailure status: Int, to writer: inout JSONWriter) {
        let own =
            switch status {
            case 401: ["WWW-Authenticate", "X-Should-Retry"]
            case 409, 503: ["Retry-After", "Retry-After-Ms", "X-Should-Retry"]
            case 429: ["Retry-After", "Retry-After-Ms", "X-Should-Retry"] + APIHeaders.limits
            default: [String]()
            }
        // What the connection refuses has no id yet.
        APIHeaders.write((status == 431 ? [] : ["X-Request-ID"]) + own, to: &writer)
    }

    /// The names of the headers that a request to a route may carry.
    static func parameters(of operation: APIOperation) -> [String] {
        var names = ["RequestID"]
        if operation.access == .keyed { names.append("ProjectName") }
        if operation.isInference { names += ["Priority", "Deadline", "Traceparent", "IdempotencyKey"] }
        return names
    }

    private static func write(_ names: [String], to writer: inout JSONWriter) {
        for name in names {
            writer.key(name)
            writer.object { $0.field("$ref", "#/components/headers/\(name)") }
        }
    }
}
