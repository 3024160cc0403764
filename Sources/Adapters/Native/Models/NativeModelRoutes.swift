import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /api/v1/models`.
struct NativeModelRoutes: Sendable {
    let listModels: ListModelsUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/models") { _, context in
            let project = context.caller.project
            let entries = try await self.listModels.list().filter { project.mayUse($0.model.name) }
            var writer = JSONWriter()
            writer.object { writer in
                writer.key("models")
                writer.array(entries) { writer, entry in
                    writer.object { NativeModelRoutes.write(entry, to: &$0) }
                }
            }
            return Response(json: writer)
        }
    }

    private static func write(_ entry: ListModelsUseCase.Entry, to writer: inout JSONWriter) {
        let model = entry.model
        writer.field("name", model.name.spelling)
        writer.key("size")
        if let size = model.size { writer.number(size) } else { writer.null() }
        writer.key("modified_at")
        if let modified = model.modifiedAt { writer.string(modified) } else { writer.null() }
        writer.key("digest")
        if let digest = model.digest { writer.string(digest) } else { writer.null() }
        writer.key("capabilities")
        writer.array(model.capabilities) { $0.string($1.rawValue) }
        writer.key("engines")
        writer.array(entry.engines) { $0.string($1.description) }
    }
}

extension Response {
    /// A whole JSON answer.
    init(status: HTTPResponse.Status = .ok, json: JSONWriter) {
        self.init(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: json.bytes))
        )
    }
}
