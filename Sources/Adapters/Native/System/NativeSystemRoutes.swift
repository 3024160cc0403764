import Application
import Domain
import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `GET /api/v1/system/engines`: how the engines are, for operators.
struct NativeSystemRoutes: Sendable {
    let health: HealthUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/system/engines") { _, context in
            let isAdmin = context.caller.isAdmin
            var writer = JSONWriter()
            self.write(isAdmin: isAdmin, to: &writer)
            return Response(json: writer)
        }
    }

    /// Writes the list of all engines.
    func write(isAdmin: Bool, to writer: inout JSONWriter) {
        writer.array(self.health.engines) { writer, engine in
            writer.object { self.write(engine, isAdmin: isAdmin, to: &$0) }
        }
    }

    private func write(_ engine: EngineDirectory.Engine, isAdmin: Bool, to writer: inout JSONWriter) {
        let identity = engine.client.identity
        writer.field("name", identity.name.description)
        writer.field("kind", identity.kind.rawValue)
        writer.field("state", engine.state.rawValue)
        writer.field("reason", engine.reason)
        writer.field("breaker", self.health.breaker(of: identity.name).rawValue)
        writer.field("version", engine.report?.version)
        writer.field("slots", engine.slots)
        writer.field("running", self.health.runningRequests(on: identity.name))
        writer.key("models")
        writer.array(engine.state == .up ? engine.report?.loaded ?? [] : []) { writer, model in
            writer.object {
                $0.field("name", model.name.spelling)
                $0.field("bytes", model.bytes)
                $0.field("vram_bytes", model.vramBytes)
                $0.field("expires_at", model.expiresAt)
                $0.field("context", model.context)
                $0.field("pinned", self.health.isPinned(model.name, on: identity.name))
            }
        }
        // Where an engine is, is the operators' affair.
        if isAdmin { writer.field("url", identity.url) }
        guard let process = self.health.process(of: identity.name) else { return }
        self.write(process, isAdmin: isAdmin, to: &writer)
    }

    private func write(_ process: EngineProcessReport, isAdmin: Bool, to writer: inout JSONWriter) {
        writer.field("pid", process.pid.map(Int.init))
        writer.field("started_at", process.startedAt?.formatted(.iso8601))
        writer.field("restarts", process.restarts)
        writer.field("cpu_percent", process.cpuPercent.map { ($0 * 10).rounded() / 10 })
        writer.field("memory_mb", process.memoryBytes.map { $0 / 1_000_000 })
        // What an engine wrote may hold paths.
        if isAdmin { writer.field("last_error", process.lastError) }
        writer.key("events")
        writer.array(process.incidents) { writer, incident in
            writer.object {
                $0.field("code", incident.kind.rawValue)
                $0.field("at", incident.time.formatted(.iso8601))
                $0.field("count", incident.count)
                $0.field("advice", incident.kind.advice)
                if isAdmin { $0.field("line", incident.line) }
            }
        }
    }
}
