import Application
import Domain
import Hummingbird
import NIOCore

/// Ollama's routes about models: lists, descriptions, and what changes them.
struct OllamaModelRoutes: Sendable {
    let rows: ModelRowsUseCase
    let administer: AdministerModelsUseCase
    let bodies: RequestBodyReader

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/tags") { _, context in try await self.list(.installed, context) }
        router.get("/api/ps") { _, context in try await self.list(.loaded, context) }
        router.post("/api/show") { request, context in try await self.show(request, context) }
        router.post("/api/pull") { request, context in try await self.change(.pull, request, context) }
        router.post("/api/push") { request, context in try await self.change(.push, request, context) }
        router.post("/api/create") { request, context in try await self.change(.create, request, context) }
        router.post("/api/copy") { request, context in try await self.change(.copy, request, context) }
        router.delete("/api/delete") { request, context in try await self.delete(request, context) }
        router.head("/api/blobs/:digest") { request, context in try await self.findBlob(request, context) }
        router.post("/api/blobs/:digest") { request, context in try await self.putBlob(request, context) }
    }

    // MARK: Reading

    private func list(_ list: ModelList, _ context: ServiceContext) async throws -> Response {
        let rows = try await self.rows.rows(of: list, visibleTo: context.caller.project)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("models")
            writer.array(rows) { OllamaRow.write($1, in: list, to: &$0) }
        }
        return Response(json: writer)
    }

    private func show(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = try await OllamaModelRequest(request, bodies: self.bodies)
        if let model = body.model, !context.caller.project.mayUse(model) {
            throw ServiceError.modelNotAllowed(model, context.caller.project)
        }
        let order = ModelOrder(.show, body: .whole(body.question), requestID: context.requestID)
        return try await OllamaModelRoutes.watched(context) {
            switch try await self.administer.describe(body.model, by: order, on: request.wishedEngine) {
            case .written(let reply): return PassedAnswer(reply: reply, context: context).response
            case .known(let model, let loaded, on: let engine):
                context.watch?.disarm()
                var response = Response(json: OllamaRow.description(of: model, loaded: loaded))
                response.headers[.xEngine] = engine.description
                return response
            }
        }
    }

    // MARK: Changing

    private func change(
        _ operation: ModelOperation,
        _ request: Request,
        _ context: ServiceContext
    ) async throws -> Response {
        try context.requireAdmin()
        let body = try await OllamaModelRequest(request, bodies: self.bodies)
        let order = ModelOrder(
            operation,
            body: .whole(body.bytes),
            tellsProgress: operation != .copy && body.isStreamed,
            requestID: context.requestID
        )
        let model = operation == .copy ? body.source : body.model
        return try await OllamaModelRoutes.watched(context) {
            let reply = try await self.administer.perform(order, about: model, on: request.wishedEngine)
            return PassedAnswer(reply: reply, context: context).response
        }
    }

    private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try context.requireAdmin()
        let body = try await OllamaModelRequest(request, bodies: self.bodies)
        let order = ModelOrder(.delete, body: .whole(body.bytes), requestID: context.requestID)
        return try await OllamaModelRoutes.watched(context) {
            let replies = try await self.administer.remove(body.model, by: order, on: request.wishedEngine)
            guard let first = replies.first else { throw ServiceError.unexpected }
            return PassedAnswer(reply: first, context: context).response
        }
    }

    private func findBlob(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try context.requireAdmin()
        let digest = try BlobDigest(context.parameters.require("digest"))
        let order = ModelOrder(.findBlob(digest), body: .none, requestID: context.requestID)
        return try await OllamaModelRoutes.watched(context) {
            let reply = try await self.administer.perform(order, about: nil, on: request.wishedEngine)
            return PassedAnswer(reply: reply, context: context).response
        }
    }

    private func putBlob(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try context.requireAdmin()
        let digest = try BlobDigest(context.parameters.require("digest"))
        let upload = UploadedBody(request)
        let order = ModelOrder(
            .putBlob(digest),
            body: .pieces(upload, length: upload.length),
            requestID: context.requestID
        )
        return try await OllamaModelRoutes.watched(context) {
            let reply = try await self.administer.perform(order, about: nil, on: request.wishedEngine)
            var response = PassedAnswer(reply: reply, context: context).response
            // An engine that has the file already does not read it to its end, and neither do we.
            if !upload.isRead { response.headers[.connection] = "close" }
            return response
        }
    }

    /// From here on a caller that leaves is noticed, until the answer's body has been written.
    static func watched(
        _ context: ServiceContext,
        _ work: () async throws -> Response
    ) async throws -> Response {
        context.watch?.arm()
        do {
            return try await work()
        } catch {
            context.watch?.disarm()
            throw error
        }
    }
}
