import Foundation
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("Commands of operators", .light)
    struct OperatorCommands {
        private static func run(_ arguments: [String], at service: ServiceUnderTest) async throws -> CommandRun {
            let url = ["SHARED_OLLAMA_URL": "http://127.0.0.1:\(service.port)"]
            return try await CommandRun.run(arguments, environment: url)
        }

        @Test("Models are listed, loaded, pinned, let go and unloaded, and what is refused is told")
        func models() async throws {
            try await Stage.ollama { service, _ in
                try await untilReady(service)
                let loaded = try await Self.run(["models", "load", "smollm2"], at: service)
                #expect(loaded.exit.status == 0 && loaded.output.contains("loaded  on local"), "\(loaded)")
                let pinned = try await Self.run(["models", "pin", "smollm2", "--engine", "local"], at: service)
                #expect(pinned.exit.status == 0 && pinned.output.contains("pinned"), "\(pinned)")
                let list = try await Self.run(["models", "list"], at: service)
                let row = list.output.split(separator: "\n").first { $0.hasPrefix("smollm2:latest") }
                #expect(row?.contains("local (pinned)") == true, "\(list)")
                let kept = try await Self.run(["models", "unload", "smollm2"], at: service)
                #expect(kept.exit.status == 4 && kept.error.contains("(409)"), "\(kept)")
                #expect(try await Self.run(["models", "unpin", "smollm2"], at: service).exit.status == 0)
                let gone = try await Self.run(["models", "unload", "smollm2", "--json"], at: service)
                #expect(try JSON(parsing: gone.output.utf8)["status"] == "unloaded", "\(gone)")
                let unknown = try await Self.run(["models", "load", "nobody"], at: service)
                #expect(unknown.exit.status == 4 && unknown.error.contains("nobody"), "\(unknown)")
            }
        }

        @Test("A question and a prompt are answered on the terminal")
        func asking() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(1), tokenCount: 4) }) {
                service,
                engine in
                try await untilReady(service)
                let chat = try await Self.run(
                    [
                        "chat", "Hello", "--system", "Be brief.", "--model", "smollm2", "--max-tokens", "9",
                        "--temperature", "0",
                    ],
                    at: service
                )
                #expect(chat.exit.status == 0 && chat.output.count > 2 && chat.output.hasSuffix("\n"), "\(chat)")
                let asked = engine.lastInference
                #expect(
                    asked["messages"]?[0]?["content"] == "Be brief." && asked["messages"]?[1]?["content"] == "Hello"
                )
                #expect(asked["options"]?["num_predict"]?.int == 9 && asked["options"]?["temperature"]?.number == 0)
                let generated = try await Self.run(["generate", "Hello", "--model", "smollm2", "--json"], at: service)
                let last = try #require(generated.output.split(separator: "\n").last)
                #expect(try JSON(parsing: last.utf8)["done"] == true, "\(generated)")
                let blank = try await Self.run(["chat", " "], at: service)
                #expect(blank.exit.status == 2, "\(blank)")
                let nobody = try await Self.run(["generate", "x", "--model", "nobody"], at: service)
                #expect(nobody.exit.status == 4 && nobody.error.contains("nobody"), "\(nobody)")
            }
        }

        @Test("Status shows engines, queues and who waits; usage adds up what has been asked")
        func status() async throws {
            try await Stage.ollama({
                $0.parallel = 1
                $0.profile = .init(tokenPace: .milliseconds(50), tokenCount: 2000)
            }) { service, _ in
                let runs = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await runs.frames(1)
                let waits = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                try await eventually("a place in line") {
                    try await service.client.get("/api/v1/queue/stats").json?["queued"]?.int == 1
                }
                let status = try await Self.run(["status"], at: service)
                #expect(status.exit.status == 0 && status.output.contains("healthy"), "\(status)")
                for words in ["local   up", "decoding", "queued", "smollm2"] {
                    #expect(status.output.contains(words), "\(words) is not in \(status.output)")
                }
                let json = try await Self.run(["status", "--json"], at: service)
                #expect(try JSON(parsing: json.output.utf8)["requests"]?["requests"]?.elements.count == 2)
                await runs.leave()
                await waits.leave()
                try await eventually("the record of who left") {
                    try await Self.run(["usage", "--by", "model", "--format", "csv"], at: service).output.contains(
                        "smollm2"
                    )
                }
                let table = try await Self.run(["usage"], at: service)
                #expect(table.output.contains("PROJECT") && table.output.contains("default"), "\(table)")
                let wrong = try await Self.run(["usage", "--since", "nonsense"], at: service)
                #expect(wrong.exit.status == 4 && wrong.error.contains("nonsense"), "\(wrong)")
            }
            let away = try await CommandRun.run(["status", "--url", "http://127.0.0.1:1"])
            #expect(away.exit.status == 3, "\(away)")
        }

        @Test("The doctor finds what is wrong, and says what to do")
        func doctor() async throws {
            try await Stage.ollama { service, _ in
                try await untilReady(service)
                let directory = ["--data-dir", service.dataDirectory]
                let well = try await Self.run(["doctor"] + directory, at: service)
                #expect(well.exit.status == 0 && !well.output.contains("WRONG"), "\(well)")
                for check in ["configuration", "data directory", "disk", "service", "engine local", "models"] {
                    #expect(well.output.contains("  \(check): "), "\(check) is not in \(well.output)")
                }
                chmod(service.dataDirectory, 0o755)
                let open = try await Self.run(["doctor", "--json"] + directory, at: service)
                let findings = try JSON(parsing: open.output.utf8).elements
                #expect(findings.contains { $0["remedy"]?.string?.hasPrefix("chmod 700") == true }, "\(open)")
            }
            let away = try await CommandRun.run(["doctor", "--url", "http://127.0.0.1:1"])
            #expect(away.exit.status == 1 && away.output.contains("WRONG    service"), "\(away)")
            let wrong = try await CommandRun.run(["doctor"], environment: ["SHARED_OLLAMA_SERVER_PORT": "x"])
            #expect(wrong.exit.status == 1 && wrong.output.contains("server.port"), "\(wrong)")
        }
    }
}
