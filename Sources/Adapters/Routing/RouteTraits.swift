/// What follows from the path of a request alone.
struct RouteTraits: Sendable {
    /// The path, without a query.
    let path: String
    /// How errors are told.
    let shape: ErrorShape
    /// What a caller has to show.
    let access: RouteAccess
    /// Whether the request counts against limits and has a class.
    let isLimited: Bool

    init(path: String) {
        self.path = path
        self.shape = ErrorShape(path: path)
        self.access = RouteAccess(path: path)
        self.isLimited = LimitedRoutes.contains(path)
    }
}
