import Foundation
import OllamaTestDouble
import Testing

/// Where the clients are installed.
private let python = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_VENV"].map { "\($0)/bin/python3" }

extension EndToEnd {
    @Suite("Unmodified Python clients", .heavy, .enabled(if: python != nil, "they are not installed"))
    struct PythonClients {
        /// A script and those of its scenarios that an engine of a kind can be asked for.
        struct Script: Sendable, CustomTestStringConvertible {
            let name: String
            let scenarios: [String]

            var testDescription: String { "\(self.name) \(self.scenarios.joined(separator: " "))" }
        }

        private static let common = ["chat", "streamed_chat", "errors", "cancel"]
        private static let ollamaScripts = [
            Script(
                name: "openai_client",
                scenarios: common + [
                    "several_answers", "tools", "streamed_tools", "forced_tool", "structured_output", "completion",
                    "embeddings", "models", "responses", "files", "refused_batch", "cancelled_batch", "batch",
                ]
            ),
            Script(
                name: "ollama_client",
                scenarios: common + ["generate", "tools", "structured_output", "thinking", "embeddings", "models"]
            ),
            Script(
                name: "anthropic_client",
                scenarios: common + ["tools", "streamed_tools", "forced_tool", "thinking", "count_tokens"]
            ),
            Script(
                name: "frameworks",
                scenarios: ["litellm_openai", "litellm_ollama", "langchain_openai", "langchain_ollama"]
            ),
        ]
        private static let llamaScripts = [
            Script(
                name: "openai_client",
                scenarios: common + ["several_answers", "structured_output", "completion", "models", "responses"]
            ),
            Script(name: "ollama_client", scenarios: common + ["generate", "structured_output", "models"]),
            Script(name: "anthropic_client", scenarios: common + ["count_tokens"]),
            Script(
                name: "frameworks",
                scenarios: ["litellm_openai", "litellm_ollama", "langchain_openai", "langchain_ollama"]
            ),
        ]
        private static let bundledScripts = [
            Script(
                name: "openai_client",
                scenarios: ["chat", "streamed_chat", "forced_tool", "structured_output", "models", "responses"]
            ),
            Script(name: "ollama_client", scenarios: ["chat", "streamed_chat", "generate", "structured_output"]),
            Script(name: "anthropic_client", scenarios: ["chat", "streamed_chat", "forced_tool", "count_tokens"]),
        ]

        @Test("work with an Ollama behind the service", arguments: ollamaScripts)
        func ollama(_ script: Script) async throws {
            try await Stage.ollama { service, double in
                double.setProfile(GenerationProfile(callsTools: true), model: "smollm2-tools")
                try await Self.run(script, service)
            }
        }

        @Test("work with a server of llama.cpp behind the service", arguments: llamaScripts)
        func llama(_ script: Script) async throws {
            try await Stage.llama { service, _ in try await Self.run(script, service) }
        }

        @Test("work with the bundled engine and its real model", arguments: bundledScripts)
        func bundled(_ script: Script) async throws {
            guard let engine = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_DATA_DIR"] else { return }
            let machine = try await StandInMachine()
            defer { machine.remove() }
            var settings = machine.settings(hasBinary: false)
            settings.bundledEngine = "\(engine)/bundled-engine"
            try await ServiceUnderTest.run(settings) { service in
                try await untilReady(service)
                try await Self.run(script, service)
            }
        }

        @Test("try again by themselves when the engine is busy, and are told when")
        func retry() async throws {
            try await Stage.ollama { service, double in
                let busy = #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#
                double.set(.answer(status: 503, contentType: "application/json", body: busy), times: 1)
                try await Self.run(Script(name: "openai_client", scenarios: ["retry"]), service)
                #expect(double.counts.requests("POST /api/chat") >= 2)
            }
        }

        private static func run(_ script: Script, _ service: ServiceUnderTest) async throws {
            let python = try #require(python)
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("clients")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: python)
            process.arguments =
                [
                    "\(folder.path)/\(script.name).py", "http://127.0.0.1:\(service.port)",
                ] + script.scenarios
            process.environment = Executable.inherited.merging([
                "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "*", "OPENAI_LOG": "",
            ]) { $1 }
            let outputs = Watched(1)
            let output = Watched("")
            let pipe = Executable.pipe(outputs) { bytes in
                output.change { $0 += String(decoding: bytes, as: UTF8.self) }
            }
            process.standardOutput = pipe
            process.standardError = pipe
            process.standardInput = FileHandle.nullDevice
            let status = Watched<Int32?>(nil)
            process.terminationHandler = { ended in status.change { $0 = ended.terminationStatus } }
            try process.run()
            let ended = try await status.wait(for: "end of \(script.name)", within: .seconds(300)) { $0 != nil }
            #expect(ended == 0, "\(output.value)")
        }
    }
}
