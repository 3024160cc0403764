import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("What requests leave behind", .heavy)
    struct Remains {
        /// What a caller does, and what may become of it.
        private enum Kind: Int, CaseIterable {
            case whole
            case stream
            case broken
            case unknownModel
            case leavesAtOnce
            case leavesMidway
            case deadline
            case endedFromElsewhere
            case identical
            case engineFails
        }

        private static let settings = [
            "QUEUES_CHAT_MAX_QUEUE_SIZE": "8", "QUEUES_CHAT_TIMEOUT_SECONDS": "1", "BREAKER_FAILURES": "1000",
        ]

        /// Does one thing, and returns what the caller was told: a code, or a status where there is none.
        private static func call(
            _ number: Int,
            _ service: ServiceUnderTest,
            _ engine: OllamaTestDouble
        ) async throws -> String {
            let kind = Kind.allCases[number % Kind.allCases.count]
            let id = "mixed-\(number)"
            var headers: HTTPHeaders = ["X-Request-ID": id]
            var body = Stage.chat(stream: kind == .stream || kind == .leavesMidway)
            switch kind {
            case .broken: body = ["messages": 1]
            case .unknownModel: body = Stage.chat("nobody")
            case .deadline: headers.add(name: "X-Deadline-Ms", value: "150")
            case .identical: body = Stage.chat(stream: number % 20 < 10, ["temperature": 0, "seed": 7])
            case .engineFails: engine.set(.cut(afterTokens: 3), times: 1)
            default: break
            }
            let pending = try await service.client.begin("/api/v1/chat", body, headers: headers)
            switch kind {
            case .leavesAtOnce:
                await pending.leave()
                return "left"
            case .leavesMidway:
                _ = try await pending.wait(for: "a frame or a refusal") { $0.frames.count > 1 || $0.isComplete }
                await pending.leave()
                return "left"
            case .endedFromElsewhere:
                _ = try await service.client.call(.DELETE, "/api/v1/requests/\(id)")
            default: break
            }
            let answer = try await pending.end()
            await pending.leave()
            return answer.code ?? answer.frames.last?.json["code"]?.string ?? String(answer.status)
        }

        @Test("Predecessor 1: after any mix of success, failure, refusal, time-out and caller that leaves all is zero")
        func mix() async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(10), tokenCount: 80)
            try await Stage.ollama(
                {
                    $0.parallel = 2
                    $0.profile = profile
                },
                settings: Self.settings
            ) { service, engine in
                var told: [String: Int] = [:]
                for round in 0..<3 {
                    try await withThrowingTaskGroup(of: String.self) { group in
                        for number in 0..<30 {
                            group.addTask { try await Self.call(round * 30 + number, service, engine) }
                        }
                        for try await word in group { told[word, default: 0] += 1 }
                    }
                }
                print("what 90 callers were told: \(told)")
                let expected = ["200", "left", "invalid_request", "model_not_found", "queue_full", "queue_timeout"]
                for word in expected { #expect(told[word] != nil, "nobody was told \(word): \(told)") }
                try await eventually("no request on its way") {
                    try await service.client.get("/api/v1/queue/requests").json?["requests"] == []
                }
                let stats = try await service.client.get("/api/v1/queue/stats").json
                #expect(stats?["queued"] == 0 && stats?["in_progress"] == 0, "\(String(describing: stats))")
                try await engine.waitUntil { $0.generationsOpen == 0 && $0.placesWaiting == 0 }
                engine.clearFaults()
                try await Self.checkCapacity(service, engine)
            }
        }

        /// All places are there again: two run, eight wait, and no more.
        private static func checkCapacity(_ service: ServiceUnderTest, _ engine: OllamaTestDouble) async throws {
            engine.setProfile(.init(tokenPace: .milliseconds(20), tokenCount: 100_000))
            var holders: [Pending] = []
            for _ in 0..<2 {
                holders.append(try await service.client.begin("/api/v1/chat", Stage.chat(stream: true)))
            }
            for holder in holders { _ = try await holder.frames(1) }
            let codes = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await service.client.post("/api/v1/chat", Stage.chat()).code }
                }
                return try await group.reduce(into: []) { $0.append($1 ?? "") }
            }
            #expect(codes.count { $0 == "queue_full" } == 2 && codes.count { $0 == "queue_timeout" } == 8, "\(codes)")
            for holder in holders { await holder.leave() }
        }
    }
}
