import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// What all inference routes of a dialect have in common: from the body to the answer, whole or streamed.
struct InferenceRoute: Sendable {
    let dialect: Dialect
    let bodies: RequestBodyReader
    let idempotency: IdempotencyGate
    let telemetry: Telemetry
    /// How long a streamed request waits in line before its caller is told so; zero is for ever.
    let noticeAfter: Duration

    /// What a route understood of a body.
    struct Reading<Form: AnswerForm>: InferenceReading {
        /// How the answer is told.
        let form: Form
        /// Whether it is told piece by piece.
        let isStreamed: Bool
        /// Fields of the dialect that only tune or label, and for which the service has no use: the answer names them.
        var ignored: [String] = []
        /// Puts the request in line.
        let enter: @Sendable (Call) async throws -> PendingExchange<Form.Frames.Frame>
    }

    /// Reads a request's body, waits for the engine's first event and answers: whole, or as a stream that outlives this call.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - operation: what is asked for.
    ///   - told: what a failure becomes for the caller; its record has it as it is.
    ///   - read: understands the body; runs away from the event loop where that is large.
    /// - Returns: the answer, or its beginning.
    /// - Throws: ``ServiceError`` for everything that fails before the answer begins.
    func answer(
        _ request: ServiceRequest,
        _ operation: Operation,
        told: (any Error) -> any Error,
        _ read: @escaping @Sendable ([UInt8]) throws -> any InferenceReading
    ) async throws -> Response {
        let entry = self.entry(of: request, operation)
        do {
            let deadline = try InferenceRoute.deadline(of: request, since: entry.arrival)
            var bytes = try self.bodies.whole(request.body)
            if bytes == nil { bytes = try await self.bodies.bytes(request.request) }
            let body = bytes ?? []
            entry.bodyRead()
            request.recording?.took(body)
            var claim: IdempotencyClaim?
            if request.sent.contains(.idempotencyKey) {
                let project = request.caller.project.name
                switch try await self.idempotency.begin(request.request, body: body, project: project) {
                case .replay(let answer)?:
                    entry.finish(.completed)
                    return Response(replayed: answer)
                case let decision: claim = decision?.claim
                }
            }
            let reading =
                body.count <= RequestBodyReader.parseOnLoopLimit
                ? try read(body) : try await InferenceRoute.elsewhere { try read(body) }
            let call = Call(
                entry: entry,
                bodyBytes: body.count,
                project: request.caller.project,
                requestClass: request.requestClass,
                deadline: deadline,
                isStreamed: reading.isStreamed
            )
            // From here on a caller that leaves is to be noticed: there is work to be stopped.
            request.watch?.arm()
            return try await reading.answer(by: self, call, request, claim)
        } catch {
            request.watch?.disarm()
            entry.fail(error)
            throw told(error)
        }
    }

    /// Opens the record of a request.
    private func entry(of request: ServiceRequest, _ operation: Operation) -> RequestEntry {
        let shape = request.traits.shape
        return RequestEntry(
            requestID: request.requestID,
            project: request.caller.project.name,
            dialect: self.dialect,
            operation: operation,
            origin: TraceHeaders.origin(of: request),
            telemetry: self.telemetry,
            statusOf: { shape.status(of: $0).code }
        )
    }

    /// When the caller no longer wants an answer; nil if it does not say.
    private static func deadline(
        of request: ServiceRequest,
        since arrival: MonotonicInstant
    ) throws -> MonotonicInstant? {
        let isGiven = request.sent.contains(.deadline)
        let deadline = isGiven ? try DeadlineHeader.deadline(of: request.request, since: arrival) : nil
        // A word that is none of the classes has been passed over until here.
        _ = try PriorityHeader.requestClass(in: request.request.headers, request.sent)
        return deadline
    }

    /// Does something away from the event loop.
    private static func elsewhere(
        _ body: @escaping @Sendable () throws -> any InferenceReading
    ) async throws -> any InferenceReading {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { try await InferenceRoute.here(body) }
    }

    /// Runs where the task's executor preference says.
    @concurrent
    private static func here(
        _ body: @Sendable () throws -> any InferenceReading
    ) async throws -> any InferenceReading {
        try body()
    }

    /// Streams an answer: its head is held until the engine's first event, but not for longer than the caller should be
    /// left in the dark about the line.
    fileprivate func stream<Form: AnswerForm>(
        _ pending: PendingExchange<Form.Frames.Frame>,
        _ reading: Reading<Form>,
        _ request: ServiceRequest,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        let isTold = reading.form.takesComments && self.noticeAfter > .zero
        let exchange = isTold ? try await pending.open(within: self.noticeAfter) : try await pending.open()
        return StreamedAnswer(
            form: reading.form,
            ignored: reading.ignored,
            source: exchange.map { .open($0) } ?? .waiting(pending),
            watch: request.watch,
            keeper: claim.map { reading.form.keeper($0, limit: self.idempotency.maxBytes) }
        ).response(adding: request.fields)
    }
}

/// What a route understood of a body, whatever form its answer has.
protocol InferenceReading: Sendable {
    /// Whether the answer is told piece by piece.
    var isStreamed: Bool { get }

    /// Puts the request in line and waits for the whole answer.
    ///
    /// - Throws: ``ServiceError`` if the engine failed or stopped before its end, or refuses it at once.
    func whole(_ call: Call) async throws -> WholeAnswer
    /// Puts the request in line and answers it.
    ///
    /// - Throws: ``ServiceError`` for everything that fails before the answer begins.
    func answer(
        by route: InferenceRoute,
        _ call: Call,
        _ request: ServiceRequest,
        _ claim: IdempotencyClaim?
    ) async throws -> Response
}

extension InferenceRoute.Reading {
    func whole(_ call: Call) async throws -> WholeAnswer {
        let exchange = try await self.enter(call).open()
        let answer = try await self.form.whole(exchange)
        return self.finished(answer, exchange)
    }

    /// The whole of an answer has come.
    private func finished(_ answer: StoredAnswer, _ exchange: Exchange<Form.Frames.Frame>) -> WholeAnswer {
        exchange.complete()
        let fields = InferenceHeaders.fields(of: exchange, contentType: answer.contentType, ignored: self.ignored)
        return WholeAnswer(answer: answer, fields: fields)
    }

    func answer(
        by route: InferenceRoute,
        _ call: Call,
        _ request: ServiceRequest,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        let pending = try await self.enter(call)
        if self.isStreamed { return try await route.stream(pending, self, request, claim) }
        let exchange = try await pending.open()
        let whole = self.finished(try await self.form.whole(exchange), exchange)
        request.watch?.disarm()
        // Before it is told: whoever has seen the answer can rely on it.
        await claim?.keep(whole.answer)
        return whole.response(adding: request.fields)
    }
}
