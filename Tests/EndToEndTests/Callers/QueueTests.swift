import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The waiting line", .light)
    struct Queue {
        private static let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)

        /// Starts a stream that holds the only slot until it is left.
        private static func hold(_ service: ServiceUnderTest, _ engine: OllamaTestDouble) async throws -> Pending {
            engine.setProfile(self.endless)
            let holder = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
            _ = try await holder.frames(1)
            engine.setProfile(GenerationProfile(tokenCount: 3))
            return holder
        }

        /// Begins a request and returns once the service has read it: its one event loop has answered another since.
        private static func enqueue(_ service: ServiceUnderTest, _ body: JSON, _ id: String) async throws -> Pending {
            let connection = try await Connection.open(port: service.port)
            _ = try await connection.send(.GET, "/livez").end()
            let pending = try await connection.post("/api/v1/chat", body, headers: ["X-Request-ID": id])
            for _ in 0..<3 { _ = try await service.client.get("/livez") }
            return pending
        }

        private static func stage(
            _ settings: [String: String] = [:],
            _ test: (ServiceUnderTest, OllamaTestDouble) async throws -> Void
        ) async throws {
            try await Stage.ollama(
                { $0.parallel = 1 },
                settings: settings.merging(["SERVER_THREADS": "1"]) { $1 },
                test
            )
        }

        @Test("Never more requests run than the engine has places", arguments: [nil, 2])
        func bound(maxConcurrent: Int?) async throws {
            var settings: [String: String] = [:]
            settings["QUEUES_CHAT_MAX_CONCURRENT"] = maxConcurrent.map(String.init)
            try await Stage.ollama(
                {
                    $0.parallel = 3
                    $0.profile = .init(tokenPace: .milliseconds(10), tokenCount: 10)
                },
                settings: settings
            ) { service, engine in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<15 {
                        group.addTask {
                            let answer = try await service.client.post(
                                "/api/v1/chat",
                                Stage.chat(stream: number % 2 == 0)
                            )
                            #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(engine.counts.generationsPeak == maxConcurrent ?? 3)
                // No place is left unused while somebody waits: 5 or 8 rounds of 100 ms each, not 15.
                try await eventually("a line of each request") { service.requestLines.count == 15 }
                let waited = service.requestLines.compactMap { $0["queue_wait_ms"]?.number }.max() ?? 0
                #expect(waited > 100)
            }
        }

        @Test("Predecessor 2: a stream holds its slot until its last byte")
        func slotOfAStream() async throws {
            try await Self.stage { service, engine in
                engine.setProfile(.init(tokenPace: .milliseconds(20), tokenCount: 30))
                let first = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await first.frames(1)
                let second = try await Self.enqueue(service, Stage.chat(stream: true), "second")
                #expect(second.now.status == 0)
                let end = try await first.end()
                let frames = try await second.end().frames
                let firstEnd = try #require(end.frames.last?.at)
                let secondStart = try #require(frames.first?.at)
                #expect(secondStart > firstEnd)
                #expect(engine.counts.generationsPeak == 1)
                #expect((try await service.logLine(of: "second")["queue_wait_ms"]?.number ?? 0) > 100)
                await first.leave()
                await second.leave()
            }
        }

        @Test("Who comes first runs first")
        func order() async throws {
            try await Self.stage { service, engine in
                let holder = try await Self.hold(service, engine)
                var waiting: [Pending] = []
                for number in 0..<8 {
                    let body = Stage.chat(stream: number % 2 == 0)
                    waiting.append(try await Self.enqueue(service, body, "waiter-\(number)"))
                }
                await holder.leave()
                for pending in waiting {
                    #expect(try await pending.end().status == 200)
                    await pending.leave()
                }
                let order = engine.requests.filter { $0.path == "/api/chat" }.dropFirst().map {
                    $0.header("X-Request-ID") ?? ""
                }
                #expect(order == (0..<8).map { "waiter-\($0)" })
            }
        }

        @Test("A full line refuses newcomers with queue_full and Retry-After, and those in it are served")
        func full() async throws {
            try await Self.stage(["QUEUES_CHAT_MAX_QUEUE_SIZE": "2"]) { service, engine in
                let holder = try await Self.hold(service, engine)
                let waiting = [
                    try await Self.enqueue(service, Stage.chat(stream: true), "in-1"),
                    try await Self.enqueue(service, Stage.chat(), "in-2"),
                ]
                for stream in [true, false] {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                    #expect(answer.status == 503 && answer.code == "queue_full", "\(answer)")
                    #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 >= 1)
                    #expect(answer.header("retry-after-ms").flatMap { Int($0) } ?? 0 >= 1)
                    #expect(answer.json?["retry_after_seconds"]?.int ?? 0 >= 1)
                }
                await holder.leave()
                for pending in waiting {
                    #expect(try await pending.end().status == 200)
                    await pending.leave()
                }
                #expect(engine.counts.requests("POST /api/chat") == 3)
            }
        }

        @Test("Bodies that wait may only take so much memory together")
        func waitingBytes() async throws {
            try await Self.stage(["QUEUES_MAX_WAITING_BYTES": "2000"]) { service, engine in
                let holder = try await Self.hold(service, engine)
                let long: [String: JSON] = [
                    "messages": [["role": "user", "content": .string(String(repeating: "x", count: 1200))]]
                ]
                let body = Stage.chat("smollm2", stream: false, long)
                let waiting = try await Self.enqueue(service, body, "fits")
                let answer = try await service.client.post("/api/v1/chat", body)
                #expect(answer.status == 503 && answer.code == "queue_full", "\(answer)")
                await holder.leave()
                #expect(try await waiting.end().status == 200)
                #expect(try await service.client.post("/api/v1/chat", body).status == 200)
                await waiting.leave()
            }
        }

        @Test(
            "Predecessor 1: a request that waited too long is 503 queue_timeout with Retry-After, and leaves no trace"
        )
        func timeout() async throws {
            let settings = ["QUEUES_CHAT_TIMEOUT_SECONDS": "0.5", "QUEUES_CHAT_MAX_QUEUE_SIZE": "10"]
            try await Self.stage(settings) { service, engine in
                let holder = try await Self.hold(service, engine)
                // More than the line holds in all: a place that is lost would show.
                for _ in 0..<2 {
                    var waiting: [Pending] = []
                    for number in 0..<10 {
                        waiting.append(try await Self.enqueue(service, Stage.chat(), "late-\(number)"))
                    }
                    for pending in waiting {
                        let answer = try await pending.end()
                        #expect(answer.status == 503 && answer.code == "queue_timeout", "\(answer)")
                        #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 >= 1)
                        await pending.leave()
                    }
                }
                #expect(engine.counts.requests("POST /api/chat") == 1)
                await holder.leave()
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        @Test("A waiting caller that leaves frees its place and never reaches the engine")
        func leaving() async throws {
            try await Self.stage(["QUEUES_CHAT_MAX_QUEUE_SIZE": "1"]) { service, engine in
                let holder = try await Self.hold(service, engine)
                for round in 0..<3 {
                    let id = "leaver-\(round)"
                    let waiting = try await Self.enqueue(service, Stage.chat(stream: round % 2 == 0), id)
                    let refused = try await service.client.post("/api/v1/chat", Stage.chat())
                    #expect(refused.code == "queue_full", "\(refused)")
                    await waiting.leave()
                    let line = try await service.logLine(of: id)
                    #expect(line["ended"] == "cancelled" && line["cancelled_phase"] == "queued", "\(line)")
                    #expect(line["status"] == 499)
                }
                let last = try await Self.enqueue(service, Stage.chat(), "last")
                await holder.leave()
                #expect(try await last.end().status == 200)
                #expect(engine.counts.requests("POST /api/chat") == 2)
                await last.leave()
            }
        }

        @Test("Two engines with the model share the load; one that is full is not waited for while the other is free")
        func twoEngines() async throws {
            let second = try await OllamaTestDouble.start(configuration: .init { $0.profile = Self.endless })
            try await Stage.ollama(
                {
                    $0.parallel = 1
                    $0.profile = Self.endless
                },
                settings: ["ENGINES_1_NAME": "second", "ENGINES_1_URL": second.url, "ENGINES_1_PARALLEL": "1"]
            ) {
                service,
                first in
                try await eventually("both engines") {
                    try await service.client.get("/health").json?["services"] == ["local": "up", "second": "up"]
                }
                let streams = [
                    try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)),
                    try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)),
                ]
                var engines: Set<String> = []
                for stream in streams { engines.insert(try #require(try await stream.head().header("X-Engine"))) }
                #expect(engines == ["local", "second"])
                #expect(first.counts.generationsOpen == 1 && second.counts.generationsOpen == 1)
                for stream in streams { await stream.leave() }
            }
            await second.stop()
        }
    }
}
