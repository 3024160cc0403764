import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Ollama's routes for inference: `POST /api/generate`, `/api/chat`, `/api/embed` and `/api/embeddings`.
///
/// Before an Ollama the request goes on as it came and the answer's bytes pass through; before an engine of another kind
/// both are translated.
struct OllamaInferenceRoutes: Sendable {
    let relay: RelayUseCase
    let route: InferenceRoute

    func addRoutes(to router: Router<ServiceContext>) {
        for operation in OllamaOperation.allCases {
            router.post(RouterPath(operation.path)) { request, context in
                try await self.answer(request, context, operation)
            }
        }
    }

    private func answer(
        _ request: Request,
        _ context: ServiceContext,
        _ operation: OllamaOperation
    ) async throws -> Response {
        let model = ModelSpelling()
        do {
            return try await self.route.answer(request, context, operation.operation) { bytes in
                let scan = try await OllamaInferenceRoutes.scan(bytes, operation)
                model.set(scan.model)
                return try self.reading(scan, bytes, operation, context.caller.project)
            }
        } catch let error as ServiceError where error.answer == nil && error.code == .modelNotFound {
            throw operation.notFound(model.get())
        }
    }

    private func reading(
        _ scan: OllamaScan,
        _ bytes: [UInt8],
        _ operation: OllamaOperation,
        _ project: Project
    ) throws -> any InferenceReading {
        let model = try operation.model(scan.model)
        let isStreamed = scan.isStreamed && operation.operation != .embed
        let request = RelayedRequest(
            operation.operation,
            path: operation.path,
            body: bytes,
            isStreamed: isStreamed,
            options: scan.options,
            barred: project.may(.runnerOptions) ? [] : scan.runnerOptions,
            promptBytes: scan.promptBytes,
            pictures: scan.pictures
        )
        let reading = InferenceRoute.Reading(form: OllamaForm(), isStreamed: isStreamed) { [relay] call in
            try await relay.enter(request, model: model, role: operation.role, call: call) { client, job in
                try OllamaTranslation.stream(operation, job, by: client)
            }
        }
        guard scan.unloads, operation.operation != .embed else { return reading }
        return OllamaUnloading(model: model, isChat: operation == .chat, relay: self.relay, loaded: reading)
    }

    /// Reads a body: a large one, with pictures in it, away from the event loop.
    private static func scan(_ bytes: [UInt8], _ operation: OllamaOperation) async throws -> OllamaScan {
        if bytes.count <= RequestBodyReader.parseOnLoopLimit { return try OllamaScan(bytes, type: operation.typeName) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await OllamaInferenceRoutes.scanElsewhere(bytes, operation)
        }
    }

    /// Runs where the task's executor preference says.
    @concurrent
    private static func scanElsewhere(_ bytes: [UInt8], _ operation: OllamaOperation) async throws -> OllamaScan {
        try OllamaScan(bytes, type: operation.typeName)
    }
}

/// A request that only takes a model out of memory: where no engine holds it, nothing has to be done, and least of all to
/// load it first.
private struct OllamaUnloading: InferenceReading {
    let model: ModelName
    let isChat: Bool
    let relay: RelayUseCase
    /// What is to be done where an engine holds the model.
    let loaded: any InferenceReading

    let isStreamed = false

    func whole(_ call: Call) async throws -> WholeAnswer {
        try await self.relay.isToBeUnloaded(self.model, call: call)
            ? try await self.loaded.whole(call) : self.unloaded(call)
    }

    /// What is answered where no engine holds the model.
    private func unloaded(_ call: Call) -> WholeAnswer {
        call.entry.finish(.completed)
        var buffer = ByteBuffer()
        let frames = OllamaFrames(model: self.model.spelling, isChat: self.isChat)
        frames.appendEnd(nil, reason: "unload", to: &buffer)
        let body = Array(buffer.readableBytesView)
        var fields = FieldLines()
        fields.add("Content-Type", OllamaForm.wholeType)
        return WholeAnswer(
            answer: StoredAnswer(status: 200, contentType: OllamaForm.wholeType, body: body),
            fields: fields
        )
    }

    func answer(
        by route: InferenceRoute,
        _ call: Call,
        _ context: ServiceContext,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        if try await self.relay.isToBeUnloaded(self.model, call: call) {
            return try await self.loaded.answer(by: route, call, context, claim)
        }
        context.watch?.disarm()
        return self.unloaded(call).response(context)
    }
}
