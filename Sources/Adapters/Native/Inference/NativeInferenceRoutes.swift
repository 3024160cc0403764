import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /api/v1/generate` and `POST /api/v1/chat`.
struct NativeInferenceRoutes: Sendable {
    let generate: GenerateUseCase
    let chat: ChatUseCase
    let bodies: RequestBodyReader
    let idempotency: IdempotencyGate
    let telemetry: Telemetry
    /// How long a streamed request waits in line before its caller is told so; zero is for ever.
    let noticeAfter: Duration

    func addRoutes(to router: Router<ServiceContext>) {
        router.post("/api/v1/generate") { request, context in
            try await self.answer(request, context, .generate, .text) { body in
                let read = try NativeRequestReader.generate(body)
                return (read.isStreamed, { try await self.generate.enter(read.request, call: $0) })
            }
        }
        router.post("/api/v1/chat") { request, context in
            try await self.answer(request, context, .chat, .message) { body in
                let read = try NativeRequestReader.chat(body)
                return (read.isStreamed, { try await self.chat.enter(read.request, call: $0) })
            }
        }
    }

    private static let contentType = "application/json; charset=utf-8"

    private typealias Entering = @Sendable (Call) async throws -> PendingExchange<GenerationEvent>

    /// Reads the body, waits for the engine's first event and answers: whole, or as a stream that outlives this call.
    private func answer(
        _ request: Request,
        _ context: ServiceContext,
        _ operation: Operation,
        _ shape: NativeAnswers.Shape,
        _ read: (JSONObject) throws -> (isStreamed: Bool, enter: Entering)
    ) async throws -> Response {
        let project = context.caller.project
        let entry = RequestEntry(
            requestID: context.requestID,
            project: project.name,
            dialect: .native,
            operation: operation,
            telemetry: self.telemetry,
            statusOf: { ProblemDetails.status(of: $0).code }
        )
        do {
            let deadline = try DeadlineHeader.deadline(of: request, since: entry.arrival)
            _ = try PriorityHeader.requestClass(in: request.headers)
            let body = try await self.bodies.bytes(request)
            entry.bodyRead()
            let decision = try await self.idempotency.begin(request, body: body, project: project.name)
            if case .replay(let answer) = decision {
                entry.finish(.completed)
                return Response(replayed: answer)
            }
            let (isStreamed, enter) = try read(try await self.bodies.json(body))
            // From here on a caller that leaves is to be noticed: there is work to be stopped.
            context.watch?.arm()
            let pending = try await enter(
                Call(
                    entry: entry,
                    bodyBytes: body.count,
                    project: project,
                    requestClass: context.requestClass,
                    deadline: deadline
                )
            )
            if isStreamed { return try await self.stream(pending, context, decision?.claim) }
            let exchange = try await pending.open()
            let result = try await exchange.collect()
            context.watch?.disarm()
            let answer = NativeAnswers(result.summary, exchange: exchange).body(result, shape: shape)
            exchange.complete()
            // Before it is told: whoever has seen the answer can rely on it.
            await decision?.claim?.keep(StoredAnswer(status: 200, contentType: Self.contentType, body: answer))
            return Response(
                status: .ok,
                headers: InferenceHeaders.headers(of: exchange, contentType: Self.contentType),
                body: .init(byteBuffer: ByteBuffer(bytes: answer))
            )
        } catch {
            context.watch?.disarm()
            entry.fail(error)
            throw error
        }
    }
}

extension NativeInferenceRoutes {
    /// Streams an answer: its head is held until the engine's first event, but not for longer than the caller should be
    /// left in the dark about the line.
    private func stream(
        _ pending: PendingExchange<GenerationEvent>,
        _ context: ServiceContext,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        let exchange =
            self.noticeAfter > .zero ? try await pending.open(within: self.noticeAfter) : try await pending.open()
        return NativeStream(
            source: exchange.map { .open($0) } ?? .waiting(pending),
            context: context,
            claim: claim.map { StreamClaim($0, limit: self.idempotency.maxBytes) }
        ).response
    }
}

/// How long the caller wants to wait, by the header `X-Deadline-Ms`.
enum DeadlineHeader {
    /// A day, in milliseconds.
    private static let longest = 86_400_000

    /// The instant after which the caller no longer wants an answer; nil if it does not say.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` unless it is a whole number of milliseconds, 1 to a day.
    static func deadline(of request: Request, since arrival: MonotonicInstant) throws -> MonotonicInstant? {
        guard let text = request.headers[.xDeadline] else { return nil }
        guard let milliseconds = Int(text), (1...DeadlineHeader.longest).contains(milliseconds) else {
            throw ServiceError(
                .invalidRequest,
                "X-Deadline-Ms must be a whole number of milliseconds, 1 to \(DeadlineHeader.longest)."
            )
        }
        return arrival.advanced(by: .milliseconds(milliseconds))
    }
}
