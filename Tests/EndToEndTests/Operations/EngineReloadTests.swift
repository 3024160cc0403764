import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Engines that change while the service runs", .light)
    struct EngineReload {
        private static let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)

        /// A service whose engines a file lists, and a stream that holds the only slot of the first of them.
        private struct World {
            let service: ServiceUnderTest
            let file: String
            let holder: Pending

            /// Has the service take other engines.
            func reload(_ engines: [(name: String, double: OllamaTestDouble)]) async throws {
                let count = EngineReload.reloads(in: self.service.log.value)
                try EngineReload.write(engines, to: self.file)
                self.service.process.hangUp()
                _ = try await self.service.log.wait(for: "reload") { EngineReload.reloads(in: $0) > count }
            }

            /// Begins a request and returns once it is in line.
            func enqueue(_ id: String, _ model: String = "smollm2") async throws -> Pending {
                let pending = try await self.service.client.begin(
                    "/api/v1/chat",
                    Stage.chat(model),
                    headers: ["X-Request-ID": id]
                )
                try await eventually("'\(id)' in line") {
                    try await self.service.client.get("/api/v1/queue/requests/\(id)").json?["phase"] == "queued"
                }
                return pending
            }

            /// Sends requests one after the other while something is done; each has to be served by an engine.
            func serving(by engine: String, while body: () async throws -> Void) async throws {
                let isOver = Watched(false)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    group.addTask {
                        var served = 0
                        while !isOver.value {
                            let answer = try await self.service.client.post("/api/v1/chat", Stage.chat())
                            #expect(answer.status == 200 && answer.header("X-Engine") == engine, "\(answer)")
                            served += 1
                        }
                        return served
                    }
                    defer { isOver.change { $0 = true } }
                    try await body()
                    isOver.change { $0 = true }
                    #expect(try await group.next() ?? 0 > 0)
                }
            }
        }

        private static func reloads(in lines: [LogLine]) -> Int { lines.count { $0.text.contains("read anew") } }

        private static func write(_ engines: [(name: String, double: OllamaTestDouble)], to file: String) throws {
            let lines = engines.map { "  - { name: \($0.name), url: \"\($0.double.url)\", parallel: 1 }\n" }
            try "engines:\n\(lines.joined())".write(toFile: file, atomically: true, encoding: .utf8)
        }

        /// Starts with one engine, `first`, that answers without end, and has a second one at hand that answers at once.
        private static func stage(_ test: (World, OllamaTestDouble, OllamaTestDouble) async throws -> Void) async throws
        {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let file = "\(directory.path)/service.yaml"
            let first = try await OllamaTestDouble.start(configuration: .init { $0.profile = self.endless })
            let second = try await OllamaTestDouble.start(configuration: .init { $0.models = [.smollm2] })
            try self.write([("first", first)], to: file)
            try await ServiceUnderTest.run(.init(environment: ["CONFIG": file])) { service in
                let holder = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await holder.frames(1)
                try await test(World(service: service, file: file, holder: holder), first, second)
                await holder.leave()
            }
            await first.stop()
            await second.stop()
        }

        @Test(
            "SIGHUP adds an engine and takes one out: runs go on, requests are served; who waits goes to the other, or is told"
        )
        func exchangedList() async throws {
            try await Self.stage { world, first, second in
                let survivor = try await world.enqueue("survivor")
                let orphan = try await world.enqueue("orphan", "smollm2-vision")
                try await world.reload([("first", first), ("second", second)])
                try await world.serving(by: "second") {
                    #expect(survivor.now.status == 0 && orphan.now.status == 0)
                    try await world.reload([("second", second)])
                    let told = try await orphan.end()
                    #expect(told.status == 503 && told.code == "engine_unavailable", "\(told)")
                    let served = try await survivor.end()
                    #expect(served.status == 200 && served.header("X-Engine") == "second", "\(served)")
                }
                let frames = world.holder.now.frames.count
                _ = try await world.holder.frames(frames + 3)
                #expect(first.counts.requests("POST /api/chat") == 1)
                let health = try await world.service.client.get("/health").json
                #expect(health?["services"] == ["second": "up"], "\(String(describing: health))")
                await survivor.leave()
                await orphan.leave()
            }
        }

        @Test("SIGHUP gives an engine another address: runs go on at the old one, who waits is served by the new one")
        func exchangedAddress() async throws {
            try await Self.stage { world, first, second in
                let waiting = try await world.enqueue("waiting")
                try await world.reload([("first", second)])
                let frames = world.holder.now.frames.count
                _ = try await world.holder.frames(frames + 3)
                #expect(waiting.now.status == 0)
                await world.holder.leave()
                let answer = try await waiting.end()
                #expect(answer.status == 200 && answer.header("X-Engine") == "first", "\(answer)")
                #expect(first.counts.requests("POST /api/chat") == 1 && second.counts.requests("POST /api/chat") == 1)
                await waiting.leave()
            }
        }
    }
}
