import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Callers that leave", .heavy)
    struct Leaving {
        /// When a caller leaves.
        enum Moment: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case beforeTheFirstToken
            case afterTheFirstToken

            var testDescription: String {
                self == .beforeTheFirstToken ? "before the first token" : "after the first token"
            }
        }

        private static let count = 50

        @Test(
            "Predecessor 3: each of 200 callers that leaves ends its upstream connection within 100 ms",
            arguments: Moment.allCases,
            [true, false]
        )
        func leaving(moment: Moment, stream: Bool) async throws {
            // Fifty callers in each of four ways.
            let profile = GenerationProfile(
                promptTime: moment == .beforeTheFirstToken ? .seconds(60) : .zero,
                tokenPace: .milliseconds(100),
                tokenCount: 600
            )
            try await Stage.ollama({ $0.parallel = Self.count }) { service, engine in
                // The model is in memory: who leaves before the first token leaves in the phase prefill.
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                let connections = engine.counts.connectionsOpen
                engine.setProfile(profile)
                var callers: [Pending] = []
                for number in 0..<Self.count {
                    let headers = ["X-Request-ID": "leaver-\(number)"]
                    callers.append(
                        try await service.client.begin(
                            "/api/v1/chat",
                            Stage.chat(stream: stream),
                            headers: .init(headers)
                        )
                    )
                }
                try await engine.waitUntil { $0.generationsOpen == Self.count }
                if moment == .afterTheFirstToken {
                    try await engine.waitUntil { $0.tokensSent >= Self.count * 3 }
                    if stream { for caller in callers { _ = try await caller.frames(1) } }
                }
                let start = ContinuousClock.now
                var left: [ContinuousClock.Instant] = []
                for caller in callers {
                    left.append(.now)
                    await caller.leave()
                }
                try await engine.waitUntil { $0.earlyCloses.count == Self.count && $0.generationsOpen == 0 }
                let closes = engine.counts.earlyCloses.map(\.instant).sorted()
                let slowest = zip(left, closes).map { $1 - $0 }.max() ?? .zero
                print("the slowest of \(Self.count) upstream connections was closed after \(slowest)")
                #expect(slowest < tenfold(.milliseconds(100)))
                #expect(closes.allSatisfy { $0 >= start })
                #expect(engine.counts.connectionsOpen <= connections)
                try await Self.checkLog(of: service, moment, stream)
                // All slots are free again.
                engine.setProfile(GenerationProfile())
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        private static func checkLog(of service: ServiceUnderTest, _ moment: Moment, _ stream: Bool) async throws {
            for number in 0..<self.count {
                let line = try await service.logLine(of: "leaver-\(number)")
                #expect(line["ended"] == "cancelled", "\(line)")
                #expect(line["cancelled_phase"] == (moment == .beforeTheFirstToken ? "prefill" : "decoding"), "\(line)")
                // Who had the head of a stream has seen its status.
                let hadHead = stream && moment == .afterTheFirstToken
                #expect(line["status"] == (hadHead ? 200 : 499), "\(line)")
                if moment == .afterTheFirstToken { #expect((line["pieces"]?.int ?? 0) > 0, "\(line)") }
            }
        }

        @Test("A caller that leaves while the model loads is counted in the phase loading")
        func loading() async throws {
            try await Stage.ollama({ $0.loadTime = .seconds(60) }) { service, engine in
                let headers = ["X-Request-ID": "loader"]
                let pending = try await service.client.begin(
                    "/api/v1/chat",
                    Stage.chat(stream: true),
                    headers: .init(headers)
                )
                try await engine.waitUntil { $0.requests(Counts.loadRequests) == 1 }
                await pending.leave()
                let line = try await service.logLine(of: "loader")
                #expect(engine.counts.requests("POST /api/chat") == 0)
                #expect(line["ended"] == "cancelled" && line["cancelled_phase"] == "loading" && line["status"] == 499)
            }
        }

        @Test(
            "A caller that leaves in the middle of its body is counted in the phase reading, and nothing is asked for it",
            arguments: ["{", Stage.chat().description],
            [true, false]
        )
        func reading(body: String, resets: Bool) async throws {
            try await Stage.ollama { service, engine in
                for framing in [
                    "Content-Length: 500\r\n\r\n\(body)", "Transfer-Encoding: chunked\r\n\r\n500\r\n\(body)",
                ] {
                    let client = try await RawClient.open(port: service.port)
                    let id = "reader-\(framing.prefix(4))"
                    try await client.send(
                        "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nX-Request-ID: \(id)\r\n\(framing)"
                    )
                    _ = try await service.client.get("/livez")
                    if resets { await client.reset() } else { await client.leave() }
                    let line = try await service.logLine(of: id)
                    #expect(line["ended"] == "cancelled" && line["cancelled_phase"] == "reading", "\(line)")
                    #expect(line["status"] == 499, "\(line)")
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
                #expect(!service.log.value.contains { $0.json["level"] == "error" })
            }
        }

        @Test("A caller that ends with a reset is a caller that left", arguments: [true, false])
        func reset(stream: Bool) async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(50), tokenCount: 600) }) {
                service,
                engine in
                let client = try await RawClient.open(port: service.port)
                let body = Stage.chat(stream: stream).description
                try await client.send(RawClient.post("/api/v1/chat", body, headers: "X-Request-ID: resetter\r\n"))
                try await engine.waitUntil { $0.tokensSent > 2 }
                await client.reset()
                try await engine.waitUntil(timeout: tenfold(.milliseconds(100))) { $0.earlyCloses.count == 1 }
                #expect(try await service.logLine(of: "resetter")["ended"] == "cancelled")
            }
        }

        @Test("A caller that leaves an OpenAI-compatible engine's stream ends it as well")
        func llama() async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 2000)
            try await Stage.either(.llama, profile: profile) { service, engine in
                let pending = try await service.client.begin("/api/v1/generate", Stage.body(stream: true))
                _ = try await pending.frames(2)
                await pending.leave()
                try await engine.waitUntil(timeout: tenfold(.milliseconds(100))) {
                    $0.earlyCloses.count == 1 && $0.generationsOpen == 0
                }
            }
        }

        @Test("A connection whose request came to its end is used for the next one", arguments: EngineFlavour.allCases)
        func keepAlive(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour) { service, engine in
                let connection = try await Connection.open(port: service.port)
                for round in 0..<6 {
                    let isStream = round % 2 == 0
                    let answer = try await connection.post("/api/v1/chat", Stage.chat(stream: isStream)).end()
                    #expect(answer.status == 200 && answer.isComplete && !answer.isClosed, "\(answer)")
                    let probe = try await connection.send(.GET, "/livez").end()
                    #expect(probe.status == 200 && !probe.isClosed)
                    let refused = try await connection.post("/api/v1/chat", [:]).end()
                    #expect(refused.status == 422 && !refused.isClosed)
                }
                #expect(engine.counts.earlyCloses.isEmpty)
                await connection.close()
            }
        }

        @Test("Upstream connections are used again")
        func upstreamKeepAlive() async throws {
            try await Stage.ollama(settings: ["HEALTH_INTERVAL_SECONDS": "3600"]) { service, engine in
                for round in 0..<10 {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: round % 2 == 0))
                    #expect(answer.status == 200 && answer.isComplete)
                }
                // One for the callers' requests, and one that the probes may have opened beside it.
                #expect(engine.counts.connectionsAccepted <= 2, "\(engine.counts.connectionsAccepted)")
            }
        }

        @Test("A caller that ends only its sending side still has its connection watched")
        func halfClose() async throws {
            try await Stage.ollama { service, _ in
                let client = try await RawClient.open(port: service.port)
                try await client.send("GET /livez HTTP/1.1\r\nHost: [::1]\r\n\r\n")
                try await client.finishSending()
                let answer = try await client.answer()
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                _ = try await client.closed()
                await client.leave()
            }
        }
    }
}

extension HTTPHeaders {
    init(_ fields: [String: String]) {
        self.init(fields.map { ($0.key, $0.value) })
    }
}
