import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Bad requests on the wire", .light)
    struct BadWire {
        private static let good = Stage.chat().description

        @Test("A body that is declared too large is refused at once, before it is sent")
        func declaredTooLarge() async throws {
            try await Stage.ollama { service, _ in
                for length in ["1073741824", "33554433", "9223372036854775807"] {
                    let client = try await RawClient.open(port: service.port)
                    let start = ContinuousClock.now
                    try await client.send(
                        "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nContent-Length: \(length)\r\n\r\n{"
                    )
                    let answer = try await client.answer()
                    #expect(ContinuousClock.now - start < tenfold(.seconds(1)))
                    #expect(answer.status == 413 && answer.code == "request_too_large", "\(answer)")
                    #expect(answer.detail.contains("33554432"))
                    _ = try await client.closed()
                    await client.leave()
                }
            }
        }

        @Test(
            "Predecessor 27: a body that is too large is refused while it is read, with and without a declared length"
        )
        func tooLarge() async throws {
            try await Stage.ollama(settings: ["SERVER_MAX_BODY_BYTES": "1048576"]) { service, engine in
                let megabyte = [UInt8](repeating: 0x20, count: 1_048_576)
                // In chunks without end: the answer comes when the limit is passed, not when the caller is done.
                let client = try await RawClient.open(port: service.port)
                try await client.send("POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n")
                client.push(Array("180000\r\n".utf8) + megabyte + megabyte.prefix(524_288))
                let answer = try await client.answer()
                #expect(answer.status == 413 && answer.code == "request_too_large", "\(answer)")
                await client.leave()

                let whole = try await RawClient.exchange(
                    port: service.port,
                    RawClient.post("/api/v1/chat", String(decoding: megabyte, as: UTF8.self) + " ")
                )
                #expect(whole.status == 413, "\(whole)")
                // One that just fits is read.
                let padding = String(repeating: " ", count: 1_048_576 - Self.good.utf8.count)
                let fits = try await RawClient.exchange(
                    port: service.port,
                    RawClient.post("/api/v1/chat", Self.good + padding)
                )
                #expect(fits.status == 200, "\(fits)")
                #expect(engine.counts.requests("POST /api/chat") == 1)
            }
        }

        @Test("A body of 33 MB that is sent to the end gets its 413, not a reset connection")
        func hugeBody() async throws {
            try await Stage.ollama { service, _ in
                let body = [UInt8](repeating: 0x20, count: 33_554_433 + 1000)
                let client = try await RawClient.open(port: service.port)
                let head = "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nContent-Length: \(body.count)\r\n\r\n"
                try await client.send(head)
                client.push(body)
                let answer = try await client.answer()
                #expect(answer.status == 413 && answer.code == "request_too_large", "\(answer)")
                await client.leave()
                #expect(try await service.client.get("/livez").status == 200)
            }
        }

        @Test("A body that arrives byte by byte is 408 once body_seconds are over")
        func slowBody() async throws {
            try await Stage.ollama(settings: ["TIMEOUTS_BODY_SECONDS": "0.5"]) { service, _ in
                let client = try await RawClient.open(port: service.port)
                try await client.send("POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 500\r\n\r\n")
                let start = ContinuousClock.now
                let dribble = Task {
                    while !Task.isCancelled {
                        client.push([0x20])
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                defer { dribble.cancel() }
                let answer = try await client.answer()
                let duration = ContinuousClock.now - start
                #expect(answer.status == 408 && answer.code == "request_timeout", "\(answer)")
                #expect(duration >= .milliseconds(450) && duration < tenfold(.milliseconds(500)), "\(duration)")
                _ = try await client.closed()
                await client.leave()
            }
        }

        @Test("A body that stops is 408; so is one in chunks that has no end")
        func stoppedBody() async throws {
            try await Stage.ollama(settings: ["TIMEOUTS_BODY_SECONDS": "0.4"]) { service, engine in
                for request in [
                    "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 500\r\n\r\n{\"model\":",
                    "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"m\r\n",
                ] {
                    let answer = try await RawClient.exchange(port: service.port, Array(request.utf8))
                    #expect(answer.status == 408 && answer.code == "request_timeout", "\(answer)")
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("A connection without a request, or with a head that takes too long, is closed after idle_seconds")
        func slowHead() async throws {
            try await Stage.ollama(settings: ["SERVER_IDLE_SECONDS": "0.5"]) { service, _ in
                let start = ContinuousClock.now
                let silent = try await RawClient.open(port: service.port)
                let slow = try await RawClient.open(port: service.port)
                let dribble = Task {
                    for byte in "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nX-Very-Long: ".utf8 {
                        slow.push([byte])
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                defer { dribble.cancel() }
                _ = try await silent.closed()
                _ = try await slow.closed()
                let duration = ContinuousClock.now - start
                #expect(duration >= .milliseconds(450) && duration < tenfold(.milliseconds(500)), "\(duration)")
                await silent.leave()
                await slow.leave()
            }
        }

        @Test("A head that is too large is 431")
        func headerFlood() async throws {
            try await Stage.ollama { service, _ in
                let large =
                    "GET /livez HTTP/1.1\r\nHost: [::1]\r\nX-Large: \(String(repeating: "x", count: 70_000))\r\n\r\n"
                let many =
                    "GET /livez HTTP/1.1\r\nHost: [::1]\r\n" + String(repeating: "X-Many: y\r\n", count: 20_000)
                    + "\r\n"
                let target = "GET /livez?\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\nHost: [::1]\r\n\r\n"
                for request in [large, many, target] {
                    let answer = try await RawClient.exchange(port: service.port, Array(request.utf8))
                    #expect([431, 400, 414].contains(answer.status), "\(answer)")
                    #expect(answer.status == 431 || request == target, "\(request.prefix(60)): \(answer)")
                }
            }
        }

        @Test("A body that is framed badly is 400, and what came of it is not taken for all of it")
        func badChunks() async throws {
            try await Stage.ollama { service, engine in
                let size = String(Self.good.utf8.count, radix: 16)
                for (index, tail) in ["zz\r\n", "no line end", "-1\r\n\r\n"].enumerated() {
                    let id = "bad-\(index)"
                    let client = try await RawClient.open(port: service.port)
                    try await client.send(
                        "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nX-Request-ID: \(id)\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "\(size)\r\n\(Self.good)\r\n\(tail)"
                    )
                    let answer = try await client.answer()
                    #expect(answer.status == 400 && answer.json?["code"] == "invalid_request", "\(answer)")
                    let line = try await service.logLine(of: id)
                    #expect(line["status"] == 400 && line["error_code"] == "invalid_request", "\(line)")
                    #expect(Answer.parse(client.received.value.bytes).count == 1)
                    await client.leave()
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
                #expect(!service.log.value.contains { $0.json["level"] == "error" })
            }
        }

        @Test("What is not HTTP is 400 and the end of the connection")
        func notHTTP() async throws {
            try await Stage.ollama { service, _ in
                let nonsense: [[UInt8]] = [
                    Array("hello\r\n\r\n".utf8), Array("GET\r\n\r\n".utf8), Array("GET / HTTP/9.9\r\n\r\n".utf8),
                    Array("GET / HTTP/1.1\r\nno colon\r\n\r\n".utf8),
                    [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC],
                    Array("GET / HTTP/1.1\r\nHost: [::1]\r\nContent-Length: nope\r\n\r\n".utf8),
                    Array("POST / HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc".utf8),
                    Array(
                        "POST / HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"
                            .utf8
                    ),
                    Array("POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".utf8),
                    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
                ]
                for bytes in nonsense {
                    let client = try await RawClient.open(port: service.port)
                    try await client.send(bytes)
                    let answer = try await client.answer()
                    #expect(
                        answer.status == 400 || answer.isClosed && answer.status == 0,
                        "\(bytes.prefix(40)): \(answer)"
                    )
                    if answer.status != 0 { #expect(answer.json?["code"] == "invalid_request", "\(answer)") }
                    _ = try await client.closed()
                    await client.leave()
                }
                #expect(try await service.client.get("/livez").status == 200)
            }
        }
    }
}
