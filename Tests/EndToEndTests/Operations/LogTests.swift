import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The log", .light)
    struct Log {
        @Test("Predecessor 14: one line a request, with true numbers")
        func line() async throws {
            let profile = GenerationProfile(
                promptTime: .milliseconds(60),
                tokenPace: .milliseconds(10),
                tokenCount: 20,
                promptTokens: 17
            )
            try await Stage.ollama({
                $0.profile = profile
                $0.loadTime = .milliseconds(80)
            }) { service, _ in
                for (index, stream) in [true, false].enumerated() {
                    let id = "line-\(index)"
                    let answer = try await service.client.post(
                        "/api/v1/chat",
                        Stage.chat(stream: stream),
                        headers: ["X-Request-ID": id, "X-Project-Name": "search"]
                    )
                    #expect(answer.status == 200)
                    let line = try await service.logLine(of: id)
                    #expect(line["project"] == "search" && line["dialect"] == "native" && line["operation"] == "chat")
                    #expect(line["model"] == "smollm2:latest" && line["engine"] == "local" && line["status"] == 200)
                    #expect(line["ended"] == "completed" && line["reason"] == "stop" && line["level"] == "info")
                    #expect(line["prompt_tokens"] == 17 && line["completion_tokens"] == 20 && line["pieces"] == 20)
                    #expect(line["warm"]?.bool == (index == 1))
                    let total = try #require(line["total_ms"]?.number)
                    let first = try #require(line["first_event_ms"]?.number)
                    let overhead = try #require(line["overhead_ms"]?.number)
                    #expect(first >= 60 && total >= first + 150, "\(line)")
                    // Neither the wait for the load nor the time of the tokens is in it.
                    #expect(overhead < total - first, "\(line)")
                    #expect(
                        (line["prompt_ms"]?.number ?? 0) >= 55 && (line["generation_ms"]?.number ?? 0) >= 190,
                        "\(line)"
                    )
                    #expect((line["load_ms"]?.number ?? -1) >= (index == 0 ? 75 : 0), "\(line)")
                    let latency = stream ? answer.frames.last?.json["latency_ms"] : answer.json?["latency_ms"]
                    #expect((latency?.number ?? 0) >= first + 150)
                    #expect(line["time"]?.string?.hasSuffix("Z") == true && line["message"] == "request completed")
                }
                #expect(service.requestLines.count == 2)
            }
        }

        @Test("Every ending of a request is in the log once")
        func endings() async throws {
            try await Stage.ollama { service, engine in
                _ = try await service.client.post("/api/v1/generate", Stage.body(), headers: ["X-Request-ID": "good"])
                _ = try await service.client.post("/api/v1/chat", [:], headers: ["X-Request-ID": "bad"])
                _ = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat("nope"),
                    headers: ["X-Request-ID": "unknown"]
                )
                engine.set(.cut(afterTokens: 2), times: 2)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Request-ID": "cut"])
                let stream = Stage.chat(stream: true)
                _ = try await service.client.post("/api/v1/chat", stream, headers: ["X-Request-ID": "cut-stream"])
                _ = try await service.client.get("/livez", headers: ["X-Request-ID": "probe"])
                let expected: [(String, Int, String, String?)] = [
                    ("good", 200, "completed", nil), ("bad", 422, "failed", "invalid_request"),
                    ("unknown", 404, "failed", "model_not_found"), ("cut", 502, "failed", "engine_error"),
                    ("cut-stream", 200, "failed", "engine_error"),
                ]
                for (id, status, ended, code) in expected {
                    let line = try await service.logLine(of: id)
                    #expect(line["status"]?.int == status && line["ended"]?.string == ended, "\(line)")
                    #expect(line["error_code"]?.string == code, "\(line)")
                    #expect(line["level"] == (status >= 500 ? "warning" : "info"), "\(line)")
                    #expect(service.log.value.filter { $0.json["request_id"]?.string == id }.count == 1)
                }
                #expect(service.requestLines.count == expected.count)
            }
        }

        @Test("What is refused before it comes to a route is one line with code, peer and id, and in no ledger")
        func refusals() async throws {
            let hash = String(repeating: "ab", count: 32)
            let settings = ["PROJECTS_0_NAME": "search", "PROJECTS_0_KEY_SHA256": hash]
            try await Stage.ollama(settings: settings) { service, _ in
                let body = Stage.chat("xyzzy")
                func post(_ id: String, _ headers: HTTPHeaders) async throws -> Int {
                    var headers = headers
                    headers.add(name: "X-Request-ID", value: id)
                    return try await service.client.post("/api/v1/chat?q=xyzzy", body, headers: headers).status
                }
                #expect(try await post("keyless", [:]) == 401)
                #expect(try await post("wrong", ["x-api-key": "so_search_xyzzy"]) == 401)
                #expect(try await post("unreadable", ["Authorization": "xyzzy"]) == 401)
                #expect(try await post("host", ["Host": "evil.example"]) == 403)
                #expect(try await post("page", ["Origin": "https://evil.example"]) == 403)
                let expected = [
                    ("keyless", "unauthenticated", 401), ("wrong", "unauthenticated", 401),
                    ("unreadable", "unauthenticated", 401), ("host", "forbidden", 403), ("page", "forbidden", 403),
                ]
                for (id, code, status) in expected {
                    let line = try await service.logLine(of: id)
                    #expect(line["message"] == "request refused" && line["level"] == "info", "\(line)")
                    #expect(line["error_code"]?.string == code && line["status"]?.int == status, "\(line)")
                    #expect(line["peer"] == "127.0.0.1" && line["method"] == "POST", "\(line)")
                    #expect(line["path"] == "/api/v1/chat" && line["project"] == nil, "\(line)")
                    #expect(service.log.value.count { $0.json["request_id"]?.string == id } == 1)
                }
                _ = try await RawClient.exchange(port: service.port, Array("xyzzy\r\n\r\n".utf8))
                _ = try await service.log.wait(for: "line of what is not HTTP") { lines in
                    lines.contains { $0.json["error_code"] == "invalid_request" && $0.json["peer"] == "127.0.0.1" }
                }
                #expect(!service.log.value.contains { $0.text.contains("xyzzy") })
                service.process.signal(SIGTERM)
                #expect(try await service.process.ended().status == 0)
                #expect(try StoredUsage(in: service.dataDirectory).count() == 0)
            }
        }

        @Test(
            "A header that is wrong in a request whose project is known is in the log and in the ledger as any failure"
        )
        func badHeader() async throws {
            try await Stage.ollama { service, _ in
                let named: HTTPHeaders = ["X-Project-Name": "search", "X-Request-ID": "urgent", "X-Priority": "urgent"]
                #expect(try await service.client.post("/api/v1/chat", Stage.chat(), headers: named).status == 400)
                let line = try await service.logLine(of: "urgent")
                #expect(line["message"] == "request failed" && line["project"] == "search", "\(line)")
                // Of who calls nothing is known where the name is none.
                let nameless: HTTPHeaders = ["X-Project-Name": "a b", "X-Request-ID": "nameless"]
                #expect(try await service.client.post("/api/v1/chat", Stage.chat(), headers: nameless).status == 400)
                let refusal = try await service.logLine(of: "nameless")
                #expect(refusal["message"] == "request refused" && refusal["project"] == nil, "\(refusal)")
                service.process.signal(SIGTERM)
                #expect(try await service.process.ended().status == 0)
                let kept = try StoredUsage(in: service.dataDirectory).requests()
                #expect(kept.map(\.id) == ["urgent"] && kept.first?.errorCode == "invalid_request", "\(kept)")
            }
        }

        @Test("Predecessor 28: nothing of a prompt or an answer is ever in the log", arguments: ["debug", "trace"])
        func privacy(level: String) async throws {
            let secret = "xyzzy-plugh"
            try await Stage.ollama(
                { $0.profile = .init(text: "the answer is \(secret)") },
                settings: ["LOG_LEVEL": level]
            ) {
                service,
                engine in
                let text: JSON = .string(secret)
                let bodies: [JSON] = [
                    Stage.body("smollm2", stream: true, ["prompt": text, "system": text, "stop": [text]]),
                    Stage.body("smollm2", stream: false, ["prompt": text]),
                    ["prompt": text, "model": text], ["prompt": ["nested": text]],
                    ["prompt": text, "xyzzy-plugh": text],
                    ["prompt": text, "temperature": text], ["prompt": text, "format": text],
                ]
                for body in bodies { _ = try await service.client.post("/api/v1/generate", body) }
                let broken = Array(#"{"prompt":"\#(secret)"#.utf8)
                _ = try await service.client.call(.POST, "/api/v1/generate", body: broken)
                _ = try await service.client.get("/api/v1/\(secret)?q=\(secret)")
                engine.set(
                    .answer(status: 500, contentType: "application/json", body: #"{"error":"bad: \#(secret)"}"#),
                    times: 1
                )
                let failed = try await service.client.post("/api/v1/generate", bodies[0])
                #expect(failed.status == 502)
                engine.set(.cut(afterTokens: 1), times: 1)
                _ = try await service.client.post("/api/v1/generate", bodies[0])
                let client = try await RawClient.open(port: service.port)
                try await client.send("\(secret) / HTTP/1.1\r\n\(secret)\r\n\r\n")
                _ = try await client.closed()
                await client.leave()
                service.process.signal(15)
                _ = try await service.process.ended()
                await service.process.outputEnded()
                let lines = service.log.value.map(\.text).filter { $0.contains(secret) }
                // A path is no prompt; Hummingbird's own lines may name it.
                #expect(lines.filter { !$0.contains("/api/v1/\(secret)") }.isEmpty, "\(lines)")
                #expect(service.requestLines.count >= bodies.count)
            }
        }

        @Test("Every line is one JSON object with time, level and message")
        func format() async throws {
            try await Stage.ollama(settings: ["LOG_LEVEL": "debug"]) { service, _ in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                service.process.signal(15)
                _ = try await service.process.ended()
                await service.process.outputEnded()
                #expect(service.log.value.count > 2)
                for line in service.log.value {
                    #expect(line.json.keys.isSuperset(of: ["time", "level", "message"]), "\(line.text)")
                }
                #expect(service.process.output.value == "listening on http://127.0.0.1:\(service.port)\n")
            }
        }
    }
}
