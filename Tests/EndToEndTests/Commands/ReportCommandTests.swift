import Domain
import Foundation
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("shared-ollama report", .light)
    struct ReportCommands {
        @Test("Figures are taken, saved, and compared with those of a slower engine")
        func comparison() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let (file, data) = ("\(directory.path)/before.json", "\(directory.path)/data")
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(2), tokenCount: 5) },
                dataDirectory: data
            ) { service, _ in
                try await untilReady(service)
                for _ in 0..<3 { _ = try await service.client.post("/api/v1/chat", Stage.chat()) }
                let run = try await CommandRun.run(["report", "--since", "1h", "--save", file], at: service)
                #expect(run.exit.status == 0 && run.output.contains("MODEL"), "\(run)")
                let rows = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
                #expect(rows.contains { $0.starts(with: ["all", "3", "100"]) }, "\(run.output)")
                #expect(rows.contains { $0.starts(with: ["smollm2:latest", "3", "100"]) }, "\(run.output)")
                let saved = try JSON(parsing: try String(contentsOfFile: file, encoding: .utf8))
                #expect(saved["groups"]?[1]?["model"] == "smollm2:latest" && saved["service_version"] == "0.1.0")
                #expect(saved["groups"]?[1]?["tokens_per_second"]?.number ?? 0 > 0, "\(saved)")
            }
            // The ledger stays; only what comes now counts.
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(300), tokenCount: 5) },
                dataDirectory: data
            ) { service, _ in
                try await untilReady(service)
                let start = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(.now)
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                let arguments = ["report", "--since", start, "--baseline", file, "--model", "SmolLM2"]
                let run = try await CommandRun.run(arguments + ["--json"], at: service)
                #expect(run.exit.status == 0, "\(run)")
                let compared = try JSON(parsing: run.output)
                #expect(compared["after"]?["groups"]?[0]?["requests"] == 1, "\(compared)")
                let text = try await CommandRun.run(["report", "--since", start, "--baseline", file], at: service)
                #expect(text.output.contains("tokens/s") && text.output.contains("worse"), "\(text)")
            }
        }

        @Test("What is no report, no time or no place is told")
        func wrong() async throws {
            let files = ["other.json": "{}"]
            try await Stage.ollama { service, _ in
                let other = try await CommandRun.run(["report", "--baseline", "other.json"], at: service, files: files)
                #expect(other.exit.status == 2 && other.error.contains("other.json is no report"), "\(other)")
                let missing = try await CommandRun.run(["report", "--baseline", "none.json"], at: service)
                #expect(missing.exit.status == 2 && missing.error.contains("none.json"), "\(missing)")
                let nowhere = try await CommandRun.run(["report", "--save", "no/such/place"], at: service)
                #expect(nowhere.exit.status == 1 && nowhere.error.contains("no/such/place"), "\(nowhere)")
            }
            for since in ["soon", "2090-01-01"] {
                let run = try await CommandRun.run(["report", "--since", since])
                #expect(run.exit.status == 2 && run.error.contains(since), "\(run)")
            }
        }
    }
}

@Suite("Reports beside each other")
struct ReportFiguresTests {
    private static func figures(_ groups: [ReportFigures.Group]) -> ReportFigures {
        ReportFigures(version: "1", since: "a", until: "b", groups: groups)
    }

    @Test("A report reads what it wrote")
    func round() throws {
        let figures = Self.figures([
            .init(model: nil, values: ["requests": 3, "p50_latency_ms": 1.25]),
            .init(model: "a:b", values: ["requests": 1, "load_ms": 7]),
        ])
        #expect(try ReportFigures(try JSONParser.parse(Array(figures.json.utf8)), path: "x") == figures)
        #expect(throws: ClientFailure.self) { try ReportFigures(.null, path: "x") }
    }

    @Test(
        "A change is better, worse, or too small to say",
        arguments: [
            ("p50_latency_ms", 100, 90, -0.1, .better), ("p50_latency_ms", 100, 110, 0.1, .worse),
            ("tokens_per_second", 50, 75, 0.5, .better), ("tokens_per_second", 50, 25, -0.5, .worse),
            ("tokens_per_second", 50, 51, 0.02, .same), ("requests", 1, 2, 1, .other),
        ] as [(String, Double, Double, Double, ReportComparison.Change)]
    )
    func changes(
        _ key: String,
        _ before: Double,
        _ after: Double,
        _ part: Double,
        _ change: ReportComparison.Change
    )
        throws
    {
        let kind = try #require(ReportFigures.kinds.first { $0.key == key })
        let found = try #require(ReportComparison.change(kind, before, after))
        #expect(abs(found.part - part) < 1e-9 && found.1 == change)
        #expect(ReportComparison.change(kind, nil, after) == nil && ReportComparison.change(kind, 0, after) == nil)
    }

    @Test("Models that only one of the two has are told as well")
    func models() {
        let comparison = ReportComparison(
            before: Self.figures([.init(model: nil), .init(model: "gone", values: ["p50_latency_ms": 5])]),
            after: Self.figures([.init(model: nil), .init(model: "new", values: ["p50_latency_ms": 2000])])
        )
        #expect(comparison.text.contains("gone") && comparison.text.contains("new"))
        #expect(comparison.text.contains("2 s") && comparison.text.contains("5 ms"))
    }
}
