import Application
import Domain
import Hummingbird
import NIOCore

/// OpenAI's batches: `POST|GET /v1/batches`, `GET /v1/batches/{id}` and `POST /v1/batches/{id}/cancel`; ours are `pause` and
/// `resume`.
struct BatchRoutes: Sendable {
    let batches: BatchUseCase
    let bodies: RequestBodyReader
    let idempotency: IdempotencyGate

    func addRoutes(to router: Router<ServiceContext>) {
        router.post("/v1/batches") { request, context in try await self.create(request, context) }
        router.get("/v1/batches") { request, context in
            let query = try ListParameters.query(request, context, limits: 1...100, standard: 20) { BatchID($0) }
            let page = try await self.batches.batches(query)
            let now = self.batches.now
            return Response(
                json: ListParameters.json(page, id: \.id.description) { BatchJSON.write($0, at: now, to: &$1) }
            )
        }
        router.get("/v1/batches/:id") { _, context in
            self.answer(try await self.batches.batch(try BatchRoutes.id(in: context), for: context.caller))
        }
        router.post("/v1/batches/:id/cancel") { _, context in
            self.answer(try await self.batches.cancel(try BatchRoutes.id(in: context), for: context.caller))
        }
        router.post("/v1/batches/:id/pause") { _, context in
            self.answer(try await self.batches.pause(try BatchRoutes.id(in: context), for: context.caller))
        }
        router.post("/v1/batches/:id/resume") { _, context in
            self.answer(try await self.batches.resume(try BatchRoutes.id(in: context), for: context.caller))
        }
    }

    private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = try await self.bodies.bytes(request)
        let project = context.caller.project.name
        let decision = try await self.idempotency.begin(request, body: body, project: project)
        if case .replay(let answer)? = decision { return Response(replayed: answer) }
        let order = try BatchOrderReader.read(try await self.bodies.json(body))
        let batch = try await self.batches.create(order, for: context.caller)
        let json = self.json(batch)
        let answer = StoredAnswer(status: 200, contentType: "application/json", body: json.bytes)
        // Before it is told: whoever has seen the answer can rely on it.
        if case .first(let claim)? = decision { await claim.keep(answer) }
        return Response(json: json)
    }

    private func answer(_ batch: Batch) -> Response { Response(json: self.json(batch)) }

    private func json(_ batch: Batch) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { BatchJSON.write(batch, at: self.batches.now, to: &$0) }
        return writer
    }

    private static func id(in context: ServiceContext) throws -> BatchID {
        guard let id = context.parameters.get("id").flatMap({ BatchID($0) }) else {
            throw ServiceError(.notFound, "There is no such batch.", isRetryable: false)
        }
        return id
    }
}
