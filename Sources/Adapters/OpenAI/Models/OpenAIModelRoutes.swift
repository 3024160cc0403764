import Application
import Domain
import Hummingbird
import NIOCore

/// `GET /v1/models` and `GET /v1/models/{id}`.
struct OpenAIModelRoutes: Sendable {
    let listModels: ListModelsUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/v1/models") { _, context in
            let models = try await self.models(context)
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("object", "list")
                writer.key("data")
                writer.array(models) { writer, model in
                    writer.object { OpenAIModelRoutes.write(model, as: model.name.spelling, to: &$0) }
                }
            }
            return Response(json: writer)
        }
        // Names may hold slashes.
        router.get("/v1/models/**") { _, context in
            let id = PathParts.open(in: context)?.joined(separator: "/") ?? ""
            guard let name = try? ModelName(id),
                let model = try await self.models(context).first(where: { $0.name == name })
            else {
                throw ServiceError(
                    .modelNotFound,
                    "The model '\(id.prefix(100))' does not exist, or you may not use it.",
                    faults: [FieldFault(pointer: "/model", detail: "There is no such model.")],
                    isRetryable: false
                )
            }
            var writer = JSONWriter()
            writer.object { OpenAIModelRoutes.write(model, as: id, to: &$0) }
            return Response(json: writer)
        }
    }

    /// The models that the caller may use, newest first as Ollama lists them.
    private func models(_ context: ServiceContext) async throws -> [ModelInfo] {
        let project = context.caller.project
        let models = try await self.listModels.list().map(\.model).filter { project.mayUse($0.name) }
        return models.enumerated()
            .sorted {
                (OpenAIModelRoutes.created($0.element), $1.offset) > (OpenAIModelRoutes.created($1.element), $0.offset)
            }
            .map(\.element)
    }

    private static func write(_ model: ModelInfo, as id: String, to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("object", "model")
        writer.field("created", OpenAIModelRoutes.created(model))
        writer.field("owned_by", model.name.namespace)
    }

    /// When the model was last changed, in seconds since 1970; 0 where the engine does not say it.
    private static func created(_ model: ModelInfo) -> Int {
        model.modifiedAt.flatMap { ModificationTime(rfc3339: $0) }?.seconds ?? 0
    }
}
