import Testing

@testable import OllamaTestDouble

/// Models come and go as with Ollama's own scheduler.
@Suite("scheduler")
struct SchedulerTests {
    private let slow = GenerationProfile(tokenPace: .seconds(60))

    @Test("a model is listed while it loads, and its requests wait")
    func listedWhileLoading() async throws {
        try await OllamaTestDouble.run(.init { $0.loadTime = .seconds(3600) }) { double in
            let connection = try await double.begin("/api/generate", double.generate("smollm2"))
            try await double.waitUntil { $0.loads["smollm2:latest"] == 1 }
            let listed = try await double.get("/api/ps")
            #expect(listed.text.contains(#""name":"smollm2:latest""#))
            #expect(connection.received.isEmpty)
            double.finishLoad()
            try await connection.waitForClose()
            #expect(RawResponse(connection.received).status == 200)
        }
    }

    @Test("models with the same weights share a runner")
    func sharedWeights() async throws {
        try await OllamaTestDouble.run { double in
            for model in ["smollm2", "smollm2-tools", "smollm2-think"] {
                let answer = try await double.ask("/api/generate", double.generate(model))
                #expect(answer.status == 200)
            }
            #expect(double.counts.loads == ["smollm2:latest": 1])
            #expect(double.loadedModels == ["smollm2:latest"])
        }
    }

    @Test("loads are one line in the order of the requests")
    func loadsInLine() async throws {
        try await OllamaTestDouble.run(.init { $0.loadTime = .seconds(3600) }) { double in
            let first = try await double.begin("/api/generate", double.generate("gemma3-270m"))
            try await double.waitUntil { $0.loads.count == 1 }
            let second = try await double.begin("/api/generate", double.generate("smollm2"))
            try await double.waitUntil { $0.loadsWaiting == 1 }
            let third = try await double.begin("/api/embed", #"{"model":"all-minilm","input":"hi"}"#)
            try await double.waitUntil { $0.loadsWaiting == 2 }
            #expect(double.counts.loads == ["gemma3-270m:latest": 1])
            double.finishLoad()
            try await first.waitForClose()
            try await double.waitUntil { $0.loads == ["gemma3-270m:latest": 1, "smollm2:latest": 1] }
            double.finishLoad()
            try await second.waitForClose()
            try await double.waitUntil { $0.loads["all-minilm:latest"] == 1 && $0.loadsWaiting == 0 }
            #expect(!third.isClosed)
            double.finishLoad()
            try await third.waitForClose()
        }
    }

    @Test("a runner serves so many requests at a time, the others wait without limit")
    func parallel() async throws {
        try await OllamaTestDouble.run(
            .init {
                $0.parallel = 2
                $0.maxQueue = 1
                $0.profile = slow
            }
        ) { double in
            var connections: [RawConnection] = []
            for _ in 0..<5 { connections.append(try await double.begin("/api/generate", double.generate("smollm2"))) }
            try await double.waitUntil { $0.generationsOpen == 2 && $0.placesWaiting == 3 }
            await connections[0].close()
            await connections[1].close()
            try await double.waitUntil { $0.earlyCloses.count == 2 && $0.generationsOpen + $0.placesWaiting == 3 }
            #expect(double.counts.generationsPeak == 2)
        }
    }

    @Test("only loads have a queue that can be full")
    func queueFull() async throws {
        try await OllamaTestDouble.run(
            .init {
                $0.maxQueue = 1
                $0.loadTime = .seconds(60)
            }
        ) { double in
            _ = try await double.begin("/api/generate", double.generate("smollm2"))
            try await double.waitUntil { $0.loads.count == 1 }
            _ = try await double.begin("/api/generate", double.generate("gemma3-270m"))
            try await double.waitUntil { $0.loadsWaiting == 1 }
            let refused = try await double.ask("/api/generate", double.generate("smollm2-vision"))
            #expect(refused.status == 503)
            #expect(
                refused.text == #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#
            )
        }
    }

    @Test("a model leaves when its time is over, and never when the time is negative")
    func keepAlive() async throws {
        try await OllamaTestDouble.run { double in
            _ = try await double.ask("/api/generate", double.generate("smollm2", extra: #","keep_alive":"50ms""#))
            _ = try await double.ask("/api/generate", double.generate("gemma3-270m", extra: #","keep_alive":-1"#))
            try await eventually { double.loadedModels == ["gemma3-270m:latest"] }
            let unloaded = try await double.ask("/api/generate", #"{"model":"gemma3-270m","keep_alive":0}"#)
            #expect(unloaded.text.contains(#""done_reason":"unload""#))
            #expect(double.loadedModels.isEmpty)
        }
    }

    @Test("another context loads the model anew, after the requests that use it")
    func reload() async throws {
        try await OllamaTestDouble.run(.init { $0.profile = slow }) { double in
            let running = try await double.begin("/api/generate", double.generate("smollm2"))
            try await double.waitUntil { $0.generationsOpen == 1 }
            let other = #"{"model":"smollm2","prompt":"hi","options":{"num_predict":1,"num_ctx":1024}}"#
            let waiting = try await double.begin("/api/generate", other)
            try await double.waitUntil { $0.loadsWaiting == 1 }
            // The first request ends when the test says so: until then nothing is loaded.
            #expect(double.counts.loads["smollm2:latest"] == 1 && double.counts.generationsOpen == 1)
            #expect(!waiting.isClosed)
            double.setProfile(GenerationProfile())
            await running.close()
            try await waiting.waitForClose()
            #expect(RawResponse(waiting.received).status == 200)
            #expect(double.counts.loads["smollm2:latest"] == 2)
            #expect(try await double.get("/api/ps").text.contains(#""context_length":1024"#))
        }
    }

    @Test("a full memory evicts the idle model")
    func eviction() async throws {
        try await OllamaTestDouble.run(.init { $0.maxLoadedModels = 1 }) { double in
            _ = try await double.ask("/api/generate", double.generate("smollm2"))
            _ = try await double.ask("/api/generate", double.generate("gemma3-270m"))
            #expect(double.loadedModels == ["gemma3-270m:latest"])
        }
    }

    @Test("a victim that is used again blocks the loads for ever, while lists stay healthy", arguments: [true, false])
    func wedge(resurrects: Bool) async throws {
        try await OllamaTestDouble.run(
            .init {
                $0.maxLoadedModels = 1
                $0.parallel = 2
                $0.resurrectsVictims = resurrects
                $0.profile = slow
            }
        ) { double in
            let running = try await double.begin("/api/generate", double.generate("smollm2", tokens: 10))
            try await double.waitUntil { $0.generationsOpen == 1 }
            let waiting = try await double.begin("/api/generate", double.generate("gemma3-270m", tokens: 1))
            try await double.waitUntil { $0.loadsWaiting == 1 }
            double.setProfile(GenerationProfile())
            _ = try await double.ask("/api/generate", double.generate("smollm2", tokens: 1))
            await running.close()
            try await double.waitUntil { $0.earlyCloses.count == 1 && $0.generationsOpen == 0 || !resurrects }
            guard resurrects else {
                try await waiting.waitForClose()
                return #expect(RawResponse(waiting.received).status == 200)
            }
            await #expect(throws: RawConnection.TimedOut.self) {
                try await waiting.waitForClose(timeout: .milliseconds(150))
            }
            #expect(double.counts.loadsWaiting == 1)
            #expect(double.loadedModels == ["smollm2:latest"])
            #expect(try await double.get("/api/tags").status == 200)
            #expect(try await double.ask("/api/generate", double.generate("smollm2", tokens: 1)).status == 200)
        }
    }

    @Test("loads stand still while told to, and loaded models answer")
    func stalledLoads() async throws {
        try await OllamaTestDouble.run { double in
            _ = try await double.ask("/api/generate", double.generate("smollm2"))
            double.setStallsLoads(true)
            let waiting = try await double.begin("/api/generate", double.generate("gemma3-270m"))
            try await double.waitUntil { $0.loadsWaiting == 1 }
            let answer = try await double.ask("/api/generate", double.generate("smollm2"))
            #expect(answer.status == 200)
            #expect(!waiting.isClosed)
            double.setStallsLoads(false)
            try await waiting.waitForClose()
            #expect(RawResponse(waiting.received).status == 200)
        }
    }

    @Test("who leaves the line does not load")
    func abandoned() async throws {
        try await OllamaTestDouble.run(.init { $0.loadTime = .seconds(3600) }) { double in
            let first = try await double.begin("/api/generate", double.generate("smollm2"))
            try await double.waitUntil { $0.loads.count == 1 }
            let second = try await double.begin("/api/generate", double.generate("gemma3-270m"))
            try await double.waitUntil { $0.loadsWaiting == 1 }
            await second.close()
            try await double.waitUntil { $0.loadsWaiting == 0 && $0.earlyCloses.count == 1 }
            double.finishLoad()
            try await first.waitForClose()
            #expect(double.counts.loads == ["smollm2:latest": 1])
        }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<36_000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }
}
