import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// What can be done with models, below `/api/v1/models/`.
struct NativeModelOrderRoutes: Sendable {
    let rows: ModelRowsUseCase
    let administer: AdministerModelsUseCase
    let memory: ModelMemoryUseCase
    let pins: PinModelsUseCase
    let bodies: RequestBodyReader

    func addRoutes(to router: Router<ServiceContext>) {
        // Names hold slashes, so that the path is taken apart here.
        for method in [HTTPRequest.Method.get, .post, .delete] {
            router.on("/api/v1/models/**", method: method) { request, context in
                let path = try NativeModelPath(PathParts.open(in: context), request.method)
                return try await OllamaModelRoutes.watched(context) {
                    let response = try await self.answer(path, request, context)
                    // A stream is watched to its end.
                    if response.body.contentLength != nil { context.watch?.disarm() }
                    return response
                }
            }
        }
    }

    private func answer(
        _ path: NativeModelPath,
        _ request: Request,
        _ context: ServiceContext
    ) async throws -> Response {
        switch path {
        case .loaded: return try await self.loaded(context)
        case .show(let model): return try await self.show(model, request, context)
        case .create, .pull, .copy, .load, .unload, .pin, .unpin, .delete: try context.requireAdmin()
        }
        switch path {
        case .create: return try await self.create(request, context)
        case .pull: return try await self.pull(request, context)
        case .copy(let model): return try await self.copy(model, request, context)
        case .delete(let model): return try await self.delete(model, request, context)
        case .load(let model): return try await self.load(model, request, context)
        case .unload(let model): return try await self.unload(model, request)
        case .pin(let model): return try await self.pin(model, request, context)
        case .unpin(let model): return try await self.unpin(model, request)
        case .loaded, .show: throw ServiceError.unexpected
        }
    }

    // MARK: Reading

    private func loaded(_ context: ServiceContext) async throws -> Response {
        let rows = try await self.rows.rows(of: .loaded, visibleTo: context.caller.project)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("models")
            writer.array(rows) { writer, row in
                var own = JSONWriter()
                OllamaRow.write(row, in: .loaded, to: &own)
                var object = (try? JSONParser.parse(own.bytes))?.object ?? JSONObject()
                object["engine"] = .string(row.engine.description)
                object["pinned"] = .bool(row.isPinned)
                writer.value(.object(object))
            }
        }
        return Response(json: writer)
    }

    private func show(_ model: ModelName, _ request: Request, _ context: ServiceContext) async throws -> Response {
        guard context.caller.project.mayUse(model) else {
            throw ServiceError.modelNotAllowed(model, context.caller.project)
        }
        let isVerbose = request.uri.queryParameters.get("verbose") == "true"
        let body = NativeModelOrders.body(["model": .string(model.spelling), "verbose": .bool(isVerbose)])
        let order = ModelOrder(.show, body: .whole(body), requestID: context.requestID)
        switch try await self.administer.describe(model, by: order, on: request.wishedEngine) {
        case .written(let reply): return Response(description: try await reply.whole(), by: reply.engine)
        case .known(let info, let loaded, on: let engine):
            return Response(description: OllamaRow.description(of: info, loaded: loaded).bytes, by: engine)
        }
    }

    // MARK: Changing

    private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let wish = try NativeModelOrders.create(try await self.bodies.json(request).value)
        let order = ModelOrder(
            .create,
            body: .whole(wish.body),
            tellsProgress: wish.isStreamed,
            requestID: context.requestID
        )
        let reply = try await self.administer.perform(order, about: wish.model, on: request.wishedEngine)
        let progress = NativeProgress(reply: reply, model: wish.model, context: context)
        return wish.isStreamed ? try await progress.streamed() : try await progress.whole()
    }

    private func pull(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let wish = try NativeModelOrders.pull(try await self.bodies.json(request).value)
        // Read as a stream in any case, so that an engine that hangs is noticed.
        let order = ModelOrder(.pull, body: .whole(wish.body), tellsProgress: true, requestID: context.requestID)
        let reply = try await self.administer.perform(order, about: wish.model, on: request.wishedEngine)
        let progress = NativeProgress(reply: reply, model: wish.model, context: context)
        return wish.isStreamed ? try await progress.streamed() : try await progress.whole()
    }

    private func copy(_ source: ModelName, _ request: Request, _ context: ServiceContext) async throws -> Response {
        let destination = try NativeModelOrders.destination(try await self.bodies.json(request).value)
        let body = NativeModelOrders.body([
            "source": .string(source.spelling), "destination": .string(destination.spelling),
        ])
        let order = ModelOrder(.copy, body: .whole(body), requestID: context.requestID)
        let reply = try await self.administer.perform(order, about: source, on: request.wishedEngine)
        _ = try await reply.whole()
        return Response(done: ["source": source.spelling, "destination": destination.spelling], on: [reply.engine])
    }

    private func delete(_ model: ModelName, _ request: Request, _ context: ServiceContext) async throws -> Response {
        let body = NativeModelOrders.body(["model": .string(model.spelling)])
        let order = ModelOrder(.delete, body: .whole(body), requestID: context.requestID)
        let replies = try await self.administer.remove(model, by: order, on: request.wishedEngine)
        // Those that say no come first.
        for reply in replies { _ = try await reply.whole() }
        return Response(done: ["model": model.spelling], on: replies.map(\.engine))
    }

    private func load(_ model: ModelName, _ request: Request, _ context: ServiceContext) async throws -> Response {
        let loaded = try await self.memory.load(
            model,
            for: context.caller.project,
            as: context.service.requestClass,
            requestID: context.requestID,
            on: request.wishedEngine
        )
        return Response("loaded", model, loaded)
    }

    private func unload(_ model: ModelName, _ request: Request) async throws -> Response {
        let engines = try await self.memory.unload(model, on: request.wishedEngine)
        return Response(done: ["model": model.spelling], on: engines, status: "unloaded")
    }

    private func pin(_ model: ModelName, _ request: Request, _ context: ServiceContext) async throws -> Response {
        let loaded = try await self.pins.pin(
            model,
            for: context.caller.project,
            as: context.service.requestClass,
            requestID: context.requestID,
            on: request.wishedEngine
        )
        return Response("pinned", model, loaded)
    }

    private func unpin(_ model: ModelName, _ request: Request) async throws -> Response {
        let engines = try await self.pins.unpin(model, on: request.wishedEngine)
        return Response(done: ["model": model.spelling], on: engines, status: "unpinned")
    }
}

extension Response {
    /// An engine's description of a model.
    fileprivate init(description: [UInt8], by engine: EngineName) {
        self.init(
            status: .ok,
            headers: [
                .contentType: "application/json; charset=utf-8", .cacheControl: "no-store",
                .xEngine: engine.description,
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: description))
        )
    }

    /// What a model in memory is now, and how it came there.
    fileprivate init(_ status: String, _ model: ModelName, _ loaded: ModelMemoryUseCase.Loaded) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("status", status)
            writer.field("model", model.spelling)
            writer.field("engine", loaded.engine.description)
            writer.key("load_ms")
            if let took = loaded.took { writer.number(NativeAnswers.rounded(took)) } else { writer.null() }
        }
        self.init(json: writer)
    }

    /// What was done, and where.
    fileprivate init(done: KeyValuePairs<String, String>, on engines: [EngineName], status: String = "success") {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("status", status)
            for (key, value) in done { writer.field(key, value) }
            writer.key("engines")
            writer.array(engines) { $0.string($1.description) }
        }
        self.init(json: writer)
    }
}
