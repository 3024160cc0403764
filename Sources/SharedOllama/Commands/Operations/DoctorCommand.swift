import ArgumentParser
import Domain
import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama doctor`: what is wrong, and how to mend it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Look at configuration, data directory, disk, programs, service, engines and models, and tell what to do.",
        discussion:
            "Works with and without a running service. Exit status 1 if something is wrong; warnings alone are 0."
    )

    @OptionGroup var options: ConfigurationOptions

    @OptionGroup var client: ClientOptions

    func run() async throws {
        var findings: [Finding] = []
        let configuration = self.readConfiguration(&findings)
        if let configuration { findings += DoctorMachine(configuration).findings }
        findings += await self.askService(configuration)
        if self.client.json {
            var writer = JSONWriter()
            writer.array(findings) { writer, finding in
                writer.object {
                    $0.field("check", finding.check)
                    $0.field("verdict", finding.verdict.rawValue)
                    $0.field("detail", finding.detail)
                    $0.field("remedy", finding.remedy)
                }
            }
            StandardOutput.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
        } else {
            StandardOutput.write(findings.map(\.text).joined())
        }
        if findings.contains(where: { $0.verdict == .wrong }) { throw ExitCode(ExitStatus.failed) }
    }

    private func readConfiguration(_ findings: inout [Finding]) -> ServiceConfiguration? {
        do {
            let (configuration, warnings) = try self.options.read()
            findings.append(Finding("configuration", .good, "it can be read"))
            findings += warnings.map { Finding("configuration", .warning, $0) }
            return configuration
        } catch {
            findings.append(Finding("configuration", .wrong, "\(error)", remedy: "docs/configuration.md has all keys"))
            return nil
        }
    }

    private func askService(_ configuration: ServiceConfiguration?) async -> [Finding] {
        var client = self.client
        if client.url == nil, ProcessInfo.processInfo.environment["SHARED_OLLAMA_URL"] == nil, let configuration {
            client.url = "http://127.0.0.1:\(configuration.server.port)"
        }
        let answers = Answers()
        do {
            try await client.withClient { service in
                do {
                    answers.readiness = try await service.get("/readyz")
                } catch ClientFailure.refused(503, _) {
                    answers.isNotReady = true
                } catch {
                    answers.failure = "\(error)"
                    return
                }
                answers.engines = try await service.get("/api/v1/system/engines")
                answers.models = try await service.get("/api/v1/models")
            }
        } catch {
            answers.failure = answers.failure ?? "the service does not tell: \(error)"
        }
        return answers.findings
    }

    /// What a service has answered.
    private final class Answers {
        var readiness: JSONValue?
        var isNotReady = false
        var failure: String?
        var engines: JSONValue?
        var models: JSONValue?

        var findings: [Finding] {
            if let failure {
                return [Finding("service", .wrong, failure, remedy: "start it, or look into its log for why it ended")]
            }
            var findings = [
                self.isNotReady
                    ? Finding("service", .wrong, "it answers, but is not ready", remedy: "see the engines below")
                    : Finding("service", .good, "it answers and is ready")
            ]
            for engine in (self.engines?.array ?? []).map({ AnswerFields($0) }) {
                findings += self.findings(of: engine)
            }
            let count = AnswerFields(self.models).list("models").count
            findings.append(
                count > 0
                    ? Finding("models", .good, "there are \(count)")
                    : Finding("models", .wrong, "there is none", remedy: "fetch one: ollama pull qwen3:8b")
            )
            return findings
        }

        private func findings(of engine: AnswerFields) -> [Finding] {
            let check = "engine \(engine.text("name") ?? "?")"
            let state = engine.text("state") ?? "?"
            let reason = engine.text("reason")
            var findings = [
                state == "up"
                    ? Finding(check, .good, "up\(engine.text("version").map { ", version \($0)" } ?? "")")
                    : Finding(
                        check,
                        .wrong,
                        reason.map { "\(state): \($0)" } ?? state,
                        remedy: engine.text("last_error")
                            ?? "docs/operations.md, 'What is wrong?', explains the reasons"
                    )
            ]
            for event in engine.rows("events") {
                let detail =
                    "\(event.text("code") ?? "?"), \(event.count("count") ?? 1)×, last \(event.text("at") ?? "?")"
                findings.append(Finding(check, .warning, detail, remedy: event.text("advice")))
            }
            return findings
        }
    }
}

/// What one look has found.
struct Finding: Sendable, Equatable {
    /// How it is.
    enum Verdict: String, Sendable {
        case good, warning, wrong
    }

    let check: String
    let verdict: Verdict
    let detail: String
    var remedy: String?

    init(_ check: String, _ verdict: Verdict, _ detail: String, remedy: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.detail = detail
        self.remedy = remedy
    }

    /// A line, and what to do in the next.
    var text: String {
        let sign =
            switch self.verdict {
            case .good: "ok     "
            case .warning: "warning"
            case .wrong: "WRONG  "
            }
        return "\(sign)  \(self.check): \(self.detail)\n" + (self.remedy.map { "         → \($0)\n" } ?? "")
    }
}
