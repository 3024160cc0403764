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
    let door: Door
    let gate: CallerGate
    let limits: LimitKeeper
    let refusals: RefusalTrace
    let recorder: ExchangeRecorder

    func handle(
        _ request: Request,
        context: ServiceContext,
        next: @concurrent (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let sent = context.sent
        let given = sent.contains(.requestID) ? request.headers[.xRequestID].flatMap { RequestID(caller: $0) } : nil
        context.requestID = given ?? RequestID(generated: self.ids.next())
        context.recording = self.recorder.begin(request, context)
        let origin = context.origin(of: request, door: self.door)
        var response: Response
        var isRouted = false
        do {
            try self.door.check(request, sent)
            if self.door.isPreflight(request) {
                response = self.door.preflightAnswer(request)
            } else {
                try self.identify(request, from: origin, &context)
                isRouted = true
                // The router would take a path with a slash too many for the one without it.
                if let redirect = self.routes.redirect(for: request) {
                    response = redirect
                } else {
                    response = try await next(request, context)
                }
            }
        } catch let error as HTTPParserError {
            // The connection handler has answered already, or the connection is gone.
            throw error
        } catch {
            // What an answer would have said that was not given.
            _ = context.fields.take()
            response = self.response(to: error, request: request, context: context)
            self.trace(error, response, request, origin, context, isRouted: isRouted)
        }
        self.addHeaders(to: &response, request: request, context: context)
        guard let recording = context.recording else { return response }
        let project = context.caller == .nobody ? nil : context.caller.project.name
        return ExchangeRecorder.watch(response, context.fields, recording, of: project)
    }

    /// Finds out who calls and how urgently.
    private func identify(_ request: Request, from origin: RequestOrigin, _ context: inout ServiceContext) throws {
        context.caller = try self.gate.caller(of: request, context, from: origin)
        guard context.traits.isLimited else { return }
        // A word that is none of the classes is refused by the route, which has a record of its request.
        let given = try? context.requestClass(in: request)
        let named = given ?? LimitedRoutes.standardClass(of: context.traits.path)
        context.requestClass = context.caller.requestClass(named: named)
    }

    /// Leaves a trace of what no route has a record of: what did not come to one, and what its caller may not do.
    private func trace(
        _ error: any Error,
        _ response: Response,
        _ request: Request,
        _ origin: RequestOrigin,
        _ context: ServiceContext,
        isRouted: Bool
    ) {
        let path = request.uri.path
        guard let error = error as? ServiceError,
            !isRouted || error.code == .forbidden && !context.traits.isLimited
        else { return }
        self.refusals.note(
            error,
            status: response.status.code,
            requestID: context.requestID,
            address: origin.address,
            caller: context.caller == .nobody ? nil : context.caller,
            head: (request.method.rawValue, path)
        )
    }

    private func addHeaders(to response: inout Response, request: Request, context: ServiceContext) {
        if context.sent.contains(.origin) { self.door.addHeaders(for: request, to: &response.headers) }
        // Anthropic's clients look for it under that name.
        let isAnthropic = context.traits.shape == .anthropic
        let isLimited = context.traits.isLimited && context.caller != .nobody
        let standing = isLimited ? self.limits.standing(of: context.caller.project) : nil
        context.fields.add { fields in
            fields.add("x-request-id", context.requestID.description)
            if isAnthropic { fields.add("request-id", context.requestID.description) }
            if isLimited { fields.add("x-priority", context.requestClass.rawValue) }
            if let standing { LimitHeaders.add(standing, to: &fields) }
        }
    }

    private func response(to error: any Error, request: Request, context: ServiceContext) -> Response {
        if let error = error as? HTTPError, error.status == .notFound {
            return self.routes.unknown(request, requestID: context.requestID)
        }
        let told = FrontMiddleware.told(error, logger: context.logger, requestID: context.requestID)
        let path = request.uri.path
        var response = context.traits.shape.response(to: told, requestID: context.requestID, instance: path)
        // The rest of the body is not going to be read.
        if [.requestTimeout, .requestTooLarge].contains(told.code) || UploadRoutes.contains(request.head) {
            response.headers[.connection] = "close"
        }
        if told.code == .unauthenticated {
            // RFC 9110, section 11.6.1; a browser asks for the key as a password.
            response.headers[.wwwAuthenticate] =
                "Bearer realm=\"shared-ollama\", Basic realm=\"shared-ollama\", charset=\"UTF-8\""
        }
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
