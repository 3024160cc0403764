import Testing

@testable import OllamaTestDouble

/// Each misbehaviour is the one that was asked for, seen from the other end of the wire.
@Suite("faults")
struct FaultTests {
    @Test("the head comes late")
    func delayedHead() async throws {
        try await OllamaTestDouble.run { double in
            double.set(.delayHead(.milliseconds(80)))
            let start = ContinuousClock.now
            let answer = try await double.ask("/api/generate", double.generate("smollm2"))
            #expect(answer.isComplete)
            #expect(ContinuousClock.now - start >= .milliseconds(80))
        }
    }

    @Test(
        "a response stops and the connection stays open",
        arguments: [Fault.Moment.beforeHead, .afterHead, .midStream(afterTokens: 2)],
        [true, false]
    )
    func hang(moment: Fault.Moment, isStream: Bool) async throws {
        try await OllamaTestDouble.run { double in
            double.set(.hang(moment))
            let body = double.generate("smollm2", tokens: 8, extra: #","stream":\#(isStream)"#)
            let connection = try await double.begin("/api/generate", body)
            if moment != .beforeHead {
                try await connection.wait(timeout: .seconds(180)) { bytes, _ in
                    let answer = RawResponse(bytes)
                    return answer.status == 200 && (moment == .afterHead || answer.chunks.count == 2 || !isStream)
                }
            }
            await #expect(throws: RawConnection.TimedOut.self) {
                try await connection.waitForClose(timeout: .milliseconds(80))
            }
            let answer = RawResponse(connection.received)
            switch moment {
            case .beforeHead: #expect(connection.received.isEmpty)
            case .afterHead: #expect(answer.status == 200 && answer.body.isEmpty)
            case .midStream: #expect(isStream ? answer.chunks.count == 2 : !answer.body.isEmpty)
            }
            #expect(!answer.isComplete)
            await connection.close()
            try await double.waitUntil { $0.earlyCloses.count == 1 && $0.generationsOpen == 0 }
            #expect(double.counts.earlyCloses.first?.route == "POST /api/generate")
        }
    }

    @Test("the connection is cut in a chunk", arguments: [true, false])
    func cut(isStream: Bool) async throws {
        try await OllamaTestDouble.run { double in
            double.set(.cut(afterTokens: 2), times: 1)
            let body = double.generate("smollm2", tokens: 8, extra: #","stream":\#(isStream)"#)
            let answer = try await double.ask("/api/generate", body)
            #expect(answer.status == 200)
            #expect(!answer.isComplete)
            #expect(double.counts.earlyCloses.isEmpty)
            #expect(try await double.ask("/api/generate", body).isComplete)
        }
    }

    @Test(
        "a long answer in one piece is cut too",
        arguments: [Fault.cut(afterTokens: 2), .hang(.midStream(afterTokens: 2))]
    )
    func cutWhole(fault: Fault) async throws {
        try await OllamaTestDouble.run { double in
            double.set(fault)
            let body = #"{"model":"all-minilm","input":"a text"}"#
            let connection = try await double.begin("/api/embed", body)
            try await connection.wait(timeout: .seconds(180)) { bytes, _ in RawResponse(bytes).body.count > 1000 }
            #expect(!RawResponse(connection.received).isComplete)
            await connection.close()
        }
    }

    @Test("a killed runner ends the stream with an error, and the next request loads the model")
    func killedRunner() async throws {
        try await OllamaTestDouble.run { double in
            double.set(.killRunner(afterTokens: 2), times: 1)
            let answer = try await double.ask("/api/generate", double.generate("smollm2", tokens: 8))
            let error = #"{"error":"an error was encountered while running the model: unexpected EOF"}"#
            #expect(answer.text.split(separator: "\n").map(String.init).last == error)
            #expect(answer.chunks.count == 3)
            #expect(answer.isComplete)
            #expect(double.loadedModels.isEmpty)
            #expect(try await double.ask("/api/generate", double.generate("smollm2")).status == 200)
            #expect(double.counts.loads["smollm2:latest"] == 2)
        }
    }

    @Test("the death of a runner reaches all its requests, at any moment")
    func killedNow() async throws {
        try await OllamaTestDouble.run(.init { $0.profile.tokenPace = .seconds(60) }) { double in
            let running = try await double.begin("/api/generate", double.generate("smollm2"))
            let waiting = try await double.begin("/api/generate", double.generate("smollm2-tools"))
            try await double.waitUntil { $0.generationsOpen == 1 && $0.placesWaiting == 1 }
            double.killRunner("smollm2")
            try await running.waitForClose()
            try await waiting.waitForClose()
            let error = #"{"error":"an error was encountered while running the model: unexpected EOF"}"#
            // No token had been sent yet.
            for connection in [running, waiting] {
                #expect(RawResponse(connection.received).status == 500)
                #expect(RawResponse(connection.received).text == error)
            }
            #expect(double.loadedModels.isEmpty)
        }
    }

    @Test("a load fails for everyone who waits for it")
    func failedLoad() async throws {
        try await OllamaTestDouble.run(.init { $0.loadTime = .seconds(3600) }) { double in
            double.set(.failLoad(status: 500, message: "no memory"))
            let first = try await double.begin("/api/generate", double.generate("smollm2"))
            let second = try await double.begin("/api/generate", double.generate("smollm2"))
            try await double.waitUntil { $0.loads.count == 1 && $0.placesWaiting == 2 }
            double.finishLoad()
            try await first.waitForClose()
            try await second.waitForClose()
            #expect(RawResponse(first.received).text == #"{"error":"no memory"}"#)
            #expect(RawResponse(second.received).status == 500)
            #expect(double.loadedModels.isEmpty)
        }
    }

    @Test("nonsense stands where a frame should")
    func nonsense() async throws {
        try await OllamaTestDouble.run { double in
            let body = double.generate("smollm2", tokens: 4)
            for kind in [Fault.Nonsense.notJSON, .invalidUTF8, .truncatedJSON, .longLine(bytes: 300_000), .html] {
                double.set(.nonsense(kind, afterTokens: 0), times: 1)
                let answer = try await double.ask("/api/generate", body)
                #expect(answer.chunks.first == kind.bytes + [0x0A])
                #expect(answer.values("Content-Type") == [kind == .html ? "text/html" : "application/x-ndjson"])
            }
            double.set(.nonsense(.notJSON, afterTokens: 0), times: 1)
            let whole = try await double.ask("/api/generate", double.generate("smollm2", extra: #","stream":false"#))
            #expect(whole.body == Fault.Nonsense.notJSON.bytes)
        }
    }

    @Test("the length is not the true one", arguments: [-3, 7])
    func misstatedLength(difference: Int) async throws {
        try await OllamaTestDouble.run { double in
            double.set(.misstateLength(by: difference), on: .everything)
            let answer = try await double.get("/api/version")
            let claimed = try #require(answer.values("Content-Length").first.flatMap { Int($0) })
            #expect(claimed - answer.body.count == difference)
            #expect(!answer.isComplete)
        }
    }

    @Test("bytes dribble")
    func dribble() async throws {
        try await OllamaTestDouble.run { double in
            double.set(.dribble(every: .milliseconds(20)), on: .path("/api/version"))
            let connection = try await RawConnection.open(port: double.port)
            try await connection.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await connection.wait(timeout: .seconds(180)) { bytes, _ in bytes.count >= 4 }
            #expect(connection.received.count < 40)
        }
    }

    @Test("connections are closed unannounced, after a response or when the next request comes")
    func closedConnections() async throws {
        try await OllamaTestDouble.run { double in
            let request = "GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
            double.set(.closeAfterResponse, times: 1, on: .everything)
            let first = try await RawConnection.open(port: double.port)
            try await first.send(request)
            try await first.waitForClose()
            #expect(RawResponse(first.received).isComplete)
            #expect(RawResponse(first.received).values("Connection").isEmpty)

            double.set(.closeOnNextRequest, times: 1, on: .everything)
            let second = try await RawConnection.open(port: double.port)
            try await second.send(request)
            try await second.wait(forText: "0.32.15")
            #expect(!second.isClosed)
            try await second.send(request)
            try await second.waitForClose()
            #expect(RawResponse(second.received).isComplete)
            #expect(double.counts.requestsTotal == 2)
        }
    }

    @Test("connections are refused")
    func refused() async throws {
        try await OllamaTestDouble.run { double in
            double.set(.refuseConnections, times: 1)
            let refused = try await RawConnection.open(port: double.port)
            try await refused.waitForClose()
            #expect(refused.received.isEmpty)
            #expect(try await double.get("/api/version").status == 200)
            try await double.waitUntil { $0.connectionsOpen == 0 && $0.connectionsAccepted == 2 }
        }
    }

    @Test("a given answer holds for so many requests and only for its scope")
    func givenAnswer() async throws {
        try await OllamaTestDouble.run { double in
            double.set(.answer(status: 429, contentType: "text/plain", body: "slow down"), times: 2)
            let version = try await double.get("/api/version")
            #expect(version.status == 200)
            for expected in [429, 429, 200] {
                #expect(try await double.ask("/api/generate", double.generate("smollm2")).status == expected)
            }
            double.set(.answer(status: 500, contentType: "text/plain", body: ""), on: .model("gemma3-270m"))
            #expect(try await double.ask("/api/generate", double.generate("smollm2")).status == 200)
            #expect(try await double.ask("/api/generate", double.generate("gemma3-270m")).status == 500)
            double.clearFaults()
            #expect(try await double.ask("/api/generate", double.generate("gemma3-270m")).status == 200)
        }
    }

    @Test("a reader that stops makes the double stop")
    func backPressure() async throws {
        try await OllamaTestDouble.run(
            .init {
                $0.profile = GenerationProfile(tokenCount: 1_000_000, bytesPerToken: 16_384)
            }
        ) { double in
            let connection = try await RawConnection.open(port: double.port)
            try await connection.setReading(false)
            try await connection.post("/api/generate", #"{"model":"smollm2","prompt":"hi"}"#)
            try await double.waitUntil { $0.bytesSent > 100_000 }
            var sent = -1
            while sent != double.counts.bytesSent {
                sent = double.counts.bytesSent
                try await Task.sleep(for: .milliseconds(150))
            }
            #expect(sent < 64_000_000)
            #expect(double.counts.generationsOpen == 1)
            await connection.close()
            try await double.waitUntil { $0.generationsOpen == 0 }
        }
    }
}
