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

    func addRoutes(to routes: DirectRoutes) {
        for operation in OllamaOperation.allCases {
            routes.post(operation.path) { request in
                let (model, project) = (ModelSpelling(), request.caller.project)
                return try await self.route.answer(
                    request,
                    operation.operation,
                    told: { operation.told($0, of: model.get()) },
                    { try self.reading($0, operation, project, model) }
                )
            }
        }
    }

    /// Reads a body.
    @inline(never)
    private func reading(
        _ bytes: [UInt8],
        _ operation: OllamaOperation,
        _ project: Project,
        _ spelling: ModelSpelling
    ) throws -> any InferenceReading {
        let scan = try OllamaScan(bytes, type: operation.typeName)
        spelling.set(scan.model)
        return try self.reading(scan, bytes, operation, project)
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
}

extension OllamaOperation {
    /// A failure as Ollama would tell it of a model that nobody has.
    fileprivate func told(_ error: any Error, of model: String) -> any Error {
        guard let error = error as? ServiceError, error.answer == nil, error.code == .modelNotFound else {
            return error
        }
        return self.notFound(model)
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
        _ request: ServiceRequest,
        _ claim: IdempotencyClaim?
    ) async throws -> Response {
        if try await self.relay.isToBeUnloaded(self.model, call: call) {
            return try await self.loaded.answer(by: route, call, request, claim)
        }
        request.watch?.disarm()
        return self.unloaded(call).response(adding: request.fields)
    }
}
