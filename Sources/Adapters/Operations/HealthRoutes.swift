import Application
import Domain
import HTTPTypes
import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `/livez`, `/healthz`, `/readyz`, `/health` and `/api/v1/health`.
///
/// None of them asks an engine; none needs a key.
struct HealthRoutes: Sendable {
    let health: HealthUseCase
    /// The service's own version.
    let version: String

    func addRoutes(to router: Router<ServiceContext>) {
        for path in ["/livez", "/healthz"] {
            router.get(RouterPath(path)) { _, _ in
                var writer = JSONWriter()
                writer.object { $0.field("status", "alive") }
                return Response(json: writer)
            }
        }
        router.get("/readyz") { _, _ in self.readiness }
        for path in ["/health", "/api/v1/health"] {
            router.get(RouterPath(path)) { _, _ in self.state }
        }
    }

    private var readiness: Response {
        let obstacles = self.health.obstacles
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("status", obstacles.isEmpty ? "ready" : "not_ready")
            writer.key("reasons")
            writer.array(obstacles) { writer, obstacle in
                writer.object {
                    $0.field("component", obstacle.component)
                    $0.field("reason", obstacle.reason)
                }
            }
        }
        return Response(status: obstacles.isEmpty ? .ok : .serviceUnavailable, json: writer)
    }

    private var state: Response {
        let status = self.health.status
        let engines = self.health.engines
        let hasOllama = engines.contains { $0.client.identity.kind == .ollama && $0.state == .up }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("status", status.rawValue)
            writer.field("ollama_service", hasOllama)
            writer.field("version", self.version)
            writer.field("timestamp", Date.now.formatted(.iso8601))
            writer.key("services")
            writer.object { writer in
                for engine in engines { writer.field(engine.client.identity.name.description, engine.state.rawValue) }
            }
            writer.key("engines")
            writer.array(engines) { writer, engine in
                writer.object { self.write(engine, to: &$0) }
            }
        }
        return Response(status: status == .unhealthy ? .serviceUnavailable : .ok, json: writer)
    }

    private func write(_ engine: EngineDirectory.Engine, to writer: inout JSONWriter) {
        let identity = engine.client.identity
        writer.field("name", identity.name.description)
        writer.field("kind", identity.kind.rawValue)
        writer.field("state", engine.state.rawValue)
        writer.field("breaker", self.health.breaker(of: identity.name).rawValue)
        writer.field("managed", identity.isManaged)
        writer.field("bundled", identity.isBundled)
        if identity.isBundled {
            writer.field("note", "The small bundled model; install Ollama and pull a model for real work.")
        }
        writer.field("version", engine.report?.version)
        writer.key("models_loaded")
        writer.array(engine.state == .up ? engine.report?.loaded ?? [] : []) { $0.string($1.name.spelling) }
    }
}
