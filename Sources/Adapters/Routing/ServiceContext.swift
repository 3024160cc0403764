import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The domain's id, not Hummingbird's.
typealias RequestID = Domain.RequestID

/// What travels with one request through middleware and routes.
struct ServiceContext: Hummingbird.RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The request's id: the caller's own if it is acceptable.
    var requestID = RequestID(generated: "")
    /// Links the request with its connection; nil in tests without one.
    let watch: ConnectionWatch?

    private let peer: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress
        self.watch = ConnectionWatch.current
    }

    /// Whose requests the caller may see and end; nil is everybody's.
    var scope: ProjectName? { nil }

    /// Whether the caller is on this machine: by its address, and by no proxy's word that it is not.
    func isOnLoopback(_ request: Request) -> Bool {
        let names = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"]
        guard names.allSatisfy({ name in HTTPField.Name(name).map { request.headers[$0] == nil } ?? true }) else {
            return false
        }
        switch self.peer {
        case .unixDomainSocket?: return true
        case let peer?: return peer.ipAddress.map { $0 == "::1" || $0.hasPrefix("127.") } ?? false
        case nil: return false
        }
    }
}
