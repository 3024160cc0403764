import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Projects with limits", .light)
    struct LimitedProject {
        /// Without keys a configured project is whoever names it.
        private static func named(_ name: String = "small", _ more: HTTPHeaders = [:]) -> HTTPHeaders {
            var headers: HTTPHeaders = ["X-Project-Name": name]
            for (key, value) in more { headers.add(name: key, value: value) }
            return headers
        }

        @Test("Of 50 parallel requests that share one generation exactly 10 pass as well: each counts")
        func tenOfFiftyTwins() async throws {
            let settings = ["PROJECTS_0_NAME": "small", "PROJECTS_0_REQUESTS_PER_MINUTE": "10"]
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(50), tokenCount: 20) },
                settings: settings
            ) { service, engine in
                let body = Stage.chat("smollm2", stream: false, ["temperature": 0, "seed": 1])
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            try await service.client.post("/api/v1/chat", body, headers: Self.named()).status
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses.count { $0 == 200 } == 10 && statuses.count { $0 == 429 } == 40, "\(statuses)")
                #expect(engine.counts.requests("POST /api/chat") == 1)
            }
        }

        @Test("Of 50 parallel requests of a project limited to 10 a minute exactly 10 pass")
        func tenOfFifty() async throws {
            let settings = ["PROJECTS_0_NAME": "small", "PROJECTS_0_REQUESTS_PER_MINUTE": "10"]
            try await Stage.ollama(settings: settings) { service, engine in
                let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.named())
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.count { $0.status == 200 } == 10)
                #expect(engine.counts.requests("POST /api/chat") == 10)
                let refused = answers.filter { $0.status != 200 }
                for answer in refused {
                    #expect(answer.status == 429 && answer.code == "rate_limited", "\(answer)")
                    #expect((answer.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
                    #expect((answer.header("retry-after-ms").flatMap { Int($0) } ?? 0) >= 1)
                    #expect(answer.header("RateLimit-Policy") == "\"requests\";q=10;w=60")
                    #expect(answer.header("x-ratelimit-limit-requests") == "10")
                    #expect(answer.header("x-ratelimit-remaining-requests") == "0")
                }
                // Others are not concerned, and have no limits to be told.
                let other = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.named("big"))
                #expect(other.status == 200 && other.header("RateLimit") == nil, "\(other)")
            }
        }

        @Test("What is refused for its body or its model takes nothing from the limits")
        func refusedElsewhere() async throws {
            let settings = ["PROJECTS_0_NAME": "small", "PROJECTS_0_REQUESTS_PER_MINUTE": "1"]
            try await Stage.ollama(settings: settings) { service, _ in
                var statuses: [Int] = []
                for body in [["messages": 1], Stage.chat("nobody"), Stage.chat(), Stage.chat()] as [JSON] {
                    statuses.append(try await service.client.post("/api/v1/chat", body, headers: Self.named()).status)
                }
                #expect(statuses == [422, 404, 200, 429])
            }
        }

        @Test("A day's tokens survive a restart, and the death of the service", arguments: [SIGTERM, SIGKILL])
        func dayAfterRestart(signal: Int32) async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let settings = ["PROJECTS_0_NAME": "small", "PROJECTS_0_TOKENS_PER_DAY": "60"]
            let body = Stage.chat("smollm2", stream: false, ["max_tokens": 20])
            var left = ""
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(1), tokenCount: 12) },
                settings: settings,
                dataDirectory: directory.path
            ) { service, _ in
                #expect(try await service.client.post("/api/v1/chat", body, headers: Self.named()).status == 200)
                let second = try await service.client.post("/api/v1/chat", body, headers: Self.named())
                left = second.header("x-ratelimit-remaining-tokens") ?? ""
                // Whoever is killed may lose what was not written yet; a second is enough for that.
                try await eventually("both records in the database") {
                    try StoredUsage(in: directory.path).count() == 2
                }
                service.process.signal(signal)
                #expect(try await service.process.ended().status == (signal == SIGTERM ? 0 : SIGKILL))
            }
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(1), tokenCount: 12) },
                settings: settings,
                dataDirectory: directory.path
            ) { service, engine in
                var refused: Answer?
                for _ in 0..<5 where refused == nil {
                    let answer = try await service.client.post("/api/v1/chat", body, headers: Self.named())
                    if answer.status != 200 { refused = answer }
                }
                #expect(refused?.status == 429 && refused?.code == "quota_exceeded", "\(String(describing: refused))")
                #expect(refused?.header("x-should-retry") == "false")
                // Both runs together had no more than the day's tokens.
                #expect(engine.counts.requests("POST /api/chat") <= 3, "left after two: \(left)")
            }
        }

        @Test("A model outside the allow-list is 403, and not in the list of models")
        func allowList() async throws {
            let settings = ["PROJECTS_0_NAME": "small", "PROJECTS_0_MODELS": "qwen*"]
            try await Stage.ollama(settings: settings) { service, engine in
                let refused = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.named())
                #expect(refused.status == 403 && refused.code == "model_not_allowed", "\(refused)")
                #expect(engine.counts.requests("POST /api/chat") == 0)
                let all = try await service.client.get("/api/v1/models", headers: Self.named("big"))
                let some = try await service.client.get("/api/v1/models", headers: Self.named())
                #expect(all.text.contains("smollm2") && !some.text.contains("smollm2"), "\(some)")
            }
        }

        @Test("X-Priority is lowered to the project's, and the answer says so; a bad word is 400")
        func priority() async throws {
            let settings = ["PROJECTS_0_NAME": "small", "PROJECTS_0_PRIORITY": "batch"]
            try await Stage.ollama(settings: settings) { service, _ in
                func post(_ headers: HTTPHeaders) async throws -> Answer {
                    try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                }
                let lowered = try await post(Self.named("small", ["X-Priority": "interactive"]))
                #expect(lowered.status == 200 && lowered.header("X-Priority") == "batch", "\(lowered)")
                #expect(try await post(Self.named("big", ["X-Priority": "batch"])).header("X-Priority") == "batch")
                #expect(try await post(Self.named("big")).header("X-Priority") == "normal")
                let bad = try await post(Self.named("big", ["X-Priority": "urgent"]))
                #expect(bad.status == 400 && bad.detail.contains("X-Priority"), "\(bad)")
            }
        }
    }
}
