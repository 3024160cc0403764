import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The export of traces", .light)
    struct TraceExport {
        @Test(
            "With the switch what was said is in the call's span, whole or streamed, in whichever dialect",
            arguments: [true, false]
        )
        func content(stream: Bool) async throws {
            let settings = ["TRACING_CONTENT": "true"]
            try await TracedStage.run({ $0.profile = .init(text: "a told answer") }, settings: settings) {
                service,
                _,
                collector in
                let said: JSON = ["messages": [["role": "user", "content": "a told question"]], "model": "smollm2"]
                for (number, path) in ["/api/v1/chat", "/v1/chat/completions", "/api/chat"].enumerated() {
                    guard case .object(var body) = said else { return }
                    body["stream"] = .bool(stream)
                    _ = try await service.client.post(path, .object(body), headers: TracedStage.headers("r\(number)"))
                    let call = try await collector.trace(ofRequest: "r\(number)").one("chat smollm2:latest")
                    let input = try JSON(parsing: call["gen_ai.input.messages"]?.string ?? "")
                    #expect(
                        input == [["role": "user", "parts": [["type": "text", "content": "a told question"]]]],
                        "\(path)"
                    )
                    let output = try JSON(parsing: call["gen_ai.output.messages"]?.string ?? "")
                    #expect(
                        output[0]?["role"] == "assistant" && output[0]?["finish_reason"] == "stop",
                        "\(path) \(output)"
                    )
                    let text = output[0]?["parts"]?[0]?["content"]?.string?.trimmingCharacters(in: .whitespaces)
                    #expect(text == "a told answer", "\(path) \(output)")
                }
                #expect(service.log.value.contains { $0.text.contains("tracing.content is on") })
            }
        }

        @Test("The doctor tells that prompts go to a collector, and only where they do", arguments: [true, false])
        func doctor(isOn: Bool) async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let run = try await CommandRun.run(
                ["doctor", "--data-dir", directory.path, "--json"],
                environment: [
                    "SHARED_OLLAMA_TRACING_ENDPOINT": "http://127.0.0.1:9",
                    "SHARED_OLLAMA_TRACING_CONTENT": String(isOn), "SHARED_OLLAMA_URL": "http://127.0.0.1:9",
                ]
            )
            let finding = try JSON(parsing: run.output).elements.first { $0["check"] == "tracing" }
            #expect((finding?["verdict"] == "warning") == isOn && (finding == nil) != isOn, "\(run)")
        }

        @Test("Nothing that was said is in a trace, and no key")
        func secrecy() async throws {
            try await TracedStage.run({ $0.profile = .init(text: "a hidden answer") }) { service, _, collector in
                let said: JSON = ["messages": [["role": "user", "content": "a hidden question"]], "model": "smollm2"]
                var headers = TracedStage.headers("one")
                headers.add(name: "Authorization", value: "Bearer hidden-key")
                for (number, path) in ["/api/v1/chat", "/v1/chat/completions", "/api/chat"].enumerated() {
                    headers.replaceOrAdd(name: "X-Request-ID", value: "r\(number)")
                    _ = try await service.client.post(path, said, headers: headers)
                    _ = try await collector.trace(ofRequest: "r\(number)")
                }
                let bodies = collector.state.read { $0.bodies }
                #expect(bodies.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("hidden") })
            }
        }

        @Test(
            "A collector that is broken, silent or away slows down and loses no request, and what it did not get is counted",
            arguments: ["500", "503", "hangs", "away"]
        )
        func brokenCollector(_ how: String) async throws {
            var settings = [
                "TRACING_MAX_QUEUED_SPANS": "64", "TRACING_BATCH_SPANS": "16", "TRACING_RETRIES": "0",
                "TRACING_TIMEOUT_SECONDS": "1",
            ]
            // Nobody listens there.
            if how == "away" { settings["TRACING_ENDPOINT"] = "http://127.0.0.1:9" }
            try await TracedStage.run(settings: settings) { service, _, collector in
                collector.behaves(how == "hangs" ? .hangs : .answers(Int(how) ?? 500))
                for number in 0..<40 {
                    let headers = TracedStage.headers("r\(number)")
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                    #expect(answer.status == 200, "\(answer)")
                }
                try await eventually("all spans lost") {
                    let metrics = try await service.client.get("/metrics").text.split(separator: "\n")
                    let lost = metrics.filter { $0.hasPrefix("shared_ollama_trace_spans_dropped_total{") }
                        .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
                    // At least request, line, call, prefill and decode of each.
                    return lost >= 200
                }
                let said = service.log.value.map(\.text).filter { $0.contains("spans of traces are lost") }
                // Once, and not for every batch.
                #expect(said.count == 1, "\(said)")
                #expect(collector.state.read { $0.spans }.isEmpty)
            }
        }

        @Test("A collector that was busy gets the batch again when it said so, and no span twice")
        func busyCollector() async throws {
            try await TracedStage.run { service, _, collector in
                collector.behaves(.answers(503, headers: ["Retry-After": "0"]))
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: TracedStage.headers("one"))
                try await collector.state.wait(for: "an attempt") { !$0.bodies.isEmpty }
                collector.behaves(.takes)
                _ = try await collector.trace(ofRequest: "one")
            }
        }

        @Test("A collector behind https is believed by its certificate alone", arguments: [true, false])
        func secureCollector(isTrusted: Bool) async throws {
            let certificate = try await TestCertificate.make()
            try await TraceCollector.run(certificate: certificate) { collector in
                let directory = try TemporaryDirectory()
                defer { directory.remove() }
                let file = "\(directory.path)/ca.pem"
                try certificate.certificate.write(toFile: file, atomically: false, encoding: .utf8)
                var settings = [
                    "TRACING_ENDPOINT": collector.url, "TRACING_INTERVAL_SECONDS": "0.1", "TRACING_RETRIES": "0",
                ]
                if isTrusted { settings["TRACING_CA_FILE"] = file }
                try await Stage.ollama(settings: settings) { service, _ in
                    try await untilReady(service)
                    _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: TracedStage.headers("one"))
                    if isTrusted {
                        _ = try await collector.trace(ofRequest: "one")
                    } else {
                        try await service.log.wait(for: "the loss") { lines in
                            lines.contains { $0.text.contains("spans of traces are lost") }
                        }
                        #expect(collector.state.read { $0.bodies }.isEmpty)
                    }
                }
            }
        }

        @Test("What waits goes out when the service stops, with the headers that its operator has set")
        func stops() async throws {
            let settings = [
                "TRACING_INTERVAL_SECONDS": "300", "TRACING_HEADERS": "x-tenant=hidden%20one",
                "TRACING_SERVICE_NAME": "gateway",
            ]
            try await TracedStage.run(settings: settings) { service, _, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: TracedStage.headers("last"))
                #expect(collector.state.read { $0.bodies }.isEmpty)
                service.process.signal(SIGTERM)
                _ = try await service.process.ended()
                _ = try await collector.trace(ofRequest: "last")
                let (headers, bodies) = collector.state.read { ($0.headers, $0.bodies) }
                #expect(headers.first?.first(name: "x-tenant") == "hidden one")
                #expect(
                    bodies.first.map { String(decoding: $0, as: UTF8.self).contains(#""stringValue":"gateway""#) }
                        == true
                )
                #expect(!service.log.value.contains { $0.text.contains("hidden one") })
            }
        }

        @Test("A silent collector does not hold up the end of the service")
        func stopsSilently() async throws {
            let settings = ["TRACING_INTERVAL_SECONDS": "0.1", "TRACING_TIMEOUT_SECONDS": "1"]
            try await TracedStage.run(settings: settings) { service, _, collector in
                collector.behaves(.hangs)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: TracedStage.headers("last"))
                try await collector.state.wait(for: "an attempt") { !$0.bodies.isEmpty }
                let start = ContinuousClock.now
                service.process.signal(SIGTERM)
                _ = try await service.process.ended()
                #expect(.now - start < tenfold(.seconds(3)))
            }
        }

        @Test(
            "The schema's own reader takes every batch",
            .enabled(if: Self.hasSchema, "opentelemetry-proto is not installed")
        )
        func schema() async throws {
            try await TracedStage.run(settings: ["TRACING_CONTENT": "true"]) { service, engine, collector in
                let picture = VisionRoute.vlm.body([.string(VisionRouteTests.small)], model: "smollm2-vision")
                _ = try await service.client.post("/api/v1/vlm", picture, headers: TracedStage.headers("r0"))
                let chat = Stage.chat(stream: true, ["temperature": 0.3, "stop": ["x"]])
                _ = try await service.client.post("/v1/chat/completions", chat, headers: TracedStage.headers("r1"))
                _ = try await service.client.post(
                    "/api/chat",
                    Stage.chat("no-such"),
                    headers: TracedStage.headers("r2")
                )
                engine.set(.cut(afterTokens: 1), times: 1)
                _ = try await service.client.post("/api/chat", Stage.chat(), headers: ["X-Request-ID": "r3"])
                for number in 0..<4 { _ = try await collector.trace(ofRequest: "r\(number)") }
                let bodies = collector.state.read { $0.bodies }
                let names = bodies.indices.map { "batch\($0).json" }
                let directory = try TemporaryDirectory()
                defer { directory.remove() }
                for (name, body) in zip(names, bodies) {
                    try Data(body).write(to: URL(fileURLWithPath: "\(directory.path)/\(name)"))
                }
                let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent().appendingPathComponent("clients/otlp_schema.py").path
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "\(Self.venv ?? "")/bin/python3")
                process.arguments = [script] + names
                process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
                let output = Pipe()
                (process.standardOutput, process.standardError) = (output, output)
                try process.run()
                let said = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                let text = String(decoding: said, as: UTF8.self)
                #expect(process.terminationStatus == 0, "\(text)")
                let count = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
                #expect(count == collector.state.read { $0.spans.count })
            }
        }

        private static let venv = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_VENV"]
        /// Whether the schema is there for Python.
        private static let hasSchema: Bool = {
            guard let venv, let versions = try? FileManager.default.contentsOfDirectory(atPath: "\(venv)/lib") else {
                return false
            }
            return versions.contains { version in
                FileManager.default.fileExists(atPath: "\(venv)/lib/\(version)/site-packages/opentelemetry/proto/trace")
            }
        }()
    }
}
