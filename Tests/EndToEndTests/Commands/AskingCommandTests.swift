import Foundation
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("shared-ollama generate and chat", .light)
    struct AskingCommands {
        private static func talkative(_ configuration: inout OllamaTestDouble.Configuration) {
            configuration.profile = .init(tokenCount: 3)
        }

        @Test("A prompt is answered from the command line and from standard input, with its options")
        func generate() async throws {
            try await Stage.ollama(Self.talkative) { service, engine in
                try await untilReady(service)
                let words = ["generate", "why", "is", "it?", "--model", "smollm2", "--temperature", "0", "--seed", "0"]
                let run = try await CommandRun.run(
                    words + ["--max-tokens", "9", "--system", "Be short.", "--verbose"],
                    at: service
                )
                #expect(run.exit.status == 0 && run.output.hasSuffix("\n") && run.output.count > 1, "\(run)")
                #expect(run.error.contains("smollm2: 3 tokens in "), "\(run)")
                let sent = engine.lastInference
                #expect(sent["prompt"] == "why is it?" && sent["system"] == "Be short.", "\(sent)")
                #expect(sent["options"]?["temperature"] == 0 && sent["options"]?["seed"] == 0, "\(sent)")
                #expect(sent["options"]?["num_predict"] == 9, "\(sent)")
                let piped = try await CommandRun.run(["generate"], at: service, input: "Zwei\nZeilen ü\n")
                #expect(piped.exit.status == 0 && piped.error.isEmpty, "\(piped)")
                #expect(engine.lastInference["prompt"] == "Zwei\nZeilen ü\n")
                let json = try await CommandRun.run(["generate", "-", "--json"], at: service, input: "x")
                let answer = try JSON(parsing: json.output)
                #expect(answer["text"]?.string?.isEmpty == false && answer["usage"]?["completion_tokens"] == 3)
            }
        }

        @Test("A message is answered, with a picture too; the default model does it")
        func chat() async throws {
            try await Stage.ollama(Self.talkative) { service, engine in
                try await untilReady(service)
                let run = try await CommandRun.run(
                    ["chat", "hello", "--system", "Be kind.", "--project", "mail"],
                    at: service
                )
                #expect(run.exit.status == 0 && run.output.hasSuffix("\n"), "\(run)")
                let messages = engine.lastInference["messages"]
                #expect(messages?[0]?["content"] == "Be kind." && messages?[1]?["content"] == "hello")
                let usage = try await service.client.get("/api/v1/usage?by=project").json?["usage"]
                #expect(usage?[0]?["project"] == "mail", "\(usage ?? nil)")
                let piped = try await CommandRun.run(["chat", "--json"], at: service, input: "piped")
                #expect(try JSON(parsing: piped.output)["message"]?["role"] == "assistant", "\(piped)")
                #expect(engine.lastInference["messages"]?[0]?["content"] == "piped")
                let missing = try await CommandRun.run(["chat", "x", "--image", "none.png"], at: service)
                #expect(missing.exit.status == 2 && missing.error.contains("none.png"), "\(missing)")
            }
        }

        @Test("What fails is told with its status: a refusal is 4, an answer that breaks off is 1")
        func failures() async throws {
            try await Stage.ollama(Self.talkative) { service, engine in
                try await untilReady(service)
                let unknown = try await CommandRun.run(["generate", "x", "--model", "no-such"], at: service)
                #expect(unknown.exit.status == 4 && unknown.error.contains("no-such"), "\(unknown)")
                let wrong = try await CommandRun.run(["chat", "x", "--temperature", "7"], at: service)
                #expect(wrong.exit.status == 4 && wrong.error.contains("temperature"), "\(wrong)")
                let empty = try await CommandRun.run(["generate"], at: service)
                #expect(empty.exit.status == 2 && empty.error.contains("nothing to ask"), "\(empty)")
                engine.set(.cut(afterTokens: 2))
                let broken = try await CommandRun.run(["generate", "x"], at: service)
                #expect(broken.exit.status == 1, "\(broken)")
                // The id by which the log tells more; the service's own words may get lost with the connection.
                let id = broken.error.firstMatch(of: /\(request (cli-[a-f0-9-]{36})\)/)?.1
                let line = try await service.logLine(of: id.map(String.init))
                #expect(line["error_code"] == "engine_error", "\(broken) \(line)")
            }
        }
    }
}
