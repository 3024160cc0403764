import Application
import Domain
import Hummingbird

/// `POST /api/v1/system/engines/{name}/restart`: starts an engine of ours anew, without cutting what it runs.
struct NativeRestartRoutes: Sendable {
    let restarting: RestartEngineUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.post("/api/v1/system/engines/:name/restart") { _, context in
            try context.requireAdmin()
            let name = context.parameters.get("name") ?? ""
            let done = try await self.restarting.restart(EngineName(name))
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("status", "restarting")
                writer.field("engine", name)
                writer.field("drained", done.isDrained)
                writer.field("waited_ms", NativeAnswers.rounded(done.waited))
            }
            return Response(json: writer)
        }
    }
}
