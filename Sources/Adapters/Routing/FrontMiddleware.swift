import Application
import Domain
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// The outermost layer: gives every request its id, and every error its shape in the dialect of the route.
struct FrontMiddleware: RouterMiddleware {
    typealias Context = ServiceContext

    let ids: any IDGenerator
    let routes: RouteTable

    func handle(
        _ request: Request,
        context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let given = request.headers[.xRequestID].flatMap { RequestID(caller: $0) }
        context.requestID = given ?? RequestID(generated: self.ids.next())
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPParserError {
            // The connection handler has answered already, or the connection is gone.
            throw error
        } catch {
            response = self.response(to: error, request: request, context: context)
        }
        response.headers[.xRequestID] = context.requestID.description
        return response
    }

    private func response(to error: any Error, request: Request, context: ServiceContext) -> Response {
        if let error = error as? HTTPError, error.status == .notFound {
            return self.routes.unknown(request, requestID: context.requestID)
        }
        let told = FrontMiddleware.told(error, logger: context.logger, requestID: context.requestID)
        var response = Response(problem: told, requestID: context.requestID, instance: request.uri.path)
        // The rest of the body is not going to be read.
        if told.code == .requestTimeout || told.code == .requestTooLarge { response.headers[.connection] = "close" }
        return response
    }

    private static func told(_ error: any Error, logger: Logger, requestID: RequestID) -> ServiceError {
        switch error {
        case let error as ServiceError: return error
        case is CancellationError: return .callerLeft
        case is BodyDeadlinePassed: return .bodyDeadlinePassed
        default:
            logger.error("unexpected error", metadata: ["request_id": "\(requestID)", "error": "\(error)"])
            return .unexpected
        }
    }
}

extension ServiceError {
    static let notHTTP = ServiceError(.invalidRequest, "The request is not valid HTTP/1.1.")
    static let bodyDeadlinePassed = ServiceError(.requestTimeout, "The request's body did not arrive in time.")
}

extension Response {
    /// An error in the native dialect.
    init(problem error: ServiceError, requestID: RequestID, instance: String) {
        let rendered = ProblemDetails(error, requestID: requestID, instance: instance).response
        self.init(status: rendered.status, headers: rendered.headers, body: .init(byteBuffer: rendered.body))
    }
}
