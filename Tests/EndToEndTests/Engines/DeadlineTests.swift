import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Deadlines of engines", .light)
    struct Deadlines {
        /// One short deadline. The others are no deadlines for a process that waits for a core.
        private static func only(_ deadline: String, _ seconds: String) -> [String: String] {
            let names = ["LOAD", "FIRST_TOKEN", "IDLE", "TOTAL"].map { "TIMEOUTS_\($0)_SECONDS" }
            let long = Dictionary(uniqueKeysWithValues: names.map { ($0, "120") })
            return long.merging(["TIMEOUTS_\(deadline)_SECONDS": seconds]) { $1 }
        }

        @Test(
            "Predecessor 13: an engine that says nothing while it should load is 504 engine_timeout, deadline load",
            arguments: [Fault.Moment.beforeHead, .afterHead],
            [true, false]
        )
        func load(moment: Fault.Moment, stream: Bool) async throws {
            try await Stage.ollama(settings: Self.only("LOAD", "0.5")) { service, engine in
                engine.set(.hang(moment), on: .loads)
                let answer = try await Self.timed(.milliseconds(500)) {
                    try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                }
                Self.expect(answer, code: "engine_timeout", names: "load")
                let line = try await service.logLine(of: answer.header("X-Request-ID"))
                #expect(line["ended"] == "failed" && line["error_code"] == "engine_timeout", "\(line)")
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test(
            "Predecessor 13: an engine that says nothing though its model is loaded is 504, deadline first_token",
            arguments: [Fault.Moment.beforeHead, .afterHead],
            [true, false]
        )
        func firstToken(moment: Fault.Moment, stream: Bool) async throws {
            try await Stage.ollama(settings: Self.only("FIRST_TOKEN", "0.4")) { service, engine in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                engine.set(.hang(moment))
                let answer = try await Self.timed(.milliseconds(400)) {
                    try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                }
                Self.expect(answer, code: "engine_timeout", names: "first_token")
                try await Self.isOver(service, engine, answer)
            }
        }

        @Test("An OpenAI-compatible engine has its models loaded: first_token holds")
        func firstTokenOfLlama() async throws {
            try await Stage.either(.llama, settings: Self.only("FIRST_TOKEN", "0.4")) { service, engine in
                engine.set(.hang(.beforeHead))
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                Self.expect(answer, code: "engine_timeout", names: "first_token")
            }
        }

        @Test("An engine that stops in the middle of a stream ends it with an error frame, deadline idle")
        func idle() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 10) }, settings: Self.only("IDLE", "1")) {
                service,
                engine in
                engine.set(.hang(.midStream(afterTokens: 3)))
                let answer = try await Self.timed(.seconds(1)) {
                    try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                }
                #expect(answer.status == 200 && !answer.isComplete && answer.isClosed)
                let frames = answer.frames
                #expect(frames.count == 4, "\(answer)")
                Self.expect(failure: frames.last, code: "engine_timeout", names: "idle")
                try await Self.isOver(service, engine, answer)
            }
        }

        @Test("An engine that stops in the middle of an answer that is not streamed is 504, deadline idle")
        func idleWhole() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 10) }, settings: Self.only("IDLE", "1")) {
                service,
                engine in
                engine.set(.hang(.midStream(afterTokens: 3)))
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                Self.expect(answer, code: "engine_timeout", names: "idle")
                try await Self.isOver(service, engine, answer)
            }
        }

        @Test("An answer that never ends is ended: deadline total", arguments: [true, false])
        func total(stream: Bool) async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(50), tokenCount: 10_000)
            try await Stage.ollama({ $0.profile = profile }, settings: Self.only("TOTAL", "1")) { service, engine in
                let answer = try await Self.timed(.seconds(1)) {
                    try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                }
                if stream {
                    #expect(answer.status == 200 && answer.frames.count > 5)
                    Self.expect(failure: answer.frames.last, code: "deadline_exceeded", names: "total")
                } else {
                    Self.expect(answer, code: "deadline_exceeded", names: "total")
                }
                try await Self.isOver(service, engine, answer)
            }
        }

        @Test("An engine that sends one byte now and then is read, and bounded by total")
        func dribble() async throws {
            try await Stage.ollama({ $0.profile = .init(text: "a b") }, settings: Self.only("IDLE", "1")) {
                service,
                engine in
                engine.set(.dribble(every: .milliseconds(5)), times: 1)
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                #expect(answer.streamedText == "a b" && answer.frames.last?.isDone == true)
                #expect(answer.frames.last?.json["error"] == nil)
            }
            try await Stage.ollama(settings: Self.only("TOTAL", "1")) { service, engine in
                engine.set(.dribble(every: .milliseconds(100)))
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                Self.expect(answer, code: "deadline_exceeded", names: "total")
                try await Self.isOver(service, engine, answer)
            }
        }

        // MARK: Parts

        /// Runs a call and checks that it took as long as its deadline, allowing ten times as much.
        private static func timed(
            _ deadline: Duration,
            _ call: () async throws -> Answer
        ) async throws -> Answer {
            let start = ContinuousClock.now
            let answer = try await call()
            let duration = ContinuousClock.now - start
            #expect(duration >= deadline && duration < tenfold(deadline), "\(duration)")
            return answer
        }

        private static func expect(_ answer: Answer, code: String, names deadline: String) {
            #expect(answer.status == 504, "\(answer)")
            #expect(answer.code == code)
            #expect(answer.detail.contains("deadline \(deadline)"), "\(answer.detail)")
            #expect(answer.header("Content-Type") == "application/problem+json")
        }

        private static func expect(failure frame: Frame?, code: String, names deadline: String) {
            let json = frame?.json ?? .null
            #expect(json.keys == ["chunk", "done", "error", "code", "error_type", "request_id"], "\(json)")
            #expect(json["chunk"] == "" && json["done"] == true)
            #expect(json["code"]?.string == code && json["error_type"] == json["code"])
            #expect(json["error"]?.string?.contains("deadline \(deadline)") == true, "\(json)")
        }

        /// The engine is rid of the request, the log knows, and the next request is served.
        private static func isOver(
            _ service: ServiceUnderTest,
            _ engine: OllamaTestDouble,
            _ answer: Answer
        ) async throws {
            try await engine.waitUntil { counts in
                counts.generationsOpen == 0 && counts.earlyCloses.contains { $0.route == "POST /api/chat" }
            }
            let line = try await service.logLine(of: answer.header("X-Request-ID"))
            #expect(line["ended"] == "failed" && line["status"]?.int == answer.status, "\(line)")
            #expect(line["error_code"]?.string == answer.code ?? answer.frames.last?.json["code"]?.string)
            engine.clearFaults()
            engine.setProfile(GenerationProfile())
            let next = try await service.client.post("/api/v1/chat", Stage.chat())
            #expect(next.status == 200, "\(next)")
        }
    }
}
