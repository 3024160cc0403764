import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a running service says of itself, its engines and its models.
struct ServiceChecks {
    /// Whether somebody has said where the service is.
    let isNamed: Bool
    private(set) var findings: [Finding] = []
    /// Whether anything answers there.
    private(set) var isThere = false

    /// How far two clocks may be apart, in seconds.
    private static let clockTolerance = 5.0

    init(isNamed: Bool) {
        self.isNamed = isNamed
    }

    /// Asks a service for all that it tells.
    ///
    /// - Throws: ``ClientFailure``.
    mutating func ask(_ service: ServiceClient) async throws {
        let readiness = try await service.answer(to: "/readyz")
        self.isThere = true
        guard [200, 503].contains(readiness.status), let state = readiness.body["status"]?.string else {
            return self.findings.append(
                Finding(
                    "service",
                    .wrong,
                    "what answers at \(service.address) is another program",
                    remedy: "choose another server.port, or end that program"
                )
            )
        }
        let health = try await service.answer(to: "/health").body
        self.findings += Self.findings(readiness: readiness.body, health: health, address: "\(service.address)")
        if let time = health["timestamp"]?.string { self.findings += Self.clock(time) }
        let isReady = state == "ready"
        self.findings += Self.engines(try await service.get("/api/v1/system/engines").elements)
        self.findings += Self.warmUp(try await service.get("/api/v1/system/model-profile"))
        // While no engine answers nobody knows the models.
        let models = try await service.answer(to: "/api/v1/models")
        if models.status == 200 || isReady { self.findings.append(Self.models(models.body)) }
    }

    /// Notes why a service could not be asked.
    mutating func note(_ error: any Error) {
        switch error as? ClientFailure {
        case .unreachable(let address, let reason)?:
            let remedy =
                self.isNamed
                ? "is the address right, and the service started there? Its log says why it ended"
                : "start it with 'shared-ollama serve'; if it runs elsewhere, name it with --url"
            let detail = "nobody answers at \(address) (\(reason))"
            self.findings.append(Finding("service", self.isNamed ? .wrong : .warning, detail, remedy: remedy))
        case .refused(let status, let message)? where [401, 403].contains(status):
            let remedy = "give a key of an admin with --key or SHARED_OLLAMA_API_KEY"
            self.findings.append(Finding("service", .wrong, "it does not tell: \(message)", remedy: remedy))
        default:
            self.isThere = true
            self.findings.append(Finding("service", .wrong, "\(error)", remedy: "its log says more"))
        }
    }

    // MARK: The parts

    /// What a service says of itself.
    static func findings(readiness: JSONValue, health: JSONValue, address: String) -> [Finding] {
        let version = health["version"]?.string ?? "?"
        var findings = [Finding("service", .good, "version \(version) answers at \(address)")]
        if version != ServiceVersion.current {
            findings.append(
                Finding(
                    "service",
                    .warning,
                    "it is version \(version), and this program \(ServiceVersion.current)",
                    remedy: "after an upgrade, restart the service"
                )
            )
        }
        for reason in readiness["reasons"]?.elements ?? [] {
            let code = reason["reason"]?.string ?? "?"
            let detail = "not ready: \(code) (\(reason["component"]?.string ?? "?"))"
            findings.append(Finding("service", .wrong, detail, remedy: Self.remedy(for: code)))
        }
        return findings
    }

    /// The engines, and what their logs have told.
    static func engines(_ engines: [JSONValue]) -> [Finding] {
        engines.flatMap { engine -> [Finding] in
            let check = "engine \(engine["name"]?.string ?? "?")"
            let state = engine["state"]?.string ?? "?"
            let version = engine["version"]?.string.map { ", version \($0)" } ?? ""
            let reason = engine["reason"]?.string
            let code = reason.map { ": \($0)" } ?? ""
            var findings = [
                state == "up" && reason == nil
                    ? Finding(check, .good, "up\(version)")
                    : Finding(check, .wrong, state + code, remedy: Self.remedy(for: reason ?? state))
            ]
            if let breaker = engine["breaker"]?.string, breaker != "closed" {
                findings.append(
                    Finding(
                        check,
                        .warning,
                        "it failed too often (breaker \(breaker))",
                        remedy: Self.remedy(for: "breaker")
                    )
                )
            }
            if let last = engine["last_error"]?.string, state != "up" {
                let lines = Printable.lines(last).suffix(5).joined(separator: "\n           ")
                findings.append(Finding(check, .warning, "the last that it wrote:\n           \(lines)"))
            }
            for event in engine["events"]?.elements ?? [] {
                let count = event["count"]?.integer ?? 1
                let detail = "\(event["code"]?.string ?? "?"), \(count) times, last at \(event["at"]?.string ?? "?")"
                findings.append(Finding(check, .warning, detail, remedy: event["advice"]?.string))
            }
            return findings
        }
    }

    /// The models that the profile wants in memory and that are not there.
    static func warmUp(_ profile: JSONValue) -> [Finding] {
        (profile["warm_up"]?.elements ?? []).compactMap { progress in
            let model = progress["model"]?.string ?? "?"
            switch progress["phase"]?.string {
            case "missing":
                let remedy = "ollama pull \(model); or process_manager.pull: true"
                return Finding("models", .warning, "the profile warms up \(model), which no engine has", remedy: remedy)
            case "failed":
                let message = progress["message"]?.string.map { ": \($0)" } ?? ""
                return Finding("models", .warning, "\(model) could not be warmed up\(message)")
            default: return nil
            }
        }
    }

    /// Whether there is any model.
    static func models(_ list: JSONValue) -> Finding {
        let count = list["models"]?.elements.count ?? 0
        return count > 0
            ? Finding("models", .good, "there are \(count)")
            : Finding("models", .wrong, "there is none", remedy: "fetch one, such as: ollama pull qwen3:8b")
    }

    /// Whether the service's clock is this one's.
    static func clock(_ text: String, now: Date = .now) -> [Finding] {
        guard let time = try? Date(text, strategy: .iso8601) else { return [] }
        let apart = abs(time.timeIntervalSince(now))
        guard apart > self.clockTolerance else { return [] }
        let detail = "the service's clock and this one are \(PlainWords.duration(seconds: apart)) apart"
        return [Finding("clock", .warning, detail, remedy: "run a time service on both machines")]
    }

    /// What to do about a reason (`docs/operations.md`, "What is wrong?").
    static func remedy(for reason: String) -> String {
        switch reason {
        case "engine_unreachable", "down":
            "is the engine running, and its address right (engines.N.url, OLLAMA_HOST)? It is used as soon as it answers"
        case "engine_error": "another program has the engine's port: end it, or name the right address"
        case "engine_crash_loop":
            "'shared-ollama logs ollama' has what it wrote; it is tried again every five minutes"
        case "engine_not_asked_yet", "unknown": "the service has just been started: ask again in a moment"
        case "engine_wedged": "restart that engine: one of its models hangs"
        case "no_engine": "install Ollama, or run scripts/serve, which brings an engine"
        case "store_unwritable": "make room on the disk, and let the user of the service write to the data directory"
        case "shutting_down": "the service is stopping: start it again"
        case "breaker":
            "one request tries it again after breaker.reset_seconds; the engine's own log says why it failed"
        default: "docs/operations.md, 'What is wrong?', explains it"
        }
    }
}
