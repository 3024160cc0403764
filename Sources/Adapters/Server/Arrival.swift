import Hummingbird
import NIOCore

/// What is known of a request when it has arrived.
final class Arrival: Sendable {
    /// The request.
    let request: Request
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
        _ request: Request,
        source: ConnectionSource,
        sent: SentFields,
        key: Result<String?, any Error>,
        traits: RouteTraits,
        body: ByteBuffer? = nil
    ) {
        self.request = request
        self.source = source
        self.sent = sent
        self.key = key
        self.traits = traits
        self.body = body
    }
}
