import ArgumentParser
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama report`.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Tell how fast the answers came, and compare that with an earlier report.",
        discussion: """
            Before an upgrade: shared-ollama report --since 7d --save before.json; after it: shared-ollama report --since 1d \
            --baseline before.json. The figures are those of the usage ledger. A change of less than 5 % is called neither \
            better nor worse.
            """
    )

    @Option(help: "Only this model; without it all requests, and each of the models with the most requests.")
    var model: String?

    @Option(help: "Only this project.")
    var project: String?

    @Option(help: "From when on: a day (UTC), a time of RFC 3339, or how long ago, such as 7d (default: 24h).")
    var since = "24h"

    @Option(help: "Write the figures to this file.")
    var save: String?

    @Option(help: "Compare with the figures in this file.")
    var baseline: String?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard let since = Moment.read(self.since) else {
            throw ValidationError(Moment.complaint("--since", self.since))
        }
        guard since < .now else { throw ValidationError("--since '\(self.since)' is not over yet.") }
    }

    func run() async throws {
        try await self.client.withClient { service in
            let before = try self.baseline.map { path in
                let value = try? JSONParser.parse(try InputFile.read(path))
                return try ReportFigures(value ?? .null, path: path)
            }
            let source = ReportSource(service: service, project: self.project, since: Moment.read(self.since) ?? .now)
            let figures = try await source.figures(of: self.model)
            if let save { try self.write(figures, to: save) }
            if let before {
                let comparison = ReportComparison(before: before, after: figures)
                StandardOutput.write(self.client.json ? comparison.json : comparison.text)
            } else {
                StandardOutput.write(self.client.json ? figures.json : figures.text)
            }
        }
    }

    private func write(_ figures: ReportFigures, to path: String) throws {
        do {
            try Data(figures.json.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ClientFailure.failed("\(path) cannot be written: is its directory there, and yours to write to?")
        }
    }
}

/// Asks a service for the figures of a report.
private struct ReportSource {
    /// How many models are told one by one: those with the most requests.
    private static let modelLimit = 20

    let service: ServiceClient
    let project: String?
    let since: Date

    /// The figures of all requests and of each model, or of one model.
    func figures(of model: String?) async throws -> ReportFigures {
        var groups: [ReportFigures.Group] = []
        if let model {
            groups.append(try await self.group(model))
        } else {
            groups.append(try await self.group(nil))
            let usage = try await self.service.get("/api/v1/usage?by=model&\(self.sinceQuery)\(self.projectQuery)")
            for name in (usage["usage"]?.elements ?? []).prefix(Self.modelLimit).compactMap({ $0["model"]?.string }) {
                groups.append(try await self.group(name))
            }
        }
        return ReportFigures(
            version: try await self.version(),
            since: self.since.formatted(.iso8601),
            until: Date.now.formatted(.iso8601),
            groups: groups
        )
    }

    /// The version of the service, which says it also while no engine answers.
    private func version() async throws -> String {
        try await self.service.state()["version"]?.string ?? "?"
    }

    private var projectQuery: String { self.project.map { "&project=\(ServiceClient.escaped($0))" } ?? "" }
    private var sinceQuery: String { "since=\(Moment.query(self.since))" }

    private func group(_ model: String?) async throws -> ReportFigures.Group {
        var query = self.sinceQuery + self.projectQuery
        if let model { query += "&model=\(ServiceClient.escaped(model))" }
        let analytics = try await self.service.get("/api/v1/analytics?\(query)")
        let speed = try await self.service.get("/api/v1/performance/stats?\(query)")
        return ReportFigures.Group(model: model, values: Self.values(analytics, speed))
    }

    /// The figures of two answers; what nobody has measured is left out.
    private static func values(_ analytics: JSONValue, _ speed: JSONValue) -> [String: Double] {
        var values: [String: Double] = [:]
        let count = analytics["total_requests"]?.double ?? 0
        values["requests"] = count
        guard count > 0 else { return values }
        for key in ["success_rate", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms"] {
            values[key] = analytics[key]?.double
        }
        guard speed["total_requests"]?.double ?? 0 > 0 else { return values }
        func positive(_ key: String) -> Double? { speed[key]?.double.flatMap { $0 > 0 ? $0 : nil } }
        values["generation_ms"] = positive("avg_generation_time_ms")
        values["load_ms"] = positive("avg_load_time_ms")
        values["tokens_per_second"] = positive("avg_tokens_per_second")
        values["warm_rate"] = speed["warm_start_rate"]?.double
        return values
    }
}
