import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Idempotency-Key", .light)
    struct Idempotency {
        private static func keyed(_ key: String, _ others: [String: String] = [:]) -> HTTPHeaders {
            HTTPHeaders([("Idempotency-Key", key)] + others.map { ($0.key, $0.value) })
        }

        private static func generations(_ engine: OllamaTestDouble) -> Int {
            engine.counts.requests("POST /api/chat") + engine.counts.requests("POST /api/generate")
        }

        @Test("The same request gets the same answer without a second generation, also after a restart")
        func replay() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            var first = Answer()
            try await Stage.ollama(dataDirectory: directory.path) { service, engine in
                first = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("k"))
                #expect(first.status == 200 && first.header("Idempotent-Replayed") == nil, "\(first)")
                let again = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("k"))
                #expect(again.status == 200 && again.body == first.body, "\(again)")
                #expect(again.header("Idempotent-Replayed") == "true")
                #expect(again.header("Content-Type") == first.header("Content-Type"))
                #expect(again.header("X-Request-ID") != first.header("X-Request-ID"))
                #expect(Self.generations(engine) == 1)
                // One record for each of them; the second used nothing.
                let line = try await service.logLine(of: again.header("X-Request-ID"))
                #expect(line["ended"] == "completed" && line["status"] == 200 && line["pieces"] == 0, "\(line)")
                // A request without a key is nobody's repetition.
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(Self.generations(engine) == 2)
                await service.process.kill()
            }
            try await Stage.ollama(dataDirectory: directory.path) { service, engine in
                let again = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("k"))
                #expect(again.header("Idempotent-Replayed") == "true" && again.body == first.body, "\(again)")
                #expect(Self.generations(engine) == 0)
            }
        }

        @Test("A streamed answer comes again as one frame with everything in it, properly ended")
        func stream() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(5), tokenCount: 6) }) {
                service,
                engine in
                let body = Stage.chat(stream: true)
                let first = try await service.client.post("/api/v1/chat", body, headers: Self.keyed("s"))
                #expect(first.frames.count > 1 && first.isComplete)
                let again = try await service.client.post("/api/v1/chat", body, headers: Self.keyed("s"))
                #expect(again.status == 200 && again.isComplete && again.frames.count == 1, "\(again)")
                #expect(again.header("Content-Type") == "text/event-stream")
                #expect(again.header("Idempotent-Replayed") == "true")
                let frame = try #require(again.frames.first)
                #expect(frame.isDone && again.streamedText == first.streamedText && !again.streamedText.isEmpty)
                let last = try #require(first.frames.last)
                #expect(frame.json["usage"] == last.json["usage"] && frame.json["usage"] != nil)
                #expect(frame.json.keys == last.json.keys)
                #expect(Self.generations(engine) == 1)
            }
        }

        @Test("Of two requests with the same key at once one is done and the other is 409", arguments: [true, false])
        func atOnce(stream: Bool) async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 20) }) {
                service,
                engine in
                let body = Stage.chat(stream: stream)
                let pending = [
                    try await service.client.begin("/api/v1/chat", body, headers: Self.keyed("twice")),
                    try await service.client.begin("/api/v1/chat", body, headers: Self.keyed("twice")),
                ]
                var answers: [Answer] = []
                for one in pending { answers.append(try await one.end()) }
                answers.sort { $0.status < $1.status }
                #expect(answers.map(\.status) == [200, 409], "\(answers)")
                #expect(answers[1].code == "conflict")
                #expect(answers[1].header("Retry-After") != nil)
                #expect(Self.generations(engine) == 1)
                let later = try await service.client.post("/api/v1/chat", body, headers: Self.keyed("twice"))
                #expect(later.header("Idempotent-Replayed") == "true" && Self.generations(engine) == 1)
                for one in pending { await one.leave() }
            }
        }

        @Test("The same key with another body or path is 422, and of another project it is another key")
        func mismatch() async throws {
            try await Stage.ollama { service, engine in
                let client = service.client
                _ = try await client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("m"))
                let body = Stage.chat("smollm2", stream: false, ["seed": 5])
                for (path, body) in [("/api/v1/chat", body), ("/api/v1/generate", Stage.chat())] {
                    let other = try await client.post(path, body, headers: Self.keyed("m"))
                    #expect(other.status == 422 && other.code == "idempotency_mismatch", "\(other)")
                    #expect(other.header("x-should-retry") == "false")
                }
                #expect(Self.generations(engine) == 1)
                let others = Self.keyed("m", ["X-Project-Name": "other"])
                let foreign = try await client.post("/api/v1/chat", Stage.chat(), headers: others)
                #expect(foreign.status == 200 && foreign.header("Idempotent-Replayed") == nil)
                #expect(Self.generations(engine) == 2)
                let bad = try await client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("not one"))
                #expect(bad.status == 400 && bad.detail.contains("Idempotency-Key"), "\(bad)")
            }
        }

        @Test("A caller that leaves frees its key, streamed or not", arguments: [true, false])
        func leaving(stream: Bool) async throws {
            let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)
            try await Stage.ollama({ $0.profile = endless }) { service, engine in
                let body = Stage.chat(stream: stream)
                let leaver = try await service.client.begin("/api/v1/chat", body, headers: Self.keyed("l"))
                try await engine.waitUntil { $0.generationsOpen == 1 && $0.tokensSent > 3 }
                await leaver.leave()
                try await engine.waitUntil { $0.generationsOpen == 0 }
                engine.setProfile(.init(tokenCount: 3))
                try await eventually("a free key") {
                    let answer = try await service.client.post("/api/v1/chat", body, headers: Self.keyed("l"))
                    #expect(answer.status == 200 || answer.status == 409, "\(answer)")
                    return answer.status == 200 && answer.header("Idempotent-Replayed") == nil
                }
            }
        }

        @Test("A failure is not kept: the key is free for the next try")
        func failures() async throws {
            try await Stage.ollama { service, engine in
                let client = service.client
                let broken = try await client.post("/api/v1/chat", ["messages": 1], headers: Self.keyed("f"))
                #expect(broken.status == 422)
                let unknown = try await client.post("/api/v1/chat", Stage.chat("nobody"), headers: Self.keyed("f"))
                #expect(unknown.status == 404, "\(unknown)")
                let fault = Fault.answer(status: 500, contentType: "application/json", body: #"{"error":"boom"}"#)
                engine.set(fault, times: 1)
                let failed = try await client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("f"))
                #expect(failed.status == 502, "\(failed)")
                let answer = try await client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("f"))
                #expect(answer.status == 200 && answer.header("Idempotent-Replayed") == nil, "\(answer)")
            }
        }

        @Test("An answer above idempotency.max_bytes is not kept, and switched off the header means nothing")
        func limits() async throws {
            try await Stage.ollama(
                { $0.profile = .init(tokenCount: 600) },
                settings: ["IDEMPOTENCY_MAX_BYTES": "1024"]
            ) { service, engine in
                for stream in [true, false] {
                    let body = Stage.chat(stream: stream)
                    for _ in 0..<2 {
                        let answer = try await service.client.post(
                            "/api/v1/chat",
                            body,
                            headers: Self.keyed("large-\(stream)")
                        )
                        #expect(answer.status == 200 && answer.body.count > 1024)
                        #expect(answer.header("Idempotent-Replayed") == nil)
                    }
                }
                #expect(Self.generations(engine) == 4)
            }
            try await Stage.ollama(settings: ["IDEMPOTENCY_ENABLED": "false"]) { service, engine in
                for _ in 0..<2 {
                    _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.keyed("off"))
                }
                #expect(Self.generations(engine) == 2)
            }
        }
    }
}
