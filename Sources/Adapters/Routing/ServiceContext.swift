import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The domain's id, not Hummingbird's.
typealias RequestID = Domain.RequestID

/// What travels with one request through middleware and routes.
struct ServiceContext: Hummingbird.RequestContext {
    typealias Source = ConnectionSource

    var coreContext: CoreRequestContextStorage
    /// The request's id: the caller's own if it is acceptable.
    var requestID = RequestID(generated: "")
    /// Who calls; the front finds it out before anything else is done.
    var caller = Caller.nobody
    /// How urgent the request is, already lowered to what its project may name.
    var requestClass = RequestClass.normal
    /// Where the exchange is recorded; nil where it is not.
    var recording: ExchangeRecording?
    /// The fields of the answer's head that are ready before it is.
    let fields = AnswerFields()
    private let arrival: Arrival

    init(source: ConnectionSource) {
        self.init(Arrival(source: source, traits: RouteTraits(path: "/")))
    }

    init(_ arrival: Arrival) {
        self.coreContext = .init(source: arrival.source)
        self.arrival = arrival
    }

    /// Links the request with its connection; nil in tests without one.
    var watch: ConnectionWatch? { self.arrival.source.watch }
    /// The address at the other end of the connection; nil where that is a socket of this machine without one.
    var peer: IPNetwork? { self.arrival.source.peer }
    /// Which of the fields that are looked for the request has.
    var sent: SentFields { self.arrival.sent }
    /// The key that the caller shows, or why it cannot be read.
    var key: Result<String?, any Error> { self.arrival.key }
    /// What follows from the request's path.
    var traits: RouteTraits { self.arrival.traits }
    /// The request's body, if that came whole.
    var body: ByteBuffer? { self.arrival.body }

    /// Whose requests the caller may see and end; nil is everybody's.
    var scope: ProjectName? { self.caller.isAdmin ? nil : self.caller.project.name }

    /// Where a request of this connection comes from.
    func origin(of request: Request, door: Door) -> RequestOrigin {
        let isForwarding = self.sent.contains(.forwarding)
        let (address, isForwarded) = isForwarding ? door.origin(of: request, peer: self.peer) : (self.peer, false)
        let isOnLoopback = !isForwarded && (self.arrival.source.isUnixSocket || address?.isLoopback ?? false)
        return RequestOrigin(address: address, isOnLoopback: isOnLoopback)
    }
}

/// Where a request comes from.
struct RequestOrigin: Sendable {
    /// The caller's address: the peer's, or what a trusted proxy says of it; nil for a socket without one.
    let address: IPNetwork?
    /// Whether the caller is on this machine: by its address, and by no proxy's word that it is not.
    let isOnLoopback: Bool
}
