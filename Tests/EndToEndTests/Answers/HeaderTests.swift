import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Headers", .light)
    struct Headers {
        @Test("An acceptable X-Request-ID is kept, in the answer, upstream and in the log")
        func keptID() async throws {
            try await Stage.ollama { service, engine in
                let id = "caller.7_a:b-C"
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Request-ID": id])
                #expect(answer.header("X-Request-ID") == id)
                #expect(answer.json?["request_id"]?.string == id)
                #expect(engine.requests.last { $0.method == "POST" && !$0.isLoad }?.header("X-Request-ID") == id)
                #expect(try await service.logLine(of: id)["status"] == 200)
            }
        }

        @Test(
            "Any other X-Request-ID is replaced",
            arguments: ["with space", "", String(repeating: "x", count: 129), "semi;colon", "<script>", "ü"]
        )
        func replacedID(id: String) async throws {
            try await Stage.ollama { service, _ in
                let answer = try await service.client.get("/livez", headers: ["X-Request-ID": id])
                let new = try #require(answer.header("X-Request-ID"))
                #expect(new != id && !new.isEmpty)
                #expect(answer.status == 200)
            }
        }

        @Test("Every answer carries an id of its own, errors included")
        func everyAnswer() async throws {
            try await Stage.ollama { service, _ in
                var seen: Set<String> = []
                for path in ["/livez", "/readyz", "/health", "/api/v1/models", "/nope", "/api/nope", "/v1/nope"] {
                    seen.insert(try #require(try await service.client.get(path).header("X-Request-ID")))
                }
                let bad = try await service.client.post("/api/v1/chat", [:])
                #expect(bad.status == 422)
                seen.insert(try #require(bad.header("X-Request-ID")))
                #expect(seen.count == 8)
            }
        }

        @Test("An inference answer names engine, model, waiting time and the service's own time")
        func inferenceHeaders() async throws {
            try await Stage.ollama { service, _ in
                for stream in [false, true] {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                    #expect(answer.header("X-Engine") == "local")
                    #expect(answer.header("X-Model") == "smollm2:latest")
                    let waited = try #require(answer.header("X-Queue-Wait-Ms").flatMap(Double.init))
                    let overhead = try #require(answer.header("X-Overhead-Ms").flatMap(Double.init))
                    #expect(waited >= 0 && waited < 1000)
                    #expect(overhead >= 0 && overhead < 1000)
                    #expect(answer.header("X-Context-Truncated") == nil)
                    #expect(answer.header("X-Ignored-Fields") == nil)
                }
            }
        }

        @Test("The time that a request waits for its slot is in X-Queue-Wait-Ms and not in X-Overhead-Ms")
        func queueWait() async throws {
            try await Stage.ollama({
                $0.parallel = 1
                $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 20)
            }) { service, engine in
                let first = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await first.frames(1)
                let second = try await service.client.post("/api/v1/chat", Stage.chat())
                let waited = try #require(second.header("X-Queue-Wait-Ms").flatMap(Double.init))
                let overhead = try #require(second.header("X-Overhead-Ms").flatMap(Double.init))
                #expect(waited > 100)
                #expect(overhead < 200)
                #expect(try await first.end().isComplete)
                #expect(engine.counts.generationsPeak == 1)
            }
        }

        @Test("Upstream requests carry headers of the service only, nothing of the caller's")
        func upstreamHeaders() async throws {
            try await Stage.ollama { service, engine in
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: [
                        "Authorization": "Bearer secret", "x-api-key": "secret", "Cookie": "secret=1",
                        "Forwarded": "for=10.0.0.1", "X-Forwarded-For": "10.0.0.1", "Origin": "http://localhost",
                        "Accept-Encoding": "gzip", "Connection": "keep-alive, X-Drop", "X-Drop": "secret",
                        "X-Project-Name": "mine",
                    ]
                )
                #expect(answer.status == 200, "\(answer)")
                let sent = try #require(engine.requests.last { $0.method == "POST" && !$0.isLoad })
                let names = Set(sent.headers.map { $0.name.lowercased() })
                #expect(names == ["host", "user-agent", "accept", "x-request-id", "content-type", "content-length"])
                #expect(sent.header("Host") == "127.0.0.1:\(engine.port)")
                #expect(!sent.headers.contains { $0.value.contains("secret") })
            }
        }
    }
}
