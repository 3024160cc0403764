import Foundation
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("shared-ollama batch", .light)
    struct BatchCommands {
        private static func run(
            _ arguments: [String],
            at service: ServiceUnderTest,
            files: [String: String] = [:]
        ) async throws -> CommandRun {
            try await CommandRun.run(
                ["batch"] + arguments,
                environment: ["SHARED_OLLAMA_URL": "http://127.0.0.1:\(service.port)"],
                files: files
            )
        }

        @Test("Prompts are submitted, watched to their end, listed, and read back")
        func prompts() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(1), tokenCount: 3) }) { service, _ in
                let prompts = (0..<20).map { "What is \($0) plus \"one\"?" }.joined(separator: "\n")
                let submitted = try await Self.run(
                    ["submit", "prompts.txt", "--model", "smollm2", "--max-tokens", "5", "--watch"],
                    at: service,
                    files: ["prompts.txt": prompts]
                )
                #expect(submitted.exit.status == 0, "\(submitted)")
                let id = try #require(submitted.output.split(separator: "\n").first.map(String.init))
                #expect(submitted.output.contains("completed  20 of 20 done"), "\(submitted.output)")
                let list = try await Self.run(["list"], at: service)
                #expect(list.output.contains(id) && list.output.contains("20/20"), "\(list)")
                let results = try await Self.run(["results", id], at: service)
                let lines = try results.output.split(separator: "\n").map { try JSON(parsing: $0.utf8) }
                #expect(Set(lines.compactMap { $0["custom_id"]?.string }) == Set((1...20).map { "line-\($0)" }))
                let text = try await Self.run(["results", id, "--text"], at: service)
                #expect(text.output.split(separator: "\n").count == 20 && text.output.contains("line-7\t"))
                let errors = try await Self.run(["results", id, "--errors"], at: service)
                #expect(errors.exit.status == 0 && errors.output.isEmpty && errors.error.contains("nothing has failed"))
                let watched = try await Self.run(["watch", id, "--json"], at: service)
                #expect(try JSON(parsing: watched.output.utf8)["status"] == "completed")
            }
        }

        @Test("A batch is paused, resumed and cancelled; one that is not completed is status 1 to who watches it")
        func steering() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(50), tokenCount: 100) }) {
                service,
                _ in
                let files = ["requests.jsonl": StoredBatchRuns.lines(50)]
                let submitted = try await Self.run(["submit", "requests.jsonl", "--json"], at: service, files: files)
                let id = try #require(try JSON(parsing: submitted.output.utf8)["id"]?.string)
                _ = try await StoredBatchRuns.wait(for: id, at: service) { $0["status"] == "in_progress" }
                let paused = try await Self.run(["pause", id], at: service)
                #expect(paused.exit.status == 0 && paused.output.contains("in_progress (paused)"), "\(paused)")
                let resumed = try await Self.run(["resume", id], at: service)
                #expect(resumed.exit.status == 0 && !resumed.output.contains("paused"), "\(resumed)")
                let cancelled = try await Self.run(["cancel", id], at: service)
                #expect(cancelled.exit.status == 0, "\(cancelled)")
                let watched = try await Self.run(["watch", id], at: service)
                #expect(watched.exit.status == 1 && watched.error.contains("cancelled"), "\(watched)")
                let again = try await Self.run(["cancel", id], at: service)
                #expect(again.exit.status == 4 && again.error.contains("(409)"), "\(again)")
            }
        }

        @Test("A wrong command line is 2, a service that is not there 3, and a batch that is not 4")
        func statuses() async throws {
            let wrong = try await CommandRun.run(["batch", "submit", "x", "--max-tokens", "3"])
            #expect(wrong.exit.status == 2, "\(wrong)")
            let missing = try await CommandRun.run(["batch", "submit", "no-such-file"])
            #expect(missing.exit.status == 2 && missing.error.contains("no-such-file"), "\(missing)")
            let away = try await CommandRun.run(["batch", "list", "--url", "http://127.0.0.1:1"])
            #expect(away.exit.status == 3 && away.error.contains("127.0.0.1:1"), "\(away)")
            try await Stage.ollama { service, _ in
                let unknown = try await Self.run(["watch", "batch_nothing"], at: service)
                #expect(unknown.exit.status == 4, "\(unknown)")
            }
        }
    }
}
