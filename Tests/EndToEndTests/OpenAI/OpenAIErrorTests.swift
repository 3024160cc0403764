import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Errors in OpenAI's shape", .light)
    struct OpenAIErrors {
        /// Checks an error's status, code and shape.
        private static func expect(
            _ answer: Answer,
            _ status: Int,
            _ code: String,
            type: String = "invalid_request_error",
            param: String? = nil
        ) {
            #expect(answer.status == status && answer.code == code && answer.isOpenAIError, "\(answer)")
            #expect(answer.json?["error"]?["type"]?.string == type, "\(answer)")
            #expect(answer.json?["error"]?["param"]?.string == param, "\(answer)")
            #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
        }

        /// A request that is wrong, and how it is refused.
        struct Wrong: Sendable, CustomTestStringConvertible {
            let path: String
            let body: String
            let code: String
            let param: String?
            var testDescription: String { "\(self.path) \(self.body)" }

            init(_ path: String, _ body: String, _ code: String, _ param: String? = nil) {
                self.path = path
                self.body = body
                self.code = code
                self.param = param
            }
        }

        private static let chat = "/v1/chat/completions"

        private static func chat(_ members: String) -> String {
            #"{"model":"smollm2","messages":[{"role":"user","content":"hi"}],\#(members)}"#
        }

        private static let wrong: [Wrong] = [
            Wrong(chat, "", "invalid_request"), Wrong(chat, "{", "invalid_request"),
            Wrong(chat, "[]", "invalid_request"),
            Wrong(chat, #"{"messages":[]}"#, "invalid_request", "model"),
            Wrong(chat, #"{"model":"smollm2","messages":[]}"#, "invalid_request", "messages"),
            Wrong(chat, #"{"model":"a b","messages":[{"role":"user","content":"x"}]}"#, "invalid_model", "model"),
            Wrong(chat, chat(#""temperature":3"#), "invalid_request", "temperature"),
            Wrong(chat, chat(#""logit_bias":{"1":1}"#), "unsupported_field", "logit_bias"),
            Wrong(
                chat,
                #"{"model":"smollm2","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain;base64,QUJD"}}]}]}"#,
                "invalid_image",
                "messages.0.content.0.image_url.url"
            ),
            Wrong("/v1/completions", #"{"model":"smollm2","prompt":" "}"#, "invalid_prompt", "prompt"),
            Wrong("/v1/completions", #"{"model":"smollm2","prompt":"x","suffix":"y"}"#, "unsupported_field", "suffix"),
            Wrong("/v1/embeddings", #"{"model":"all-minilm"}"#, "invalid_request", "input"),
            Wrong("/v1/embeddings", #"{"model":"all-minilm","input":[[1]]}"#, "unsupported_field", "input"),
            Wrong("/v1/responses", #"{"model":"smollm2"}"#, "invalid_request", "input"),
            Wrong(
                "/v1/responses",
                #"{"model":"smollm2","input":"x","previous_response_id":"resp_1"}"#,
                "unsupported_field",
                "previous_response_id"
            ),
            Wrong("/v1/audio/transcriptions", "{}", "invalid_request"),
        ]

        @Test("What is wrong with a body is 400, whether a stream is wanted or not", arguments: wrong)
        func bodies(wrong: Wrong) async throws {
            try await Stage.ollama { service, engine in
                for body in [wrong.body, wrong.body.replacing("{\"model\"", with: "{\"stream\":true,\"model\"")] {
                    let answer = try await service.client.call(.POST, wrong.path, body: Array(body.utf8))
                    Self.expect(answer, 400, wrong.code, param: wrong.param)
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("Models, paths, methods and hosts that are not there")
        func absent() async throws {
            try await Stage.ollama { service, _ in
                let client = service.client
                for path in ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"] {
                    let body: JSON = [
                        "model": "nope", "messages": [["role": "user", "content": "x"]], "input": "x",
                        "prompt": path == "/v1/completions" ? "x" : nil,
                    ]
                    let answer = try await client.post(path, body)
                    Self.expect(answer, 404, "model_not_found", type: "not_found_error", param: "model")
                    let method = try await client.call(.DELETE, path)
                    #expect(
                        method.status == 405 && method.isOpenAIError && method.code == "method_not_allowed",
                        "\(method)"
                    )
                }
                let path = try await client.post("/v1/nope", [:])
                #expect(path.status == 404 && path.isOpenAIError && path.code == "not_found", "\(path)")
                let host = try await client.post(Self.chat, OpenAI.chat(), headers: ["Host": "evil.example"])
                Self.expect(host, 403, "forbidden", type: "permission_error")
            }
        }

        @Test("Keys and limits")
        func projects() async throws {
            try await Stage.ollama(settings: [
                "PROJECTS_0_NAME": "small", "PROJECTS_0_REQUESTS_PER_MINUTE": "1", "PROJECTS_0_MODELS": "gemma*",
                "PROJECTS_1_NAME": "poor", "PROJECTS_1_TOKENS_PER_DAY": "10",
            ]) { service, _ in
                let client = service.client
                let small: HTTPHeaders = ["X-Project-Name": "small"]
                let other = try await client.post(Self.chat, OpenAI.chat(), headers: small)
                Self.expect(other, 403, "model_not_allowed", type: "permission_error")
                let first = try await client.post(Self.chat, OpenAI.chat("gemma3-270m"), headers: small)
                #expect(first.status == 200, "\(first)")
                let second = try await client.post(Self.chat, OpenAI.chat("gemma3-270m"), headers: small)
                Self.expect(second, 429, "rate_limited", type: "rate_limit_error")
                #expect(second.header("Retry-After") != nil)
                let body = OpenAI.chat("smollm2", ["max_tokens": 1000])
                let poor = try await client.post(Self.chat, body, headers: ["X-Project-Name": "poor"])
                Self.expect(poor, 429, "quota_exceeded", type: "insufficient_quota")
                let run = try await CommandRun.run(["keys", "create", "one", "--data-dir", service.dataDirectory])
                try #require(run.exit.status == 0)
                try await eventually("a closed door") {
                    try await client.post(Self.chat, OpenAI.chat()).status == 401
                }
                let closed = try await client.post(Self.chat, OpenAI.chat())
                Self.expect(closed, 401, "unauthenticated", type: "authentication_error")
                #expect(closed.header("WWW-Authenticate") != nil)
            }
        }

        @Test("Keys of idempotency, bodies that are too large or too late, and a prompt that does not fit")
        func requests() async throws {
            try await Stage.ollama(settings: ["SERVER_MAX_BODY_BYTES": "65536", "TIMEOUTS_BODY_SECONDS": "0.5"]) {
                service,
                engine in
                let client = service.client
                let key: HTTPHeaders = ["Idempotency-Key": "k"]
                engine.setProfile(.init(tokenPace: .milliseconds(20), tokenCount: 1000))
                let running = try await client.begin(Self.chat, OpenAI.chat(stream: true), headers: key)
                _ = try await running.frames(1)
                let twin = try await client.post(Self.chat, OpenAI.chat(stream: true), headers: key)
                Self.expect(twin, 409, "conflict")
                Self.expect(try await client.post(Self.chat, OpenAI.chat(), headers: key), 422, "idempotency_mismatch")
                await running.leave()
                let large = try await client.call(.POST, Self.chat, body: [UInt8](repeating: 0x20, count: 70_000))
                Self.expect(large, 413, "request_too_large")
                let late = try await RawClient.open(port: service.port)
                try await late.send("POST \(Self.chat) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
                Self.expect(try await late.answer(), 408, "request_timeout")
                await late.leave()
                engine.setProfile(GenerationProfile())
                let long = JSON.string(Array(repeating: "word", count: 6000).joined(separator: " "))
                let body = OpenAI.chat(
                    "smollm2",
                    ["messages": [["role": "user", "content": long]], "truncate": false]
                )
                Self.expect(try await client.post(Self.chat, body), 400, "prompt_too_large")
            }
        }

        @Test("A request that is ended from elsewhere is 409 cancelled")
        func cancelled() async throws {
            let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)
            try await Stage.ollama({ $0.profile = endless }) { service, engine in
                let pending = try await service.client.begin(Self.chat, OpenAI.chat(), headers: ["X-Request-ID": "r"])
                try await engine.waitUntil { $0.generationsOpen == 1 }
                #expect(try await service.client.call(.DELETE, "/api/v1/requests/r").status == 202)
                Self.expect(try await pending.end(), 409, "cancelled")
            }
        }

        @Test("What fails at the engine", arguments: [false, true])
        func engine(stream: Bool) async throws {
            try await Stage.ollama(settings: ["TIMEOUTS_FIRST_TOKEN_SECONDS": "0.5", "TIMEOUTS_LOAD_SECONDS": "0.5"]) {
                service,
                engine in
                let client = service.client
                _ = try await client.post(Self.chat, OpenAI.chat())
                func failing(_ fault: Fault) async throws -> Answer {
                    engine.set(fault, times: 1)
                    return try await client.post(Self.chat, OpenAI.chat(stream: stream))
                }
                func said(_ status: Int) -> Fault {
                    .answer(status: status, contentType: "application/json", body: #"{"error":"no"}"#)
                }
                Self.expect(try await failing(said(500)), 502, "engine_error", type: "server_error")
                Self.expect(
                    try await failing(.nonsense(.html, afterTokens: 0)),
                    502,
                    "engine_error",
                    type: "server_error"
                )
                Self.expect(try await failing(said(503)), 503, "engine_unavailable", type: "server_error")
                Self.expect(try await failing(said(501)), 501, "not_supported_by_engine", type: "server_error")
                Self.expect(try await failing(.hang(.beforeHead)), 504, "engine_timeout", type: "server_error")
                engine.set(.failLoad(status: 500, message: "error loading model: bad file"), on: .everything)
                let load = try await client.post(Self.chat, OpenAI.chat("gemma3-270m", stream: stream))
                Self.expect(load, 503, "model_unavailable", type: "server_error")
            }
        }

        @Test("What a model cannot do is told by the field's name in the route")
        func features() async throws {
            try await Stage.ollama { service, _ in
                let client = service.client
                let chat = try await client.post(Self.chat, OpenAI.chat("smollm2", ["reasoning_effort": "low"]))
                Self.expect(chat, 400, "unsupported_field", param: "reasoning_effort")
                let effort: [String: JSON] = ["reasoning": ["effort": "high"]]
                let response = try await client.post("/v1/responses", OpenAI.responses("smollm2", effort))
                Self.expect(response, 400, "unsupported_field", param: "reasoning.effort")
                let tools = try await client.post(
                    "/v1/responses",
                    OpenAI.responses("smollm2", ["tools": [OpenAI.flatTool]])
                )
                Self.expect(tools, 400, "unsupported_field", param: "tools")
                let vectors = try await client.post("/v1/responses", OpenAI.responses("all-minilm"))
                Self.expect(vectors, 400, "unsupported_field", param: "input")
            }
        }

        @Test("A model that makes no vectors, and one that does nothing else")
        func capabilities() async throws {
            try await Stage.ollama { service, _ in
                let vectors = try await service.client.post("/v1/embeddings", ["model": "smollm2", "input": "x"])
                Self.expect(vectors, 501, "not_supported_by_engine", type: "server_error")
                let text = try await service.client.post(Self.chat, OpenAI.chat("all-minilm"))
                #expect(text.status == 400 && text.isOpenAIError, "\(text)")
            }
        }

        @Test("A line that is full, and one that is too long for the caller")
        func queue() async throws {
            let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)
            try await Stage.ollama(
                {
                    $0.parallel = 1
                    $0.profile = endless
                },
                settings: ["QUEUES_CHAT_MAX_QUEUE_SIZE": "1", "QUEUES_CHAT_TIMEOUT_SECONDS": "1"]
            ) { service, _ in
                let holder = try await service.client.begin(Self.chat, OpenAI.chat(stream: true))
                _ = try await holder.frames(1)
                let waiting = try await service.client.begin(Self.chat, OpenAI.chat())
                try await eventually("one in line") {
                    try await service.client.get("/api/v1/queue/stats").json?["queued"] == 1
                }
                let full = try await service.client.post(Self.chat, OpenAI.chat(stream: true))
                Self.expect(full, 503, "queue_full", type: "server_error")
                #expect(full.header("Retry-After") != nil)
                Self.expect(try await waiting.end(), 503, "queue_timeout", type: "server_error")
                let late = try await service.client.post(Self.chat, OpenAI.chat(), headers: ["X-Deadline-Ms": "200"])
                #expect([503, 504].contains(late.status) && late.isOpenAIError, "\(late)")
                #expect(late.code == "deadline_exceeded", "\(late)")
                await holder.leave()
            }
        }

        @Test("No engine at all")
        func noEngine() async throws {
            try await Stage.ollama { service, engine in
                await engine.stop()
                try await eventually("silence of the engine") {
                    try await service.client.get("/readyz").status == 503
                }
                for path in ["/v1/chat/completions", "/v1/responses"] {
                    let body: JSON = [
                        "model": "smollm2", "messages": [["role": "user", "content": "x"]], "input": "x",
                    ]
                    let answer = try await service.client.post(path, body)
                    Self.expect(answer, 503, "engine_unavailable", type: "server_error")
                }
            }
        }
    }
}
