import Hummingbird

/// An error of Hummingbird's router on its way to the ``Front``, which tells it in the words of the route's dialect.
struct RouterError: Error {
    let error: HTTPError
}

/// Keeps the router from answering its own errors.
struct RouterErrors: RouterMiddleware {
    func handle(
        _ request: Request,
        context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            throw RouterError(error: error)
        }
    }
}
