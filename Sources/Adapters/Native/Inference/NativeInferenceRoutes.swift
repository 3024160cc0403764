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
    let telemetry: Telemetry

    func addRoutes(to router: Router<ServiceContext>) {
        router.post("/api/v1/generate") { request, context in
            try await self.answer(request, context, .generate, .text) { body in
                let read = try NativeRequestReader.generate(body)
                return (read.isStreamed, { try await self.generate.open(read.request, call: $0) })
            }
        }
        router.post("/api/v1/chat") { request, context in
            try await self.answer(request, context, .chat, .message) { body in
                let read = try NativeRequestReader.chat(body)
                return (read.isStreamed, { try await self.chat.open(read.request, call: $0) })
            }
        }
    }

    private typealias Opening = @Sendable (Call) async throws -> Exchange<GenerationEvent>

    /// Reads the body, opens the exchange and answers: whole, or as a stream that outlives this call.
    private func answer(
        _ request: Request,
        _ context: ServiceContext,
        _ operation: Operation,
        _ shape: NativeAnswers.Shape,
        _ read: (JSONObject) throws -> (isStreamed: Bool, open: Opening)
    ) async throws -> Response {
        let project = Result { try ProjectHeader.project(of: request) }
        let caller = Project(name: (try? project.get()) ?? .default, role: .admin)
        let entry = RequestEntry(
            requestID: context.requestID,
            project: caller.name,
            dialect: .native,
            operation: operation,
            telemetry: self.telemetry,
            statusOf: { ProblemDetails.status(of: $0).code }
        )
        do {
            _ = try project.get()
            let body = try await self.bodies.json(request)
            entry.bodyRead()
            let (isStreamed, open) = try read(body.value)
            // From here on a caller that leaves is to be noticed: there is work to be stopped.
            context.watch?.arm()
            let exchange = try await open(Call(entry: entry, bodyBytes: body.bytes, project: caller))
            if isStreamed { return NativeStream(exchange: exchange, context: context).response }
            let result = try await exchange.collect()
            context.watch?.disarm()
            let answer = NativeAnswers(result.summary, exchange: exchange).body(result, shape: shape)
            exchange.complete()
            return Response(
                status: .ok,
                headers: InferenceHeaders.headers(of: exchange, contentType: "application/json; charset=utf-8"),
                body: .init(byteBuffer: ByteBuffer(bytes: answer))
            )
        } catch {
            context.watch?.disarm()
            entry.fail(error)
            throw error
        }
    }
}

/// Who calls, by the header `X-Project-Name`.
enum ProjectHeader {
    static func project(of request: Request) throws -> ProjectName {
        try request.headers[.xProjectName].map { try ProjectName($0) } ?? .default
    }
}
