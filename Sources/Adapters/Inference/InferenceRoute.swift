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

    /// Reads a body that is JSON, waits for the engine's first event and answers: whole, or as a stream that outlives this
    /// call.
    ///
    /// - Throws: ``ServiceError`` for everything that fails before the answer begins.
    func answer(
        _ request: Request,
        _ context: ServiceContext,
        _ operation: Operation,
        _ read: (JSONObject) throws -> any InferenceReading
    ) async throws -> Response {
        try await self.answer(request, context, operation) { body in try read(try await self.bodies.json(body)) }
    }

    /// As above, for a route that reads the bytes itself.
    func answer(
        _ request: Request,
        _ context: ServiceContext,
        _ operation: Operation,
        bytes read: ([UInt8]) async throws -> any InferenceReading
    ) async throws -> Response {
        try await self.recorded(request, context, operation) { call, body in
            let hasKey = context.sent.contains(.idempotencyKey)
            let decision =
                hasKey ? try await self.idempotency.begin(request, body: body, project: call.project.name) : nil
            if case .replay(let answer)? = decision {
                call.entry.finish(.completed)
                return Response(replayed: answer)
            }
            let reading = try await read(body)
            // From here on a caller that leaves is to be noticed: there is work to be stopped.
            context.watch?.arm()
            return try await reading.answer(by: self, call, context, decision?.claim)
        }
    }

    /// Opens a request's record, reads its body and lets `body` answer; a failure closes the record.
    private func recorded(
        _ request: Request,
        _ context: ServiceContext,
        _ operation: Operation,
        _ answer: (Call, [UInt8]) async throws -> Response
    ) async throws -> Response {
        let project = context.caller.project
        let (shape, sent) = (context.traits.shape, context.sent)
        let entry = RequestEntry(
            requestID: context.requestID,
            project: project.name,
            dialect: self.dialect,
            operation: operation,
            origin: TraceHeaders.origin(of: request, sent),
            telemetry: self.telemetry,
            statusOf: { shape.status(of: $0).code }
        )
        do {
            let deadline =
                sent.contains(.deadline)
                ? try DeadlineHeader.deadline(of: request, since: entry.arrival) : nil
            _ = try context.requestClass(in: request)
            let body = try await self.bodies.bytes(request, context)
            entry.bodyRead()
            context.recording?.took(body)
            let call = Call(
                entry: entry,
                bodyBytes: body.count,
                project: project,
                requestClass: context.requestClass,
                deadline: deadline
            )
            return try await answer(call, body)
        } catch {
            context.watch?.disarm()
            entry.fail(error)
            throw error
        }
    }

    fileprivate func whole<Form: AnswerForm>(
        _ pending: PendingExchange<Form.Frames.Frame>,
        _ reading: Reading<Form>,
        _ context: ServiceContext,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        let whole = try await reading.whole(pending)
        context.watch?.disarm()
        // Before it is told: whoever has seen the answer can rely on it.
        await claim?.keep(whole.answer)
        return whole.response(context)
    }

    /// Streams an answer: its head is held until the engine's first event, but not for longer than the caller should be
    /// left in the dark about the line.
    fileprivate func stream<Form: AnswerForm>(
        _ pending: PendingExchange<Form.Frames.Frame>,
        _ reading: Reading<Form>,
        _ context: ServiceContext,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        let isTold = reading.form.takesComments && self.noticeAfter > .zero
        let exchange = isTold ? try await pending.open(within: self.noticeAfter) : try await pending.open()
        return StreamedAnswer(
            form: reading.form,
            ignored: reading.ignored,
            source: exchange.map { .open($0) } ?? .waiting(pending),
            watch: context.watch,
            keeper: claim.map { reading.form.keeper($0, limit: self.idempotency.maxBytes) }
        ).response(context)
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
        _ context: ServiceContext,
        _ claim: IdempotencyClaim?
    ) async throws -> Response
}

extension InferenceRoute.Reading {
    func whole(_ call: Call) async throws -> WholeAnswer {
        try await self.whole(try await self.enter(call))
    }

    /// Waits for the whole answer of a request in line.
    fileprivate func whole(_ pending: PendingExchange<Form.Frames.Frame>) async throws -> WholeAnswer {
        let exchange = try await pending.open()
        let answer = try await self.form.whole(exchange)
        exchange.complete()
        let fields = InferenceHeaders.fields(of: exchange, contentType: answer.contentType, ignored: self.ignored)
        return WholeAnswer(answer: answer, fields: fields)
    }

    func answer(
        by route: InferenceRoute,
        _ call: Call,
        _ context: ServiceContext,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        var call = call
        call.isStreamed = self.isStreamed
        let pending = try await self.enter(call)
        if self.isStreamed { return try await route.stream(pending, self, context, claim) }
        return try await route.whole(pending, self, context, claim)
    }
}
