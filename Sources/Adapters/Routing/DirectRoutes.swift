import Hummingbird

/// The routes that are found by their path alone: those of inference, of which there are many requests.
///
/// Hummingbird's router knows them as well, but it hands on request and context by value from layer to layer.
final class DirectRoutes {
    /// Answers a request.
    typealias Handler = @Sendable (ServiceRequest) async throws -> Response

    private(set) var handlers: [String: Handler] = [:]
    private let router: Router<ServiceContext>

    /// `router`: the one that is to know the routes, too.
    init(router: Router<ServiceContext>) {
        self.router = router
    }

    /// Has what is posted to a path answered; a path without parameters.
    func post(_ path: String, _ handler: @escaping Handler) {
        self.handlers[path] = handler
        self.router.post(RouterPath(path)) { _, context in try await handler(context.service) }
    }
}
