import Foundation
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The example of the Swift client", .light)
    struct SwiftExample {
        private static func run(_ arguments: [String]) async throws -> [Substring] {
            let run = try await ProgramRun.run(try Executable.url("swift-client-example"), arguments)
            #expect(run.status == 0, "\(run.output)")
            return run.output.split(separator: "\n")
        }

        private static func check(_ lines: [Substring], models: String) {
            let text = lines.joined(separator: "\n")
            #expect(lines.first?.hasPrefix("models: ") == true && lines.first?.contains(models) == true, "\(text)")
            #expect(lines.contains { $0.hasPrefix("streamed: ") && !$0.hasPrefix("streamed: 0 ") }, "\(text)")
            #expect(lines.contains { $0.hasPrefix("city: ") }, "\(text)")
            #expect(lines.contains("several: 8 answers"), "\(text)")
            #expect(lines.last == "error: model_not_found 404, request known", "\(text)")
        }

        @Test("works with the service, as the project and with the classes that it names")
        func service() async throws {
            try await Stage.ollama { service, _ in
                let lines = try await Self.run(["http://127.0.0.1:\(service.port)", "smollm2"])
                Self.check(lines, models: "smollm2:latest")
                try await eventually("a line of each request") { service.requestLines.count >= 11 }
                #expect(service.requestLines.allSatisfy { $0["project"] == "example" })
                let classes = Set(service.requestLines.compactMap { $0["class"]?.string })
                // A project that nobody registered may be no more urgent than normal.
                #expect(classes == ["normal", "batch"])
            }
        }

        @Test("works with an Ollama directly")
        func direct() async throws {
            let ollama = try await OllamaTestDouble.start()
            do {
                Self.check(try await Self.run(["direct", ollama.url, "smollm2"]), models: "smollm2:latest")
            } catch {
                await ollama.stop()
                throw error
            }
            await ollama.stop()
        }

        @Test("works with the bundled engine and its real model")
        func bundled() async throws {
            guard let engine = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_DATA_DIR"] else { return }
            let machine = try await StandInMachine()
            defer { machine.remove() }
            var settings = machine.settings(hasBinary: false)
            settings.bundledEngine = "\(engine)/bundled-engine"
            try await ServiceUnderTest.run(settings) { service in
                try await untilReady(service)
                let models = try await service.client.get("/api/v1/models").json?["models"]
                let model = try #require(models?[0]?["name"]?.string)
                Self.check(try await Self.run(["http://127.0.0.1:\(service.port)", model]), models: model)
            }
        }
    }
}
