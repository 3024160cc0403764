import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("The request log", .light)
    struct RequestLogs {
        private static func lines(_ service: ServiceUnderTest, _ log: String = "requests") throws -> [JSON] {
            let path = "\(service.dataDirectory)/logs/\(log).jsonl"
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
            return try text.split(separator: "\n").map { try JSON(parsing: $0.utf8) }
        }

        /// Waits for the line of a request.
        private static func line(
            _ id: String,
            _ service: ServiceUnderTest,
            _ log: String = "requests"
        ) async throws -> JSON {
            var found: JSON?
            try await eventually("the line of \(id) in \(log)") {
                found = try Self.lines(service, log).first { $0["request_id"]?.string == id }
                return found != nil
            }
            return found ?? .null
        }

        @Test(
            "Predecessor 28: each inference request is one line with who, what, where, how long and how much, and nothing of what was said"
        )
        func content() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 3) }, settings: ["LOG_LEVEL": "error"]) {
                service,
                _ in
                try await untilReady(service)
                let headers: HTTPHeaders = ["X-Project-Name": "search", "X-Request-ID": "one", "X-Priority": "batch"]
                let prompt: JSON = ["model": "smollm2", "prompt": "a very secret question"]
                #expect(try await service.client.post("/api/v1/generate", prompt, headers: headers).status == 200)
                let line = try await Self.line("one", service)
                let expected: [String: JSON] = [
                    "project": "search", "dialect": "native", "operation": "generate", "model": "smollm2:latest",
                    "engine": "local", "class": "batch", "queue": "chat", "status": 200, "ended": "completed",
                    "completion_tokens": 3, "message": "request completed", "level": "info",
                ]
                for (key, value) in expected { #expect(line[key] == value, "\(key) in \(line)") }
                for key in ["total_ms", "queue_wait_ms", "first_event_ms", "overhead_ms", "prompt_tokens"] {
                    #expect(line[key]?.number != nil, "\(key) in \(line)")
                }
                let failed: HTTPHeaders = ["X-Request-ID": "two"]
                _ = try await service.client.post("/v1/chat/completions", Stage.chat("no-such"), headers: failed)
                let failure = try await Self.line("two", service)
                #expect(failure["error_code"] == "model_not_found" && failure["status"] == 404, "\(failure)")
                _ = try await service.client.get("/api/v1/models")
                let text = try String(contentsOfFile: "\(service.dataDirectory)/logs/requests.jsonl", encoding: .utf8)
                #expect(text.split(separator: "\n").count == 2 && !text.contains("secret"), "\(text)")
            }
        }

        @Test("Switched off there is no file; its files stay within their size and number")
        func bounds() async throws {
            try await Stage.ollama(settings: ["REQUEST_LOG_ENABLED": "false"]) { service, _ in
                _ = try await service.client.post("/api/v1/generate", Stage.body())
                #expect(!FileManager.default.fileExists(atPath: "\(service.dataDirectory)/logs/requests.jsonl"))
            }
            let settings = ["REQUEST_LOG_MAX_BYTES": "4096", "REQUEST_LOG_FILES": "2"]
            try await Stage.ollama({ $0.profile = .init(tokenCount: 1) }, settings: settings) { service, _ in
                try await untilReady(service)
                for number in 0..<40 {
                    let headers: HTTPHeaders = ["X-Request-ID": "r\(number)"]
                    _ = try await service.client.post("/api/v1/generate", Stage.body(), headers: headers)
                }
                _ = try await Self.line("r39", service)
                let names = try FileManager.default.contentsOfDirectory(atPath: "\(service.dataDirectory)/logs")
                #expect(Set(names.filter { $0.hasPrefix("requests") }) == ["requests.jsonl", "requests.jsonl.1"])
                for name in names {
                    let path = "\(service.dataDirectory)/logs/\(name)"
                    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                    #expect(size ?? .max <= 4096, "\(name)")
                }
            }
        }

        @Test(
            "Predecessor 28: exchanges are captured whole where that is switched on: so many, streams and errors too, and no keys"
        )
        func capture() async throws {
            let settings = ["REQUEST_LOG_CAPTURE": "3", "REQUEST_LOG_CAPTURE_BODY_BYTES": "1024"]
            try await Stage.ollama({ $0.profile = .init(tokenCount: 3) }, settings: settings) { service, _ in
                try await untilReady(service)
                func ask(_ id: String, _ path: String, _ body: JSON) async throws -> Answer {
                    let key = "so_mail_\(String(repeating: "k", count: 43))"
                    let headers: HTTPHeaders = [
                        "X-Request-ID": id, "Authorization": "Bearer \(key)", "X-Project-Name": "mail",
                    ]
                    return try await service.client.post(path, body, headers: headers)
                }
                let long = String(repeating: "word ", count: 1000)
                _ = try await ask("whole", "/api/v1/generate", ["model": "smollm2", "prompt": .string(long)])
                let streamed = try await ask("streamed", "/api/chat", Stage.chat(stream: true))
                _ = try await ask("wrong", "/v1/chat/completions", ["messages": 1])
                _ = try await ask("too-many", "/api/v1/generate", Stage.body())
                let whole = try await Self.line("whole", service, "exchanges")
                #expect(whole["path"] == "/api/v1/generate" && whole["project"] == "mail" && whole["complete"] == true)
                #expect(whole["request"]?["truncated"] == true && whole["request"]?["bytes"]?.int ?? 0 > 5000)
                #expect(whole["request"]?["body"]?.string?.utf8.count == 1024, "\(whole)")
                #expect(whole["request"]?["headers"]?["authorization"] == "[redacted]", "\(whole)")
                #expect(whole["response"]?["body"]?.string?.contains("\"request_id\":\"whole\"") == true, "\(whole)")
                let stream = try await Self.line("streamed", service, "exchanges")
                #expect(stream["response"]?["body"]?.string == streamed.text, "\(stream)")
                let wrong = try await Self.line("wrong", service, "exchanges")
                #expect(
                    wrong["status"] == 400 && wrong["response"]?["body"]?.string?.contains("invalid_request") == true
                )
                #expect(try Self.lines(service, "exchanges").count == 3)
                let text = try String(contentsOfFile: "\(service.dataDirectory)/logs/exchanges.jsonl", encoding: .utf8)
                #expect(!text.contains("kkkkk"))
                let doctor = try await CommandRun.run(
                    ["doctor", "--data-dir", service.dataDirectory, "--json"],
                    at: service
                )
                let capture = try JSON(parsing: doctor.output).elements.first { $0["check"] == "capture" }
                #expect(capture?["verdict"] == "warning" && capture?["remedy"]?.string?.contains("delete") == true)
                // What callers say is told nobody over HTTP.
                #expect(try await service.client.get("/api/v1/system/logs/exchanges").status == 404)
                let run = try await CommandRun.run(
                    ["logs", "exchanges", "--data-dir", service.dataDirectory, "--match", "streamed", "--json"]
                )
                #expect(try JSON(parsing: run.output)["request_id"] == "streamed", "\(run)")
                let refused = try await CommandRun.run(["logs", "exchanges"], at: service)
                #expect(refused.exit.status == 2 && refused.error.contains("--data-dir"), "\(refused)")
            }
        }

        @Test("A caller that leaves in the middle is captured as far as the answer went")
        func left() async throws {
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 10_000) },
                settings: ["REQUEST_LOG_CAPTURE": "1"]
            ) { service, _ in
                try await untilReady(service)
                let headers: HTTPHeaders = ["X-Request-ID": "left"]
                let pending = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true), headers: headers)
                _ = try await pending.frames(2)
                await pending.leave()
                let line = try await Self.line("left", service, "exchanges")
                #expect(line["complete"] == false && line["status"] == 200, "\(line)")
                #expect(line["response"]?["body"]?.string?.hasPrefix("data: ") == true, "\(line)")
            }
        }

        @Test("Logs are read over HTTP by admins: the last lines, those with a text, and each new one")
        func route() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 1) }) { service, _ in
                try await untilReady(service)
                for number in 0..<5 {
                    let headers: HTTPHeaders = ["X-Request-ID": "r\(number)"]
                    _ = try await service.client.post("/api/v1/generate", Stage.body(), headers: headers)
                }
                _ = try await Self.line("r4", service)
                let list = try await service.client.get("/api/v1/system/logs").json?["logs"]
                #expect(list?[0]?["name"] == "requests" && list?[0]?["bytes"]?.int ?? 0 > 100, "\(list ?? nil)")
                let two = try await service.client.get("/api/v1/system/logs/requests?lines=2")
                #expect(two.header("Content-Type") == "application/x-ndjson")
                #expect(two.text.split(separator: "\n").count == 2 && two.text.contains("\"r4\""))
                let one = try await service.client.get("/api/v1/system/logs/requests?contains=%22r1%22")
                #expect(one.text.split(separator: "\n").count == 1)
                let connection = try await Connection.open(port: service.port)
                let following = try await connection.send(.GET, "/api/v1/system/logs/requests?lines=1&follow=true")
                _ = try await following.wait(for: "the last line") { $0.text.contains("\"r4\"") }
                _ = try await service.client.post("/api/v1/generate", Stage.body(), headers: ["X-Request-ID": "r5"])
                _ = try await following.wait(for: "the new line") { $0.text.contains("\"r5\"") }
                await connection.close()
                for (query, name) in [("lines=0", "lines"), ("lines=x", "lines"), ("follow=maybe", "follow")] {
                    let wrong = try await service.client.get("/api/v1/system/logs/requests?\(query)")
                    #expect(
                        wrong.status == 422 && wrong.json?["errors"]?[0]?["pointer"]?.string == "/\(name)",
                        "\(wrong)"
                    )
                }
                for name in ["nothing", "..%2Fshared-ollama.sqlite", "%2e%2e"] {
                    #expect(try await service.client.get("/api/v1/system/logs/\(name)").status == 404, "\(name)")
                }
                #expect(try await service.client.get("/api/v1/system/logs/ollama").text.isEmpty)
            }
        }

        @Test("Who follows a log does not hold up the end of the service")
        func draining() async throws {
            try await Stage.ollama { service, _ in
                let connection = try await Connection.open(port: service.port)
                let following = try await connection.send(.GET, "/api/v1/system/logs/requests?follow=true")
                _ = try await following.head()
                service.process.signal(SIGTERM)
                #expect(try await following.end().isComplete)
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
            }
        }

        @Test("A project's key reads no logs")
        func rights() async throws {
            try await Stage.ollama { service, _ in
                let made = try await CommandRun.run(["keys", "create", "mail", "--data-dir", service.dataDirectory])
                let key = made.output.split(separator: "\n").first.map(String.init) ?? ""
                try await eventually("the key holds") {
                    try await service.client.get("/api/v1/models").status == 401
                }
                for path in ["/api/v1/system/logs", "/api/v1/system/logs/requests"] {
                    let answer = try await service.client.get(path, headers: ["Authorization": "Bearer \(key)"])
                    #expect(answer.status == 403, "\(answer)")
                }
                let run = try await CommandRun.run(["logs", "--key", key], at: service)
                #expect(run.exit.status == 4, "\(run)")
            }
        }

        @Test("The command shows requests in columns, by service and by file, and goes on with new ones")
        func command() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 4) }) { service, _ in
                try await untilReady(service)
                func ask(_ id: String, _ model: String = "smollm2") async throws {
                    let headers: HTTPHeaders = ["X-Request-ID": "\(id)", "X-Project-Name": "search"]
                    _ = try await service.client.post("/api/v1/generate", Stage.body(model), headers: headers)
                    _ = try await Self.line(id, service)
                }
                try await ask("first-one")
                try await ask("second-one", "no-such")
                let run = try await CommandRun.run(["logs"], at: service)
                #expect(run.exit.status == 0, "\(run)")
                let lines = run.output.split(separator: "\n").map(String.init)
                #expect(lines.count == 2 && lines[0].hasSuffix("first-one") && lines[0].contains("+4 tokens"), "\(run)")
                #expect(lines[0].contains("200  completed") && lines[1].contains("404  failed"), "\(run)")
                #expect(lines[1].contains("model_not_found"), "\(run)")
                let match = try await CommandRun.run(["logs", "--match", "second-one", "--json"], at: service)
                #expect(try JSON(parsing: match.output)["request_id"] == "second-one", "\(match)")
                let file = try await CommandRun.run(["logs", "-n", "1", "--data-dir", service.dataDirectory])
                #expect(file.output == lines[1] + "\n", "\(file)")
                for arguments in [["logs", "nothing"], ["logs", "--lines", "0"]] {
                    #expect(try await CommandRun.run(arguments, at: service).exit.status == 2)
                }
                let following = try ServiceProcess.start(
                    ["logs", "--follow", "--url", "http://127.0.0.1:\(service.port)"],
                    environment: [:],
                    directory: service.dataDirectory
                )
                _ = try await following.output.wait(for: "old lines") { $0.contains("second-one") }
                try await ask("third-one")
                _ = try await following.output.wait(for: "a new line") { $0.contains("third-one") }
                await following.kill()
            }
        }
    }
}
