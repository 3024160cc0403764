import Application
import Domain
import Hummingbird

/// What travels with one request through Hummingbird's router.
struct ServiceContext: Hummingbird.RequestContext {
    typealias Source = ServiceRequest

    var coreContext: CoreRequestContextStorage
    /// The request, and what is known of it.
    let service: ServiceRequest

    init(source: ServiceRequest) {
        self.coreContext = .init(source: source)
        self.service = source
    }

    /// The request's id: the caller's own if it is acceptable.
    var requestID: RequestID { self.service.requestID }
    /// Who calls.
    var caller: Caller { self.service.caller }
    /// Links the request with its connection; nil in tests without one.
    var watch: ConnectionWatch? { self.service.watch }
    /// Whose requests the caller may see and end; nil is everybody's.
    var scope: ProjectName? { self.caller.isAdmin ? nil : self.caller.project.name }
}
