import Domain
import Hummingbird

/// The domain's id, not Hummingbird's.
typealias RequestID = Domain.RequestID

/// What travels with one request through middleware and routes.
struct ServiceContext: Hummingbird.RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The request's id: the caller's own if it is acceptable.
    var requestID = RequestID(generated: "")
    /// Links the request with its connection; nil in tests without one.
    let watch: ConnectionWatch?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.watch = ConnectionWatch.current
    }
}
