import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Many pictures at once")
    struct VisionLoadTests {
        private static func body(_ picture: [UInt8], model: String = "smollm2-vision") -> JSON {
            VisionRoute.vlm.body([.string(TestPicture.base64(picture))], model: model)
        }

        @Test("Ten requests with the same new picture decode it once, and the metrics tell")
        func singleFlight() async throws {
            try await Stage.ollama { service, _ in
                let body = Self.body(TestPicture.png(800, 600))
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<10 { group.addTask { try await service.client.post("/api/v1/vlm", body).status } }
                    for try await status in group { #expect(status == 200) }
                }
                let metrics = try await service.client.get("/api/v1/metrics")
                let cache = try #require(metrics.json?["image_cache"], "\(metrics)")
                #expect(cache["misses"] == 1 && cache["hits"] == 9 && cache["images_processed"] == 10, "\(cache)")
                #expect(cache["entries"] == 1 && cache["hit_rate"]?.number == 0.9, "\(cache)")
                #expect(metrics.json?["total_requests"] == 10 && metrics.json?["successful_requests"] == 10)
                #expect(metrics.json?["requests_by_operation"] == ["vlm": 10], "\(metrics)")
                let recent = try await service.client.get("/api/v1/metrics?window_minutes=0.5")
                #expect(recent.json?["requests_by_model"] == metrics.json?["requests_by_model"], "\(recent)")
                for wrong in ["0", "-1", "x", "nan", "1e9"] {
                    #expect(try await service.client.get("/api/v1/metrics?window_minutes=\(wrong)").status == 422)
                }
            }
        }

        @Test("Predecessor 8: nothing blocks an event loop while pictures are being prepared")
        func responsive() async throws {
            let settings = ["SERVER_THREADS": "1", "IMAGES_WORKERS": "2", "IMAGE_CACHE_MAX_BYTES": "0"]
            try await Stage.ollama(settings: settings) { service, _ in
                // None of them twice.
                let bodies = (0..<12).map { Self.body(TestPicture.png(800, 600, seed: UInt8($0))) }
                let isOver = Watched(false)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await withThrowingTaskGroup(of: Void.self) { requests in
                            for body in bodies {
                                requests.addTask {
                                    let answer = try await service.client.post("/api/v1/vlm", body)
                                    #expect(answer.status == 200, "\(answer)")
                                }
                            }
                            try await requests.waitForAll()
                        }
                        isOver.change { $0 = true }
                    }
                    group.addTask {
                        let connection = try await Connection.open(port: service.port)
                        var longest = Duration.zero
                        repeat {
                            let start = ContinuousClock.now
                            let answer = try await connection.send(.GET, "/livez").end()
                            longest = max(longest, .now - start)
                            #expect(answer.status == 200)
                        } while !isOver.value
                        #expect(longest < tenfold(.milliseconds(50)), "\(longest)")
                        await connection.close()
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("A caller that leaves while its picture is prepared leaves nothing behind")
        func leaving() async throws {
            try await Stage.ollama(settings: ["IMAGES_WORKERS": "1"]) { service, engine in
                let body = Self.body(TestPicture.png(800, 600))
                for _ in 0..<5 {
                    let pending = try await service.client.begin("/api/v1/vlm", body)
                    await pending.leave()
                }
                let small = Self.body(TestPicture.png(20, 20))
                let answer = try await service.client.post("/api/v1/vlm", small)
                #expect(answer.status == 200, "\(answer)")
                _ = try await service.log.wait(for: "the records of all", within: .seconds(180)) { lines in
                    lines.filter { $0.json["operation"] != nil }.count == 6
                }
                let stats = try await service.client.get("/api/v1/queue/stats")
                #expect(stats.json?["vlm"]?["in_progress"] == 0 && stats.json?["vlm"]?["queued"] == 0, "\(stats)")
                try await engine.waitUntil { $0.generationsOpen == 0 }
            }
        }

        @Test("What waits to be prepared is bounded: beyond it callers are told to come again")
        func backPressure() async throws {
            let settings = ["IMAGES_WORKERS": "1", "QUEUES_MAX_WAITING_BYTES": "1000000"]
            try await Stage.ollama(settings: settings) { service, _ in
                let bodies = (0..<8).map { Self.body(TestPicture.png(800, 600, seed: UInt8($0))) }
                let statuses = try await withThrowingTaskGroup(of: Answer.self) { group in
                    for body in bodies { group.addTask { try await service.client.post("/api/v1/vlm", body) } }
                    return try await group.reduce(into: [Answer]()) { $0.append($1) }
                }
                #expect(statuses.allSatisfy { [200, 503].contains($0.status) }, "\(statuses.map(\.status))")
                #expect(statuses.contains { $0.status == 200 })
                for refused in statuses where refused.status == 503 {
                    #expect(refused.code == "queue_full" && refused.header("Retry-After") != nil, "\(refused)")
                }
                #expect(try await service.client.post("/api/v1/vlm", bodies[0]).status == 200)
            }
        }
    }
}
