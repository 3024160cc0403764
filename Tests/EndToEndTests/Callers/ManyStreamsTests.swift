import NIOHTTP1
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
            // Slow enough that all are open at once, even on a machine that is busy with other things.
            let profile = GenerationProfile(tokenPace: .milliseconds(200), tokenCount: 100)
            try await Stage.ollama({
                $0.parallel = count
                $0.profile = .init(tokenCount: 100)
            }) { service, engine in
                // The same id for all: then all streams are the same, byte for byte, but for the last frame's figures.
                let id: HTTPHeaders = ["X-Request-ID": "one-of-many"]
                let model = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true), headers: id).end()
                engine.setProfile(profile)
                let frames = model.frames
                #expect(frames.count == 101)
                let start = try #require(model.text.ranges(of: "\n\n").dropLast().last).upperBound
                let tokens = Array(model.text[..<start].utf8)
                let peak = Peak()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<count {
                        group.addTask {
                            let pending = try await service.client.begin(
                                "/api/v1/chat",
                                Stage.chat(stream: true),
                                headers: id
                            )
                            let answer = try await pending.end()
                            #expect(answer.isComplete && answer.status == 200)
                            #expect(answer.body.starts(with: tokens))
                            let last = try JSON(parsing: answer.body.dropFirst(tokens.count + "data: ".utf8.count))
                            #expect(last["done"] == true && last["generation_eval_count"] == 100)
                            await pending.leave()
                        }
                    }
                    if ProcessFigures.areKnown {
                        try await engine.waitUntil(timeout: .seconds(60)) { $0.generationsOpen == count }
                        peak.bytes = try ProcessFigures.residentBytes(of: service.process.pid)
                    }
                    try await group.waitForAll()
                }
                #expect(engine.counts.generationsPeak == count)
                try await eventually("the end of the generations") { engine.counts.generationsOpen == 0 }
                #expect(!engine.counts.earlyCloses.contains { $0.route == "POST /api/chat" })
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
