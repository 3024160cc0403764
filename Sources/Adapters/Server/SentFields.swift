import HTTPTypes

/// Which of the fields that the service looks for a request has: most have few of them, and looking for one that is not there
/// costs as much as for one that is.
struct SentFields: OptionSet, Sendable {
    let rawValue: UInt16

    static let connection = SentFields(rawValue: 1 << 0)
    static let expect = SentFields(rawValue: 1 << 1)
    static let origin = SentFields(rawValue: 1 << 2)
    /// What proxies say of whom they stand for.
    static let forwarding = SentFields(rawValue: 1 << 3)
    static let requestID = SentFields(rawValue: 1 << 4)
    static let priority = SentFields(rawValue: 1 << 5)
    static let deadline = SentFields(rawValue: 1 << 6)
    static let idempotencyKey = SentFields(rawValue: 1 << 7)
    static let traceparent = SentFields(rawValue: 1 << 8)
    /// All of them: for who has not looked.
    static let any = SentFields(rawValue: .max)
}

extension SentFields {
    /// Looks for them in the fields of a request.
    init(of fields: HTTPFields) {
        self = fields.reduce(into: []) { $0.formUnion(SentFields(name: $1.name.canonicalName)) }
    }

    private init(name: String) {
        switch name {
        case "connection": self = .connection
        case "expect": self = .expect
        case "origin": self = .origin
        case "forwarded", "via": self = .forwarding
        case "x-request-id": self = .requestID
        case "x-priority": self = .priority
        case "x-deadline-ms": self = .deadline
        case "idempotency-key": self = .idempotencyKey
        case "traceparent": self = .traceparent
        case _ where name.hasPrefix("x-forwarded-"): self = .forwarding
        default: self = []
        }
    }
}
