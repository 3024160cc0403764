import Foundation
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Starting and stopping", .light)
    struct Drain {
        private static let steady = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 60)
        private static let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)

        @Test(
            "A signal lets what runs come to its end and then ends the service with status 0",
            arguments: [SIGTERM, SIGINT]
        )
        func finishes(signal: Int32) async throws {
            try await Stage.ollama({ $0.profile = Self.steady }) { service, engine in
                let streams = [
                    try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)),
                    try await service.client.begin("/api/v1/generate", Stage.body(stream: true)),
                ]
                let whole = try await service.client.begin("/api/v1/chat", Stage.chat())
                for stream in streams { _ = try await stream.frames(2) }
                try await engine.waitUntil { $0.generationsOpen == 3 }
                service.process.signal(signal)
                for stream in streams {
                    let answer = try await stream.end()
                    #expect(answer.isComplete && answer.frames.count == 61, "\(answer)")
                    #expect(answer.frames.last?.json["error"] == nil)
                }
                let answer = try await whole.end()
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
                #expect(engine.counts.earlyCloses.filter { $0.route.hasPrefix("POST") }.isEmpty)
            }
        }

        @Test("During the notice /readyz is 503 and requests are served; after it nobody is let in")
        func notice() async throws {
            let settings = ["SERVER_DRAIN_NOTICE_SECONDS": "1", "SERVER_DRAIN_SECONDS": "20"]
            try await Stage.ollama({ $0.profile = Self.steady }, settings: settings) { service, engine in
                let stream = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await stream.frames(1)
                service.process.signal(SIGTERM)
                let start = ContinuousClock.now
                try await eventually("readiness is over", within: .seconds(180)) {
                    let ready = try await service.client.get("/readyz")
                    return ready.status == 503
                        && ready.json?["reasons"] == [["component": "server", "reason": "shutting_down"]]
                }
                #expect(try await service.client.get("/livez").status == 200)
                engine.setProfile(.init(tokenPace: .milliseconds(50), tokenCount: 60))
                let late = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await late.frames(1)
                try await eventually("closed door", within: tenfold(.seconds(1))) {
                    do {
                        return try await service.client.get("/livez").status == 0
                    } catch {
                        return true
                    }
                }
                #expect(ContinuousClock.now - start > .milliseconds(900))
                #expect(try await stream.end().isComplete)
                #expect(try await late.end().frames.count == 61)
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
            }
        }

        @Test("When drain_seconds are over, what still runs or waits is told shutting_down, and the status is 0")
        func overdue() async throws {
            let settings = ["SERVER_DRAIN_SECONDS": "0.5", "ENGINES_0_PARALLEL": "2"]
            try await Stage.ollama({ $0.profile = Self.endless }, settings: settings) { service, engine in
                let stream = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await stream.frames(1)
                let whole = try await service.client.begin("/api/v1/chat", Stage.chat())
                try await engine.waitUntil { $0.generationsOpen == 2 }
                let waiting = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await service.client.get("/livez")
                let start = ContinuousClock.now
                service.process.signal(SIGTERM)
                let cut = try await stream.end()
                #expect(!cut.isComplete && cut.status == 200)
                let last = try #require(cut.frames.last?.json)
                #expect(last["code"] == "shutting_down" && last["done"] == true, "\(last)")
                for pending in [whole, waiting] {
                    let answer = try await pending.end()
                    #expect(answer.status == 503 && answer.code == "shutting_down", "\(answer)")
                    #expect(answer.header("Retry-After") != nil)
                }
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
                let duration = ContinuousClock.now - start
                #expect(duration >= .milliseconds(450) && duration < tenfold(.milliseconds(500)), "\(duration)")
                try await engine.waitUntil { $0.generationsOpen == 0 }
            }
        }

        @Test("Idle connections do not hold the service up")
        func idleConnections() async throws {
            try await Stage.ollama { service, _ in
                let silent = try await RawClient.open(port: service.port)
                let used = try await Connection.open(port: service.port)
                #expect(try await used.post("/api/v1/chat", Stage.chat()).end().status == 200)
                let start = ContinuousClock.now
                service.process.signal(SIGTERM)
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
                #expect(ContinuousClock.now - start < tenfold(.milliseconds(500)))
                await silent.leave()
                await used.close()
            }
        }

        @Test("A caller that has sent half a request cannot hold the service up beyond drain_seconds")
        func halfRequests() async throws {
            try await Stage.ollama(settings: ["SERVER_DRAIN_SECONDS": "0.5"]) { service, _ in
                let body = try await RawClient.open(port: service.port)
                try await body.send("POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
                let head = try await RawClient.open(port: service.port)
                try await head.send("POST /api/v1/chat HT")
                _ = try await service.client.get("/livez")
                let start = ContinuousClock.now
                service.process.signal(SIGTERM)
                #expect(try await service.process.ended(within: .seconds(180)) == .init(status: 0, isSignal: false))
                let duration = ContinuousClock.now - start
                #expect(duration < tenfold(.milliseconds(500)), "\(duration)")
                await body.leave()
                await head.leave()
            }
        }

        @Test("A service that was killed is started again on its port at once")
        func restart() async throws {
            let engine = try await OllamaTestDouble.start()
            let settings = ServiceUnderTest.Settings(engineURL: engine.url)
            let first = try await ServiceUnderTest.start(settings)
            let pending = try await first.client.begin("/api/v1/chat", Stage.chat(stream: true))
            _ = try await pending.head()
            await first.end()
            var again = settings
            again.port = first.port
            try await ServiceUnderTest.run(again) { second in
                #expect(second.port == first.port)
                let answer = try await second.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 200, "\(answer)")
            }
            await engine.stop()
        }

        @Test("A port that is taken is said to be so, with status 1")
        func takenPort() async throws {
            try await Stage.ollama { service, engine in
                let result = try await CommandRun.run([
                    "serve", "--port", String(service.port), "--engine-url", engine.url, "--manage", "never",
                ])
                #expect(result.exit == .init(status: 1, isSignal: false))
                #expect(result.error.contains("another program listens there already"), "\(result.error)")
                #expect(!result.output.contains("listening on"))
            }
        }

        @Test("The soft limit of open files is raised to the hard one", .enabled(if: ProcessFigures.areKnown))
        func fileLimit() async throws {
            let settings = ServiceUnderTest.Settings(engineURL: "http://127.0.0.1:9", launcher: "ulimit -S -n 256")
            try await ServiceUnderTest.run(settings) { service in
                let limits = try ProcessFigures.fileLimits(of: service.process.pid)
                #expect(limits.soft == limits.hard && limits.soft != "256", "\(limits)")
            }
        }
    }
}
