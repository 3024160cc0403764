import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Connections to engines", .light)
    struct EngineConnections {
        /// Probes would take the connections that these tests are about.
        private static let settings = ["HEALTH_INTERVAL_SECONDS": "3600"]

        @Test("An engine that closes idle connections is asked again on a new one, and the caller does not notice")
        func closedUnderUs() async throws {
            for fault in [Fault.closeAfterResponse, .closeOnNextRequest] {
                try await Stage.ollama(settings: Self.settings) { service, engine in
                    engine.set(fault, on: .everything)
                    for round in 0..<6 {
                        let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: round % 2 == 0))
                        #expect(answer.status == 200 && answer.isComplete, "\(fault) \(round): \(answer)")
                    }
                    #expect(engine.counts.requests("POST /api/chat") == 6)
                }
            }
        }

        @Test("A request is sent again only if the connection was a used one and nothing of the answer was seen")
        func retries() async throws {
            let whole = ScriptedEngine.wholeStream
            // By request: served, closed without a word on the used connection, served again; then half a head.
            let script: [[ScriptedEngine.Step]] = [
                whole, [.close], whole, [.send("HTTP/1.1 2"), .close], [.close], whole,
            ]
            try await ScriptedEngine.run(settings: Self.settings, script: { script[$0] }) { service, engine in
                func call() async throws -> Answer { try await service.client.post("/api/v1/chat", Stage.chat("m")) }
                #expect(try await call().status == 200)
                #expect(try await call().status == 200)
                #expect(engine.state.value.seen.map(\.connection).count == 3)
                // Used, but a byte of the answer was there: nobody knows what the engine did with the request.
                let broken = try await call()
                #expect(broken.status == 502 && broken.code == "engine_error", "\(broken)")
                #expect(engine.state.value.seen.count == 4)
                // A new connection: the engine got the request and closed. Nothing is sent twice.
                let closed = try await call()
                #expect(closed.status == 503 && closed.code == "engine_unavailable", "\(closed)")
                #expect(closed.header("Retry-After") != nil)
                #expect(engine.state.value.seen.count == 5)
                try await eventually("service again") { try await call().status == 200 }
            }
        }

        @Test("Interim answers, close-delimited answers and answers of HTTP/1.0 are understood")
        func framings() async throws {
            let body = ScriptedEngine.token("a") + ScriptedEngine.done
            let type = "Content-Type: application/x-ndjson\r\n"
            let length = "Content-Length: \(body.utf8.count)\r\n"
            let answers: [[ScriptedEngine.Step]] = [
                [.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")]
                    + ScriptedEngine.wholeStream,
                [.send("HTTP/1.1 200 OK\r\n\(type)\r\n\(body)"), .close],
                [.send("HTTP/1.0 200 OK\r\n\(type)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"), .close],
                [
                    .send(
                        "HTTP/1.1 200 OK\r\n\(type)\(length)Connection: close\r\n\r\n\(body)"
                    )
                ],
                [.send("HTTP/1.1 200\r\ncontent-length:\(body.utf8.count)\r\n\r\n\(body)")],
                [.send(ScriptedEngine.streamHead.replacing("\r\n", with: "\n"))]
                    + ScriptedEngine.wholeStream.dropFirst(),
            ]
            try await ScriptedEngine.run(settings: Self.settings, script: { answers[$0] }) { service, engine in
                for index in answers.indices {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("m"))
                    #expect(answer.status == 200, "\(index): \(answer)")
                    #expect(answer.json?["message"]?["content"]?.string?.hasPrefix("a") == true, "\(index)")
                }
                // The fourth asked for its end, so the fifth came on another connection.
                let seen = engine.state.value.seen.map(\.connection)
                #expect(seen[3] != seen[4])
            }
        }

        @Test("A connection on which an engine speaks unasked is not used again")
        func unasked() async throws {
            let script: [[ScriptedEngine.Step]] = [
                ScriptedEngine.wholeStream + [.pause(.milliseconds(50)), .send("HTTP/1.1 200 OK\r\n\r\n")],
                ScriptedEngine.wholeStream,
            ]
            try await ScriptedEngine.run(settings: Self.settings, script: { script[$0] }) { service, engine in
                #expect(try await service.client.post("/api/v1/chat", Stage.chat("m")).status == 200)
                let first = try #require(engine.state.value.seen.first?.connection)
                try await engine.state.wait(for: "end of the connection") { $0.closed.contains(first) }
                #expect(try await service.client.post("/api/v1/chat", Stage.chat("m")).status == 200)
                #expect(engine.state.value.seen.last?.connection != first)
            }
        }

        @Test("An engine that refuses connections is 503 with Retry-After, and served as soon as it does not")
        func refused() async throws {
            try await Stage.ollama { service, engine in
                try await eventually("readiness") { try await service.client.get("/readyz").status == 200 }
                engine.set(.refuseConnections)
                await engine.cutConnections()
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 503 && answer.code == "engine_unavailable", "\(answer)")
                #expect(answer.header("Retry-After") != nil)
                #expect(!answer.text.contains("127.0.0.1") && !answer.text.contains(String(engine.port)))
                engine.clearFaults()
                try await eventually("service again", within: .seconds(180)) {
                    try await service.client.post("/api/v1/chat", Stage.chat()).status == 200
                }
            }
        }

        @Test("Predecessor 4: an engine that is absent at the start is served without a restart once it is there")
        func absentAtStart() async throws {
            let first = try await OllamaTestDouble.start()
            let port = first.port
            await first.stop()
            let settings = ServiceUnderTest.Settings(engineURL: "http://127.0.0.1:\(port)")
            try await ServiceUnderTest.run(settings) { service in
                for stream in [true, false] {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                    #expect(answer.status == 503 && answer.code == "engine_unavailable", "\(answer)")
                    #expect(answer.header("Retry-After") != nil)
                }
                #expect(try await service.client.get("/api/v1/models").status == 503)
                #expect(try await service.client.get("/readyz").status == 503)
                for _ in 0..<2 {
                    let engine = try await OllamaTestDouble.start(configuration: .init { $0.port = port })
                    try await eventually("answer", within: .seconds(180)) {
                        let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                        return answer.status == 200 && answer.isComplete
                    }
                    try await eventually("readiness") { try await service.client.get("/readyz").status == 200 }
                    await engine.stop()
                    try await eventually("verdict that it is gone") {
                        try await service.client.get("/readyz").status == 503
                    }
                }
            }
        }
    }
}
