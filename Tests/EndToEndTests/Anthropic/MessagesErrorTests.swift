import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Errors of Anthropic's Messages API", .light)
    struct MessagesErrors {
        private static func expect(
            _ answer: Answer,
            _ status: Int,
            _ type: String,
            _ location: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, "\(answer)", sourceLocation: location)
            #expect(answer.json?.keys == ["type", "error", "request_id"], "\(answer)", sourceLocation: location)
            #expect(answer.json?["type"] == "error", sourceLocation: location)
            #expect(answer.json?["error"]?["type"] == .string(type), "\(answer)", sourceLocation: location)
            #expect(answer.json?["error"]?["message"]?.string?.isEmpty == false, sourceLocation: location)
            #expect(answer.json?["request_id"]?.string == answer.header("request-id"), sourceLocation: location)
        }

        @Test("Every refusal has Anthropic's shape, type and status, and names the field")
        func refusals() async throws {
            try await Stage.ollama { service, engine in
                let client = service.client
                Self.expect(
                    try await client.call(.POST, "/v1/messages", body: Array("{".utf8)),
                    400,
                    "invalid_request_error"
                )
                let missing = try await client.post("/v1/messages", ["model": "smollm2", "messages": []])
                Self.expect(missing, 400, "invalid_request_error")
                #expect(missing.json?["error"]?["message"]?.string?.contains("/max_tokens") == true)
                let tool: JSON = ["type": "web_search_20250305", "name": "web_search"]
                let serverTool = try await client.post("/v1/messages", Stage.message(extra: ["tools": [tool]]))
                Self.expect(serverTool, 400, "invalid_request_error")
                #expect(serverTool.json?["error"]?["message"]?.string?.contains("/tools/0/type") == true)
                let source: JSON = ["type": "url", "url": "ftp://127.0.0.1/a.png"]
                let picture: JSON = [["role": "user", "content": [["type": "image", "source": source]]]]
                let remote = try await client.post("/v1/messages", Stage.message(extra: ["messages": picture]))
                Self.expect(remote, 400, "invalid_request_error")
                #expect(remote.json?["error"]?["message"]?.string?.contains("/messages/0") == true, "\(remote)")
                let thinking = Stage.message(extra: ["thinking": ["type": "enabled", "budget_tokens": 1024]])
                Self.expect(try await client.post("/v1/messages", thinking), 400, "invalid_request_error")
                Self.expect(
                    try await client.post("/v1/messages", Stage.message("nope", stream: true)),
                    404,
                    "not_found_error"
                )
                Self.expect(try await client.get("/v1/messages"), 405, "invalid_request_error")
                Self.expect(try await client.get("/v1/messages/batches"), 404, "not_found_error")
                let host: HTTPHeaders = ["Host": "elsewhere.example"]
                let foreign = try await client.post("/v1/messages", Stage.message(), headers: host)
                Self.expect(foreign, 403, "permission_error")
                #expect(engine.counts.requests("POST /api/chat") == 1)
            }
        }

        @Test("A body that is too large is refused while it is read")
        func tooLarge() async throws {
            try await Stage.ollama(settings: ["SERVER_MAX_BODY_BYTES": "1024"]) { service, _ in
                let messages: JSON = [["role": "user", "content": .string(String(repeating: "x", count: 2000))]]
                let answer = try await service.client.post("/v1/messages", Stage.message(extra: ["messages": messages]))
                Self.expect(answer, 413, "request_too_large")
            }
        }

        @Test("A failing engine is an api_error, a busy one an overloaded_error", arguments: [true, false])
        func engine(stream: Bool) async throws {
            try await Stage.ollama { service, engine in
                engine.set(.answer(status: 500, contentType: "application/json", body: #"{"error":"boom"}"#), times: 1)
                let failed = try await service.client.post("/v1/messages", Stage.message(stream: stream))
                Self.expect(failed, 502, "api_error")
                engine.set(.answer(status: 503, contentType: "application/json", body: #"{"error":"busy"}"#), times: 1)
                let busy = try await service.client.post("/v1/messages", Stage.message(stream: stream))
                Self.expect(busy, 503, "overloaded_error")
                #expect(busy.header("Retry-After") != nil)
            }
        }

        @Test(
            "An engine that dies in a stream ends it with an error event, and never as if it had succeeded",
            arguments: EngineFlavour.allCases
        )
        func dies(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 20)) { service, engine in
                engine.set(.cut(afterTokens: 5), times: 1)
                let answer = try await service.client.post("/v1/messages", Stage.message(stream: true))
                #expect(answer.status == 200 && !answer.isComplete && answer.isClosed, "\(answer)")
                let events = answer.events
                #expect(events.filter { $0.name == "content_block_delta" }.count == 5)
                let last = try #require(events.last)
                #expect(last.name == "error" && last.data["type"] == "error")
                #expect(last.data["error"]?["type"] == "api_error")
                #expect(last.data["request_id"]?.string == answer.header("request-id"))
                #expect(!events.contains { $0.name == "message_stop" || $0.name == "message_delta" })
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["ended"] == "failed" && line["error_code"] == "engine_error")
            }
        }

        @Test("A caller that leaves a stream ends its generation")
        func leaves() async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 10_000)
            try await Stage.ollama({ $0.profile = profile }) { service, engine in
                let stream = try await service.client.begin(
                    "/v1/messages",
                    Stage.message(stream: true, ["max_tokens": 9999])
                )
                _ = try await stream.frames(4)
                await stream.leave()
                try await engine.waitUntil { $0.generationsOpen == 0 }
            }
        }
    }
}

extension Stage {
    fileprivate static func message(extra: [String: JSON]) -> JSON {
        self.message("smollm2", stream: false, extra)
    }
}
