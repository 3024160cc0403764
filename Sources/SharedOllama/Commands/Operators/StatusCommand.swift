import ArgumentParser
import Domain

/// `shared-ollama status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show on one screen how a running service is: engines, models, queues, projects.",
        discussion: "Ends with status 1 when no engine answers, and with 3 when there is no service."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await self.client.withClient { service in
            let state = try await service.state()
            let models = try await Self.models(service)
            let report = StateReport(state)
            if self.client.json {
                var object = state.object ?? JSONObject()
                object["models"] = models["models"]
                StandardOutput.write("\(JSONValue.object(object).text)\n")
            } else {
                let parts = [
                    report.title(service.address) + report.lastMinute, report.engines, report.models(models),
                    report.queues, report.projects, report.batches, report.failures(limit: 5),
                ]
                StandardOutput.write(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
            }
            if report.isUnhealthy { throw ClientFailure.failed("no engine answers; 'shared-ollama doctor' says more") }
        }
    }

    /// All models; none while no engine answers.
    private static func models(_ service: ServiceClient) async throws -> JSONValue {
        do {
            return try await service.get("/api/v1/models")
        } catch ClientFailure.refused(status: 503, _) {
            return .object(["models": .array([])])
        }
    }
}
