import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Many streams", .heavy)
    struct ManyStreams {
        /// What the service may take with 200 streams open. A debug build is larger by its unoptimised code.
        private static let memoryLimit = 100 * 1_048_576

        @Test("200 streams of 100 tokens at once come complete and in order, within 100 MB")
        func concurrent() async throws {
            let count = 200
            let profile = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100)
            try await Stage.ollama({
                $0.parallel = count
                $0.profile = profile
            }) { service, engine in
                let expected = try await service.client.post("/api/v1/chat", Stage.chat()).json?["message"]?["content"]
                let whole = try #require(expected?.string)
                let peak = Peak()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<count {
                        group.addTask {
                            let pending = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                            let answer = try await pending.end()
                            #expect(answer.isComplete && answer.status == 200)
                            #expect(answer.streamedText == whole)
                            #expect(answer.frames.count == 101)
                            #expect(answer.frames.last?.json["generation_eval_count"] == 100)
                            await pending.leave()
                        }
                    }
                    if ProcessFigures.areKnown {
                        try await engine.waitUntil(timeout: .seconds(20)) { $0.generationsOpen == count }
                        peak.bytes = try ProcessFigures.residentBytes(of: service.process.pid)
                    }
                    try await group.waitForAll()
                }
                #expect(engine.counts.generationsPeak == count)
                #expect(engine.counts.generationsOpen == 0)
                #expect(engine.counts.earlyCloses.isEmpty)
                if ProcessFigures.areKnown {
                    let end = try ProcessFigures.residentBytes(of: service.process.pid)
                    print("resident memory with \(count) streams: \(peak.bytes >> 10) KiB, at the end \(end >> 10) KiB")
                    #expect(max(peak.bytes, end) < Self.memoryLimit)
                }
            }
        }
    }

    private final class Peak {
        var bytes = 0
    }
}
