/// What follows from the path of a request alone.
final class RouteTraits: Sendable {
    /// The path, without a query.
    let path: String
    /// How errors are told.
    let shape: ErrorShape
    /// What a caller has to show.
    let access: RouteAccess
    /// Whether the request counts against limits and has a class.
    let isLimited: Bool
    /// What answers `POST` there, without Hummingbird's router.
    let handler: DirectRoutes.Handler?

    init(path: String, handler: DirectRoutes.Handler? = nil) {
        self.path = path
        self.shape = ErrorShape(path: path)
        self.access = RouteAccess(path: path)
        self.isLimited = LimitedRoutes.contains(path)
        self.handler = handler
    }
}
