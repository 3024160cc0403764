import Application
import Domain
import Hummingbird
import Logging
import NIOCore

/// The domain's id, not Hummingbird's.
typealias RequestID = Domain.RequestID

/// A request on its way through the service, with all that is known of it: one object, since a request of Hummingbird's alone
/// consists of dozens of values that would be copied from layer to layer.
final class ServiceRequest: Sendable {
    private let arrival: Arrival
    /// The request's id: the caller's own if it is acceptable.
    let requestID: RequestID
    /// Who calls.
    let caller: Caller
    /// How urgent the request is, already lowered to what its project may name.
    let requestClass: RequestClass
    /// Where it comes from.
    let origin: RequestOrigin
    /// Why it goes no further; nil where it does.
    let refusal: (any Error)?
    /// Where the exchange is recorded; nil where it is not.
    let recording: ExchangeRecording?
    /// The fields of the answer's head that are ready before it is.
    let fields = AnswerFields()

    init(
        _ arrival: Arrival,
        requestID: RequestID,
        caller: Caller,
        requestClass: RequestClass,
        origin: RequestOrigin,
        refusal: (any Error)? = nil,
        recording: ExchangeRecording?
    ) {
        self.arrival = arrival
        self.requestID = requestID
        self.caller = caller
        self.requestClass = requestClass
        self.origin = origin
        self.refusal = refusal
        self.recording = recording
    }

    /// The request itself.
    var request: Request { self.arrival.request }
    /// Links the request with its connection; nil in tests without one.
    var watch: ConnectionWatch? { self.arrival.source.watch }
    /// Which of the fields that are looked for the request has.
    var sent: SentFields { self.arrival.sent }
    /// What follows from the request's path.
    var traits: RouteTraits { self.arrival.traits }
    /// The request's body, if that came whole.
    var body: ByteBuffer? { self.arrival.body }
}

extension ServiceRequest: RequestContextSource {
    /// Where routes of Hummingbird's log to.
    var logger: Logger { self.arrival.source.logger }
}

/// Where a request comes from.
struct RequestOrigin: Sendable {
    /// The caller's address: the peer's, or what a trusted proxy says of it; nil for a socket without one.
    let address: IPNetwork?
    /// Whether the caller is on this machine: by its address, and by no proxy's word that it is not.
    let isOnLoopback: Bool
}

extension RequestOrigin {
    /// Where a request of a connection comes from.
    init(of arrival: Arrival, door: Door) {
        let peer = arrival.source.peer
        let isForwarding = arrival.sent.contains(.forwarding)
        let (address, isForwarded) = isForwarding ? door.origin(of: arrival.request, peer: peer) : (peer, false)
        self.address = address
        self.isOnLoopback = !isForwarded && (arrival.source.isUnixSocket || address?.isLoopback ?? false)
    }
}
