import Testing

@testable import OllamaTestDouble

/// What a double tells about its clients.
@Suite("observation")
struct ObservationTests {
    @Test("requests are kept as they came, the last so many")
    func requests() async throws {
        try await OllamaTestDouble.run(.init { $0.keptRequests = 2 }) { double in
            for name in ["a", "b", "c"] { _ = try await double.ask("/api/show?x=1", #"{"model":"\#(name)"}"#) }
            #expect(double.requests.map(\.bodyText) == [#"{"model":"b"}"#, #"{"model":"c"}"#])
            #expect(double.requests.last?.route == "POST /api/show")
            #expect(double.requests.last?.target == "/api/show?x=1")
            #expect(double.requests.last?.header("host") == "localhost")
            #expect(double.counts.requests("POST /api/show") == 3)
        }
    }

    @Test("the same request gets the same text, tokens are counted, and limits hold")
    func determinism() async throws {
        try await OllamaTestDouble.run { double in
            let body = double.generate("smollm2", tokens: 5, extra: #","stream":false"#)
            let texts = try await [double.ask("/api/generate", body), double.ask("/api/generate", body)].map { answer in
                try JSONParser.parse(answer.body)["response"]?.text
            }
            #expect(texts[0] == texts[1])
            #expect(texts[0]?.isEmpty == false)
            #expect(double.counts.tokensSent == 10)
            let stopped = #"{"model":"smollm2","prompt":"hi","stream":false,"options":{"stop":["e"]}}"#
            let answer = try JSONParser.parse(await double.ask("/api/generate", stopped).body)
            #expect(answer["response"]?.text?.contains("e") == false)
            #expect(answer["done_reason"]?.text == "stop")
        }
    }

    @Test("several requests go over one connection")
    func keptConnection() async throws {
        try await OllamaTestDouble.run { double in
            let connection = try await RawConnection.open(port: double.port)
            for count in 1...3 {
                try await connection.post("/api/chat", #"{"model":"smollm2","messages":[]}"#)
                try await double.waitUntil { $0.responsesCompleted == count }
            }
            #expect(double.counts.connectionsAccepted == 1)
            #expect(Set(double.requests.map(\.connection)) == [1])
        }
    }

    @Test("a wait for counts ends in time")
    func timeout() async throws {
        try await OllamaTestDouble.run { double in
            await #expect(throws: WaitTimedOut.self) {
                try await double.waitUntil(timeout: .milliseconds(20)) { $0.tokensSent > 0 }
            }
        }
    }

    @Test("a client that leaves a stream frees its place at once")
    func earlyClose() async throws {
        try await OllamaTestDouble.run { double in
            double.setProfile(GenerationProfile(tokenPace: .milliseconds(5), tokenCount: 100_000))
            let connection = try await double.begin("/api/generate", #"{"model":"smollm2","prompt":"hi"}"#)
            try await double.waitUntil { $0.tokensSent >= 3 }
            await connection.close()
            try await double.waitUntil { $0.generationsOpen == 0 && $0.earlyCloses.count == 1 }
            #expect(double.counts.earlyCloses[0].tokensSent >= 3)
            try await double.waitUntil { $0.connectionsOpen == 0 }
        }
    }

    @Test("llama.cpp's server is unhealthy while it loads, and serves so many requests at a time")
    func llamaServer() async throws {
        let double = try await LlamaServerDouble.start(
            configuration: .init {
                $0.loadTime = .seconds(3600)
                $0.profile.tokenPace = .seconds(60)
            }
        )
        let health = Array("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        #expect(try await RawConnection.exchange(port: double.port, health).status == 503)
        double.finishLoad()
        #expect(try await RawConnection.exchange(port: double.port, health).text == #"{"status":"ok"}"#)
        let body = #"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#
        var connections: [RawConnection] = []
        for _ in 0..<3 {
            let connection = try await RawConnection.open(port: double.port)
            try await connection.post("/v1/chat/completions", body)
            connections.append(connection)
        }
        try await double.waitUntil { $0.generationsOpen == 2 && $0.placesWaiting == 1 }
        for connection in connections { await connection.close() }
        try await double.waitUntil { $0.generationsOpen == 0 && $0.earlyCloses.count == 3 }
        #expect(double.counts.generationsPeak == 2)
        await double.stop()
    }
}
