import Application
import Domain
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// The outermost layer: gives every request its id, and every error its shape in the dialect of the route.
final class Front: Sendable {
    private let ids: any IDGenerator
    /// All routes.
    let routes: RouteTable
    private let door: Door
    private let gate: CallerGate
    private let limits: LimitKeeper
    private let refusals: RefusalTrace
    private let recorder: ExchangeRecorder
    private let handlers: [String: DirectRoutes.Handler]
    private let router: RouterResponder<ServiceContext>

    /// Puts the parts together.
    ///
    /// `handlers`: what answers `POST`, by path. `router`: what answers all else.
    init(
        ids: any IDGenerator,
        routes: RouteTable,
        door: Door,
        gate: CallerGate,
        limits: LimitKeeper,
        refusals: RefusalTrace,
        recorder: ExchangeRecorder,
        handlers: [String: DirectRoutes.Handler],
        router: RouterResponder<ServiceContext>
    ) {
        self.ids = ids
        self.routes = routes
        self.door = door
        self.gate = gate
        self.limits = limits
        self.refusals = refusals
        self.recorder = recorder
        self.handlers = handlers
        self.router = router
    }

    /// What follows from a path.
    func traits(of path: String) -> RouteTraits { RouteTraits(path: path, handler: self.handlers[path]) }

    // MARK: In

    /// Lets a request in, or notes why not.
    func receive(_ arrival: Arrival) -> ServiceRequest {
        let given = arrival.sent.contains(.requestID) ? arrival.request.headers[.xRequestID] : nil
        let requestID = given.flatMap { RequestID(caller: $0) } ?? RequestID(generated: self.ids.next())
        let origin = RequestOrigin(of: arrival, door: self.door)
        var (caller, requestClass, refusal) = (Caller.nobody, RequestClass.normal, nil as (any Error)?)
        do {
            try self.door.check(arrival.request, arrival.sent)
            if !self.isPreflight(arrival) {
                caller = try self.gate.caller(of: arrival, from: origin)
                requestClass = Front.requestClass(of: arrival, from: caller)
            }
        } catch {
            refusal = error
        }
        return ServiceRequest(
            arrival,
            requestID: requestID,
            caller: caller,
            requestClass: requestClass,
            origin: origin,
            refusal: refusal,
            recording: self.recorder.begin(arrival, requestID)
        )
    }

    private func isPreflight(_ arrival: Arrival) -> Bool {
        arrival.sent.contains(.origin) && self.door.isPreflight(arrival.request)
    }

    /// How urgent a request is, where that counts.
    private static func requestClass(of arrival: Arrival, from caller: Caller) -> RequestClass {
        guard arrival.traits.isLimited else { return .normal }
        // A word that is none of the classes is refused by the route, which has a record of its request.
        let given = try? PriorityHeader.requestClass(in: arrival.request.headers, arrival.sent)
        return caller.requestClass(named: given ?? LimitedRoutes.standardClass(of: arrival.traits.path))
    }

    // MARK: Out

    /// Answers a request.
    ///
    /// - Throws: `HTTPParserError` where the connection has answered already, or is gone.
    func answer(_ service: ServiceRequest) async throws -> Response {
        do {
            if let response = try self.early(service) { return self.finished(response, service) }
            if let handler = service.traits.handler, service.request.method == .post {
                return self.finished(try await handler(service), service)
            }
            let context = ServiceContext(source: service)
            return self.finished(try await self.router.respond(to: service.request, context: context), service)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            return self.finished(self.failed(service, error), service)
        }
    }

    /// The answer to a request that is for no route.
    ///
    /// - Throws: why the request goes no further.
    private func early(_ service: ServiceRequest) throws -> Response? {
        if let refusal = service.refusal { throw refusal }
        if service.traits.handler != nil, !service.sent.contains(.origin) { return nil }
        if self.door.isPreflight(service.request) { return self.door.preflightAnswer(service.request) }
        // The router would take a path with a slash too many for the one without it.
        return self.routes.redirect(for: service.request)
    }

    @inline(never)
    private func failed(_ service: ServiceRequest, _ error: any Error) -> Response {
        // What an answer would have said that was not given.
        _ = service.fields.take()
        let response = self.response(to: error, service)
        self.trace(error, response, service)
        return response
    }

    /// Leaves a trace of what no route has a record of: what did not come to one, and what its caller may not do.
    private func trace(_ error: any Error, _ response: Response, _ service: ServiceRequest) {
        guard let error = error as? ServiceError,
            service.refusal != nil || error.code == .forbidden && !service.traits.isLimited
        else { return }
        self.refusals.note(
            error,
            status: response.status.code,
            requestID: service.requestID,
            address: service.origin.address,
            caller: service.caller == .nobody ? nil : service.caller,
            head: (service.request.method.rawValue, service.request.uri.path)
        )
    }

    /// An answer with the fields that all have, and its recording where that is wanted.
    @inline(never)
    private func finished(_ response: Response, _ service: ServiceRequest) -> Response {
        var response = response
        if service.sent.contains(.origin) { self.door.addHeaders(for: service.request, to: &response.headers) }
        // Anthropic's clients look for it under that name.
        let isAnthropic = service.traits.shape == .anthropic
        let isKnown = service.caller != .nobody
        let isLimited = service.traits.isLimited && isKnown
        let standing = isLimited ? self.limits.standing(of: service.caller.project) : nil
        service.fields.add { fields in
            fields.add("x-request-id", service.requestID.description)
            if isAnthropic { fields.add("request-id", service.requestID.description) }
            if isLimited { fields.add("x-priority", service.requestClass.rawValue) }
            if let standing { LimitHeaders.add(standing, to: &fields) }
        }
        guard let recording = service.recording else { return response }
        let project = isKnown ? service.caller.project.name : nil
        return ExchangeRecorder.watch(response, service.fields, recording, of: project)
    }

    private func response(to error: any Error, _ service: ServiceRequest) -> Response {
        let request = service.request
        if let error = error as? RouterError, error.error.status == .notFound {
            return self.routes.unknown(request, requestID: service.requestID)
        }
        let told = Front.told(error, logger: service.logger, requestID: service.requestID)
        var response = service.traits.shape.response(
            to: told,
            requestID: service.requestID,
            instance: request.uri.path
        )
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
