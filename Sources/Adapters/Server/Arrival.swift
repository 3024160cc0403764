import NIOCore

/// What is known of a request when it has arrived, beside the request.
final class Arrival: Sendable {
    /// The connection that it came by.
    let source: ConnectionSource
    /// Which of the fields that are looked for it has.
    let sent: SentFields
    /// The key that the caller shows, or why it cannot be read.
    let key: Result<String?, any Error>
    /// What follows from its path.
    let traits: RouteTraits
    /// Its body, if that came whole.
    let body: ByteBuffer?

    init(
        source: ConnectionSource,
        sent: SentFields = .any,
        key: Result<String?, any Error> = .success(nil),
        traits: RouteTraits,
        body: ByteBuffer? = nil
    ) {
        self.source = source
        self.sent = sent
        self.key = key
        self.traits = traits
        self.body = body
    }
}
