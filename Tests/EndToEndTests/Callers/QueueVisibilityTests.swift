import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("What a waiting caller sees", .light)
    struct QueueVisibility {
        private static let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)

        /// The service in front of one slot that a stream holds until it is left.
        private static func stage(
            _ settings: [String: String] = [:],
            _ test: (ServiceUnderTest, OllamaTestDouble, Pending) async throws -> Void
        ) async throws {
            try await Stage.ollama({ $0.parallel = 1 }, settings: settings) { service, engine in
                engine.setProfile(self.endless)
                let holder = try await service.client.begin(
                    "/api/v1/chat",
                    Stage.chat(stream: true),
                    headers: ["X-Request-ID": "holder"]
                )
                _ = try await holder.frames(1)
                engine.setProfile(GenerationProfile(tokenCount: 3))
                try await test(service, engine, holder)
                await holder.leave()
            }
        }

        private static func enqueue(
            _ service: ServiceUnderTest,
            _ id: String,
            stream: Bool = false
        ) async throws -> Pending {
            let pending = try await service.client.begin(
                "/api/v1/chat",
                Stage.chat(stream: stream),
                headers: ["X-Request-ID": id]
            )
            try await eventually("\(id) in line") {
                try await service.client.get("/api/v1/queue/requests/\(id)").status == 200
            }
            return pending
        }

        @Test("The requests on their way are listed with place, phase and estimate; one that has ended is 404")
        func list() async throws {
            try await Self.stage { service, _, holder in
                let first = try await Self.enqueue(service, "first")
                let second = try await Self.enqueue(service, "second")
                let rows = try #require(try await service.client.get("/api/v1/queue/requests").json?["requests"])
                    .elements
                #expect(rows.map { $0["request_id"]?.string } == ["holder", "first", "second"])
                #expect(rows.map { $0["phase"]?.string } == ["decoding", "queued", "queued"])
                #expect(rows[0]["engine"] == "local" && rows[0]["position"] == .null)
                #expect(rows[1]["position"] == 1 && rows[2]["position"] == 2 && rows[1]["engine"] == .null)
                #expect(rows[2]["cause"] == .null && rows[2]["class"] == "normal" && rows[2]["queue"] == "chat")
                let waits = rows.compactMap { $0["estimated_wait_ms"]?.number }
                #expect(waits.count == 2 && waits[0] > 0 && waits[1] > waits[0])
                let one = try await service.client.get("/api/v1/queue/requests/second").json
                #expect(one?["position"] == 2 && one?["project"] == "default" && one?["model"] == "smollm2")
                await holder.leave()
                for pending in [first, second] { #expect(try await pending.end().status == 200) }
                try await eventually("an empty line") {
                    try await service.client.get("/api/v1/queue/requests").json?["requests"] == []
                }
                let gone = try await service.client.get("/api/v1/queue/requests/second")
                #expect(gone.status == 404 && gone.code == "not_found")
            }
        }

        @Test("A request is ended from elsewhere, in line and while it runs: its caller gets 409, its slot is free")
        func delete() async throws {
            try await Self.stage { service, engine, holder in
                let waiting = try await Self.enqueue(service, "waiting")
                let next = try await Self.enqueue(service, "next")
                let answer = try await service.client.call(.DELETE, "/api/v1/requests/waiting")
                #expect(answer.status == 202)
                let ended = try await waiting.end()
                #expect(ended.status == 409 && ended.code == "cancelled", "\(ended)")
                #expect(try await service.client.call(.DELETE, "/api/v1/requests/holder").status == 202)
                let cut = try await holder.end()
                #expect(cut.frames.last?.json["code"] == "cancelled" && !cut.isComplete)
                #expect(try await next.end().status == 200)
                #expect(engine.counts.earlyCloses.count == 1)
                #expect(try await service.client.call(.DELETE, "/api/v1/requests/nobody").status == 404)
            }
        }

        @Test("A stream that waits long is told its place in comments, then gets its answer")
        func notices() async throws {
            try await Self.stage(["QUEUES_NOTICE_AFTER_MS": "100"]) { service, _, holder in
                let waiting = try await Self.enqueue(service, "patient", stream: true)
                let head = try await waiting.head()
                #expect(head.status == 200 && head.header("Content-Type") == "text/event-stream")
                try await eventually("a notice") { waiting.now.text.contains(": queued position=1 eta_ms=") }
                await holder.leave()
                let answer = try await waiting.end()
                #expect(answer.isComplete && answer.frames.last?.isDone == true, "\(answer)")
                #expect(answer.frames.count == 4)
            }
        }

        @Test("A stream whose engine fails while another is busy is told its place in comments as well")
        func noticesAfterFailure() async throws {
            let busy = try await OllamaTestDouble.start(configuration: .init { $0.profile = Self.endless })
            let settings = [
                "ENGINES_1_NAME": "busy", "ENGINES_1_URL": busy.url, "ENGINES_1_PARALLEL": "1",
                "QUEUES_NOTICE_AFTER_MS": "100",
            ]
            try await Stage.ollama({ $0.parallel = 1 }, settings: settings) { service, failing in
                try await eventually("both engines") {
                    try await service.client.get("/health").json?["services"] == ["local": "up", "busy": "up"]
                }
                // Each engine has a stream of its own, of which one ends.
                failing.setProfile(Self.endless)
                let streams = [
                    try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)),
                    try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)),
                ]
                var holders: [String: Pending] = [:]
                for stream in streams { holders[try await stream.head().header("X-Engine") ?? ""] = stream }
                await holders["local"]?.leave()
                try await failing.waitUntil { $0.generationsOpen == 0 }
                failing.set(.cut(afterTokens: 0))
                let waiting = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await waiting.wait(for: "a notice") { $0.text.contains(": queued position=1 eta_ms=") }
                #expect(failing.counts.requests("POST /api/chat") == 2)
                busy.setProfile(GenerationProfile(tokenCount: 3))
                await holders["busy"]?.leave()
                let answer = try await waiting.end()
                #expect(answer.isComplete && answer.frames.last?.isDone == true, "\(answer)")
                await waiting.leave()
            }
            await busy.stop()
        }

        @Test("After the head has been sent a failure in line is an error frame and a cut connection")
        func noticeThenFailure() async throws {
            let settings = ["QUEUES_NOTICE_AFTER_MS": "50", "QUEUES_CHAT_TIMEOUT_SECONDS": "0.5"]
            try await Self.stage(settings) { service, _, _ in
                let answer = try await Self.enqueue(service, "unlucky", stream: true).end()
                #expect(answer.status == 200 && !answer.isComplete)
                #expect(answer.frames.last?.json["code"] == "queue_timeout", "\(answer)")
            }
        }

        @Test("A caller's deadline ends its request in line and on the engine with 504 deadline_exceeded")
        func deadline() async throws {
            try await Self.stage { service, engine, holder in
                let headers = ["X-Deadline-Ms": "300"]
                let waiting = try await service.client.post("/api/v1/chat", Stage.chat(), headers: .init(headers))
                #expect(waiting.status == 504 && waiting.code == "deadline_exceeded", "\(waiting)")
                await holder.leave()
                engine.setProfile(Self.endless)
                let running = try await service.client.post("/api/v1/chat", Stage.chat(), headers: .init(headers))
                #expect(running.status == 504 && running.code == "deadline_exceeded", "\(running)")
                try await engine.waitUntil { $0.generationsOpen == 0 }
                for value in ["0", "soon", "-5", "99999999999"] {
                    let bad = try await service.client.post(
                        "/api/v1/chat",
                        Stage.chat(),
                        headers: ["X-Deadline-Ms": value]
                    )
                    #expect(bad.status == 400 && bad.detail.contains("X-Deadline-Ms"), "\(bad)")
                }
            }
        }

        @Test("Identical greedy requests with a seed share one generation")
        func coalescing() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 20) }) {
                service,
                engine in
                let body = Stage.chat(stream: true, ["temperature": 0, "seed": 7])
                let streams = [
                    try await service.client.begin("/api/v1/chat", body, headers: ["X-Request-ID": "one"]),
                    try await service.client.begin("/api/v1/chat", body, headers: ["X-Request-ID": "two"]),
                ]
                let answers = [try await streams[0].end(), try await streams[1].end()]
                #expect(answers[0].streamedText == answers[1].streamedText && answers[0].frames.count == 21)
                #expect(answers.allSatisfy { $0.isComplete && $0.frames.last?.isDone == true })
                #expect(engine.counts.requests("POST /api/chat") == 1)
                for id in ["one", "two"] { #expect(try await service.logLine(of: id)["ended"] == "completed") }
            }
        }

        @Test("A shared generation goes on while one of its callers is there, and ends when the last one leaves")
        func lastSharer() async throws {
            try await Stage.ollama({
                $0.parallel = 1
                $0.profile = Self.endless
            }) { service, engine in
                let stream = Stage.chat(stream: true, ["temperature": 0, "seed": 7])
                let whole = Stage.chat(stream: false, ["temperature": 0, "seed": 7])
                var callers: [Pending] = []
                for (id, body) in [("one", stream), ("two", stream), ("three", stream)] {
                    callers.append(
                        try await service.client.begin("/api/v1/chat", body, headers: ["X-Request-ID": id])
                    )
                }
                for caller in callers { _ = try await caller.frames(2) }
                #expect(engine.counts.requests("POST /api/chat") == 1 && engine.counts.generationsOpen == 1)
                // Who came first leaves first, and is not missed.
                for id in ["one", "two"] {
                    await callers.removeFirst().leave()
                    #expect(try await service.logLine(of: id)["ended"] == "cancelled")
                }
                let seen = callers[0].now.frames.count
                _ = try await callers[0].frames(seen + 3)
                #expect(engine.counts.generationsOpen == 1 && engine.counts.earlyCloses.isEmpty)
                await callers[0].leave()
                try await engine.waitUntil(timeout: .seconds(180)) { $0.generationsOpen == 0 }
                #expect(engine.counts.earlyCloses.count == 1)
                engine.setProfile(GenerationProfile(tokenCount: 3))
                // The only slot is free again, and what has ended is nobody's answer any more.
                #expect(try await service.client.post("/api/v1/chat", whole).status == 200)
                #expect(engine.counts.requests("POST /api/chat") == 2)
            }
        }
    }
}
