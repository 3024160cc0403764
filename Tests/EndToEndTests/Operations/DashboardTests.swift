import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The dashboard", .light)
    struct Dashboard {
        private static let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)

        /// The states that an open stream of events has told so far.
        private static func states(_ stream: Pending, _ count: Int) async throws -> [JSON] {
            try await stream.frames(count).map(\.json)
        }

        @Test("The stream tells what runs, what waits and what failed, and goes on")
        func states() async throws {
            try await Stage.ollama({ $0.profile = Self.endless }, settings: ["ENGINES_0_PARALLEL": "1"]) {
                service,
                engine in
                let failed = try await service.client.post("/api/v1/chat", Stage.chat("no-such-model"))
                #expect(failed.status == 404)
                let runs = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await runs.frames(1)
                let waits = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                try await eventually("a place in line") {
                    try await service.client.get("/api/v1/queue/stats").json?["queued"]?.int == 1
                }
                let connection = try await Connection.open(port: service.port)
                let events = try await connection.send(.GET, "/api/v1/events")
                let states = try await Self.states(events, 2)
                for state in states {
                    #expect(state["status"] == "healthy" && state["request_count"]?.int == 2, "\(state)")
                    #expect(state["queues"]?["chat"]?["queued"]?.int == 1)
                    #expect(
                        state["requests"]?[0]?["phase"] == "decoding" && state["requests"]?[1]?["position"]?.int == 1
                    )
                    #expect(state["engines"]?[0]?["running"]?.int == 1)
                    #expect(state["last_minute"]?["errors"]?[0]?["code"] == "model_not_found")
                    #expect(state["last_minute"]?["failed"]?.int == 1)
                }
                await runs.leave()
                await waits.leave()
                await connection.close()
            }
        }

        @Test("A batch moves, and is told to its project and to admins alone")
        func batches() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 10) }) { service, _ in
                let id = try await StoredBatchRuns.submit(StoredBatchRuns.lines(20), to: service)
                let connection = try await Connection.open(port: service.port)
                let events = try await connection.send(.GET, "/api/v1/events")
                var seen: [JSON] = []
                for state in try await Self.states(events, 4) { seen += state["batches"]?.elements ?? [] }
                #expect(
                    seen.count == 4 && seen.allSatisfy { $0["id"]?.string == id && $0["project"] == "default" },
                    "\(seen)"
                )
                let done = seen.compactMap { $0["completed"]?.int }
                #expect(done == done.sorted() && Set(done).count > 1, "\(done)")
                await connection.close()
            }
        }

        @Test("A service that stops does not wait for those who watch")
        func stops() async throws {
            try await Stage.ollama(settings: ["SERVER_DRAIN_SECONDS": "600"]) { service, _ in
                let connection = try await Connection.open(port: service.port)
                let events = try await connection.send(.GET, "/api/v1/events")
                _ = try await Self.states(events, 1)
                service.process.signal(SIGTERM)
                #expect(try await events.end().isComplete)
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
            }
        }

        @Test("The page loads nothing from elsewhere, and its policy says so")
        func page() async throws {
            try await Stage.ollama { service, _ in
                let page = try await service.client.get("/dashboard")
                #expect(page.status == 200 && page.header("Content-Type") == "text/html; charset=utf-8")
                #expect(page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
                #expect(!page.text.contains("http://") && !page.text.contains("https://"))
                let proxied = try await service.client.get("/dashboard", headers: ["X-Forwarded-For": "10.0.0.9"])
                #expect(proxied.status == 401, "\(proxied)")
            }
        }
    }
}
