import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Callers that stop reading", .heavy, .enabled(if: ProcessFigures.areKnown))
    struct Stalling {
        @Test("A caller that stops reading stops the engine, costs no memory, and is cut off in the end")
        func stall() async throws {
            let profile = GenerationProfile(tokenCount: 1_000_000, bytesPerToken: 4096)
            try await Stage.ollama(settings: ["TIMEOUTS_CLIENT_STALL_SECONDS": "3"]) { service, engine in
                // A first stream of the same kind, so that what is measured is not the first use of something.
                engine.setProfile(.init(tokenCount: 1000, bytesPerToken: 4096))
                _ = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                engine.setProfile(profile)
                let sentBefore = engine.counts.tokensSent
                let before = try ProcessFigures.residentBytes(of: service.process.pid)

                let client = try await RawClient.open(port: service.port, receiveBuffer: 65_536, reads: false)
                let start = ContinuousClock.now
                let body = Stage.chat(stream: true).description
                try await client.send(RawClient.post("/api/v1/chat", body, headers: "X-Request-ID: staller\r\n"))
                try await engine.waitUntil { $0.generationsOpen == 1 && $0.tokensSent > sentBefore + 16 }
                // All buffers between the two are full when the engine cannot send any more.
                var sent = -1
                while sent != engine.counts.tokensSent {
                    sent = engine.counts.tokensSent
                    try await Task.sleep(for: .milliseconds(300))
                }
                let sentBytes = (sent - sentBefore) * 4096
                let growth = try ProcessFigures.residentBytes(of: service.process.pid) - before
                print("a stopped caller costs \(growth >> 10) KiB; the engine could send \(sentBytes >> 10) KiB")
                // A megabyte, and half of one for what an allocator does in between.
                #expect(growth < 1_572_864)
                // Most of it is what the kernel holds on the two loopback connections.
                #expect(sentBytes < 16 * 1_048_576)

                try await engine.waitUntil(timeout: .seconds(180)) { $0.generationsOpen == 0 }
                let lasted = ContinuousClock.now - start
                #expect(lasted > .seconds(2.9))
                let line = try await service.logLine(of: "staller")
                #expect(line["ended"] == "cancelled" && line["cancelled_phase"] == "decoding", "\(line)")
                await client.leave()
                engine.setProfile(GenerationProfile())
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        @Test("A caller that reads slowly but steadily is served to the end, however long that takes")
        func slowReader() async throws {
            let profile = GenerationProfile(tokenCount: 400, bytesPerToken: 4096)
            try await Stage.ollama({ $0.profile = profile }, settings: ["TIMEOUTS_CLIENT_STALL_SECONDS": "1"]) {
                service,
                _ in
                let client = try await RawClient.open(port: service.port, receiveBuffer: 16_384, reads: false)
                try await client.send(RawClient.post("/api/v1/chat", Stage.chat(stream: true).description))
                let start = ContinuousClock.now
                while !client.received.read({ $0.bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) }) {
                    try await client.setReading(true)
                    try await Task.sleep(for: .milliseconds(2))
                    try await client.setReading(false)
                    try await Task.sleep(for: .milliseconds(150))
                    guard ContinuousClock.now - start < .seconds(60), !client.received.value.isClosed else { break }
                }
                let answer = try #require(Answer.parse(client.received.value.bytes).first)
                #expect(answer.isComplete)
                #expect(answer.frames.last?.isDone == true && answer.frames.last?.json["error"] == nil)
                #expect(answer.streamedText.utf8.count == 400 * 4096)
                await client.leave()
            }
        }

        @Test("A slow caller does not run into the engine's idle deadline")
        func idleIsTheEnginesOwn() async throws {
            let profile = GenerationProfile(tokenCount: 600, bytesPerToken: 4096)
            let settings = ["TIMEOUTS_IDLE_SECONDS": "0.5", "TIMEOUTS_CLIENT_STALL_SECONDS": "20"]
            try await Stage.ollama({ $0.profile = profile }, settings: settings) { service, engine in
                let client = try await RawClient.open(port: service.port, receiveBuffer: 16_384, reads: false)
                try await client.send(RawClient.post("/api/v1/chat", Stage.chat(stream: true).description))
                try await engine.waitUntil { $0.generationsOpen == 1 }
                // Four times the idle deadline: the engine waits for us, not we for it.
                try await Task.sleep(for: .seconds(2))
                try await client.setReading(true)
                let answer = try await client.answer(within: .seconds(180))
                #expect(answer.isComplete)
                let frames = answer.frames
                #expect(frames.count == 601)
                #expect(frames.last?.isDone == true && frames.last?.json["error"] == nil)
                await client.leave()
            }
        }
    }
}
