import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("GET /api/v1/queue/stats", .light)
    struct QueueStats {
        private static let fields: Set<String> = [
            "queued", "in_progress", "completed", "failed", "rejected", "timeout", "total_wait_time_ms",
            "max_wait_time_ms", "avg_wait_time_ms", "p50_wait_time_ms", "p95_wait_time_ms", "max_concurrent",
            "max_queue_size", "default_timeout",
        ]

        private static func stats(_ service: ServiceUnderTest) async throws -> JSON {
            let answer = try await service.client.get("/api/v1/queue/stats")
            #expect(answer.status == 200, "\(answer)")
            return try #require(answer.json)
        }

        @Test("It has the fields that callers of old know, again under chat, and beside them vlm and the estimates")
        func fields() async throws {
            try await Stage.ollama { service, _ in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                let stats = try await Self.stats(service)
                #expect(stats.keys == Self.fields.union(["chat", "vlm", "estimate_error_ms"]))
                #expect(stats["chat"]?.keys == Self.fields && stats["vlm"]?.keys == Self.fields)
                #expect(stats["estimate_error_ms"] == ["p50": nil, "p90": nil, "count": 0])
                #expect(stats["max_concurrent"] == 4 && stats["max_queue_size"] == 1000)
                #expect(stats["default_timeout"] == 120)
                for key in Self.fields { #expect(stats[key] == stats["chat"]?[key], "\(key)") }
            }
        }

        @Test("It tells who waits and runs, and how those before ended: served, failed, refused, timed out")
        func numbers() async throws {
            let settings = [
                "QUEUES_CHAT_MAX_QUEUE_SIZE": "1", "QUEUES_CHAT_TIMEOUT_SECONDS": "1", "SERVER_THREADS": "1",
            ]
            try await Stage.ollama({ $0.parallel = 1 }, settings: settings) { service, engine in
                for _ in 0..<3 { _ = try await service.client.post("/api/v1/chat", Stage.chat()) }
                engine.setProfile(.init(tokenPace: .milliseconds(20), tokenCount: 100_000))
                let holder = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await holder.frames(1)
                let waiting = try await service.client.begin("/api/v1/chat", Stage.chat())
                try await eventually("a waiting request") { try await Self.stats(service)["queued"] == 1 }
                #expect(try await Self.stats(service)["in_progress"] == 1)
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).code == "queue_full")
                #expect(try await waiting.end().code == "queue_timeout")
                await holder.leave()
                engine.setProfile(.init(tokenCount: 2))
                _ = try await service.client.post("/api/v1/chat", ["messages": 1])
                try await eventually("an idle service") { try await Self.stats(service)["in_progress"] == 0 }
                let stats = try await Self.stats(service)
                #expect(stats["completed"] == 3 && stats["rejected"] == 1 && stats["timeout"] == 1, "\(stats)")
                // A caller that left has not failed, and what was never in line is not the queue's affair.
                #expect(stats["failed"] == 0 && stats["queued"] == 0, "\(stats)")
                #expect(stats["vlm"]?["completed"] == 0)
            }
        }

        @Test("Waiting times are those of the requests")
        func waits() async throws {
            try await Stage.ollama({
                $0.parallel = 1
                $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 10)
            }) { service, _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask { _ = try await service.client.post("/api/v1/chat", Stage.chat()) }
                    }
                    try await group.waitForAll()
                }
                try await eventually("four lines of the log") { service.requestLines.count == 4 }
                let waits = service.requestLines.compactMap { $0["queue_wait_ms"]?.number }
                let stats = try await Self.stats(service)
                let total = stats["total_wait_time_ms"]?.number ?? 0
                #expect(waits.count == 4 && abs(waits.reduce(0, +) - total) < 1)
                #expect(abs((stats["max_wait_time_ms"]?.number ?? 0) - (waits.max() ?? -1)) < 1)
                #expect(abs((stats["avg_wait_time_ms"]?.number ?? 0) - total / 4) < 1)
                let (half, most) = (stats["p50_wait_time_ms"]?.number ?? 0, stats["p95_wait_time_ms"]?.number ?? 0)
                #expect(half > 0 && half < most && most > 300, "\(stats)")
            }
        }
    }
}
