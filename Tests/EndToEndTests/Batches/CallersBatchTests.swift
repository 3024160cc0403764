import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Several requests in one call", .light)
    struct CallersBatch {
        private static func requests(_ items: [JSON]) -> JSON { ["requests": .array(items)] }

        /// A conversation in the given dialect.
        private static func item(_ text: String, _ extra: [String: JSON] = [:]) -> JSON {
            let fields: [String: JSON] = [
                "model": "smollm2", "messages": [["role": "user", "content": .string(text)]],
            ]
            return .object(fields.merging(extra) { $1 })
        }

        @Test(
            "Predecessor 18: items go through the scheduler, one slot after the other, and no engine's JSON comes out"
        )
        func throughTheScheduler() async throws {
            try await Stage.ollama(
                {
                    $0.parallel = 4
                    $0.profile = .init(tokenPace: .milliseconds(5), tokenCount: 4)
                },
                settings: ["ENGINES_0_PARALLEL": "1"]
            ) { service, engine in
                for path in ["/api/v1/batch/chat", "/api/v1/batch/chat/completions"] {
                    let items = (0..<6).map { Self.item("question \($0)") }
                    let answer = try await service.client.post(path, Self.requests(items))
                    #expect(answer.status == 200, "\(answer)")
                    #expect(answer.header("X-Priority") == "batch")
                    let results = answer.json?["results"]?.elements ?? []
                    #expect(results.count == 6 && results.enumerated().allSatisfy { $1["index"]?.int == $0 })
                    #expect(answer.json?["total_requests"] == 6 && answer.json?["successful"] == 6)
                    #expect(answer.json?["failed"] == 0 && answer.json?["total_time_ms"]?.number ?? 0 > 0)
                    #expect(answer.json?["batch_id"]?.string?.hasPrefix("batch-") == true)
                    for result in results {
                        #expect(result["success"] == true, "\(result)")
                        let told = result["result"] ?? .null
                        if path.hasSuffix("completions") {
                            #expect(told["object"] == "chat.completion", "\(told)")
                            #expect(told["choices"]?[0]?["message"]?["role"] == "assistant")
                            #expect(told["usage"]?["total_tokens"]?.int ?? 0 > 0)
                        } else {
                            #expect(told["message"]?["role"] == "assistant", "\(told)")
                            #expect(told["queue_wait_ms"]?.number != nil)
                        }
                        // What only the engine's own answers have.
                        #expect(told["eval_count"] == nil && told["done"] == nil)
                    }
                }
                #expect(engine.counts.generationsPeak == 1)
                try await eventually("a record of each item") {
                    service.requestLines.count { $0["class"] == "batch" } == 12
                }
                let lines = service.requestLines.filter { $0["class"] == "batch" }
                let waits = lines.compactMap { $0["queue_wait_ms"]?.number }
                #expect(waits.filter { $0 > 0 }.count >= 8, "\(waits)")
            }
        }

        @Test("An item that fails tells why, with the status of its dialect, and does not touch the others")
        func isolated() async throws {
            try await Stage.ollama { service, _ in
                let items = [
                    Self.item("one"), Self.item("two", ["temperature": 9]), Self.item("three", ["model": "nobody"]),
                    Self.item("four", ["stream": true]), .object(["messages": .array([])]), Self.item("six"),
                ]
                for (path, statuses) in [
                    ("/api/v1/batch/chat", [200, 422, 404, 400, 422, 200]),
                    ("/api/v1/batch/chat/completions", [200, 400, 404, 400, 400, 200]),
                ] {
                    let answer = try await service.client.post(path, Self.requests(items))
                    #expect(answer.status == 200 && answer.json?["failed"] == 4, "\(answer)")
                    let results = answer.json?["results"]?.elements ?? []
                    #expect(
                        results.map { $0["success"] == true ? 200 : $0["status"]?.int ?? 0 } == statuses,
                        "\(answer)"
                    )
                    #expect(results[1]["error"]?.string?.contains("/temperature") == true, "\(results[1])")
                    #expect(results[2]["error_type"] == "model_not_found")
                    #expect(results[3]["error_type"] == "unsupported_field")
                }
            }
        }

        @Test("An envelope that is wrong is refused with every fault, and nothing runs")
        func envelope() async throws {
            try await Stage.ollama(settings: ["BATCHES_CHAT_MAX_REQUESTS": "2"]) { service, engine in
                for (body, word) in [
                    (#"{}"#, "missing"), (#"{"requests": []}"#, "At least one"), (#"{"requests": "x"}"#, "An array"),
                    (#"{"requests": [1, {}]}"#, "/requests/0"),
                    (#"{"requests": [{}, {}, {}]}"#, "batches.chat_max_requests"),
                    (#"{"requests": [{}], "model": "m"}"#, "model"),
                ] {
                    let answer = try await service.client.call(.POST, "/api/v1/batch/chat", body: Array(body.utf8))
                    #expect(answer.status == 422 && answer.text.contains(word), "\(body): \(answer)")
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("Asked for lines, each result is told as it comes, and the figures last")
        func lines() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 100) }) {
                service,
                engine in
                let items = [Self.item("long"), Self.item("wrong", ["temperature": 9])]
                let headers: HTTPHeaders = ["Accept": "application/x-ndjson"]
                let pending = try await service.client.begin(
                    "/api/v1/batch/chat",
                    Self.requests(items),
                    headers: headers
                )
                let early = try await pending.wait(for: "a line") { $0.text.contains("\n") }
                #expect(early.header("Content-Type") == "application/x-ndjson")
                #expect(try JSON(parsing: early.text.split(separator: "\n")[0].utf8)["index"] == 1)
                let answer = try await pending.end()
                let lines = try answer.text.split(separator: "\n").map { try JSON(parsing: $0.utf8) }
                #expect(answer.isComplete && lines.count == 3, "\(answer)")
                #expect(lines[1]["index"] == 0 && lines[1]["success"] == true)
                #expect(lines[2]["successful"] == 1 && lines[2]["failed"] == 1 && lines[2]["batch_id"] != nil)
                // The engine notices its own end a moment after what it wrote last.
                try await eventually("the end of the generation") { engine.counts.generationsOpen == 0 }
            }
        }

        @Test("A caller that leaves ends all of it", arguments: [nil, "application/x-ndjson"])
        func leaving(_ accept: String?) async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(50), tokenCount: 600) }) {
                service,
                engine in
                let items = (0..<12).map { Self.item("question \($0)") }
                let headers = HTTPHeaders(accept.map { [("Accept", $0)] } ?? [])
                let pending = try await service.client.begin(
                    "/api/v1/batch/chat",
                    Self.requests(items),
                    headers: headers
                )
                try await engine.waitUntil { $0.generationsOpen == 4 }
                await pending.leave()
                try await engine.waitUntil { $0.generationsOpen == 0 && $0.earlyCloses.count == 4 }
                let queue = try await service.client.get("/api/v1/queue/requests")
                #expect(queue.json?["requests"]?.elements.isEmpty == true, "\(queue)")
            }
        }

        @Test("X-Priority names another class, and the same call with the same key is done once")
        func headers() async throws {
            try await Stage.ollama { service, engine in
                let headers: HTTPHeaders = ["X-Priority": "normal", "Idempotency-Key": "k", "X-Request-ID": "mine"]
                let body = Self.requests([Self.item("one"), Self.item("two")])
                let first = try await service.client.post("/api/v1/batch/chat", body, headers: headers)
                #expect(first.status == 200 && first.header("X-Priority") == "normal", "\(first)")
                let line = try await service.logLine(of: "mine-1")
                #expect(line["class"] == "normal", "\(line)")
                let again = try await service.client.post("/api/v1/batch/chat", body, headers: headers)
                #expect(again.header("Idempotent-Replayed") == "true" && again.body == first.body)
                #expect(engine.counts.requests("POST /api/chat") == 2)
            }
        }
    }
}
