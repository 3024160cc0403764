import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Requests in unusual framings", .light)
    struct Framings {
        private static let good = Stage.chat().description

        @Test("A body in chunks is read, wherever it is cut and however it is sent")
        func chunked() async throws {
            try await Stage.ollama { service, engine in
                for size in [1, 7, 1000] {
                    var body = ""
                    var rest = Self.good[...]
                    while !rest.isEmpty {
                        let piece = rest.prefix(size)
                        body += "\(String(piece.utf8.count, radix: 16));ext=1\r\n\(piece)\r\n"
                        rest = rest.dropFirst(size)
                    }
                    let head = "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n"
                    let request = head + body + "0\r\nX-Trailer: y\r\n\r\n"
                    let answer = try await RawClient.exchange(port: service.port, Array(request.utf8))
                    #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                    #expect(engine.lastInference["messages"]?[0]?["content"] == "hi")
                }
            }
        }

        @Test("A request that arrives byte by byte, in time, is a request like any other")
        func byteByByte() async throws {
            try await Stage.ollama { service, _ in
                let client = try await RawClient.open(port: service.port)
                for byte in RawClient.post("/api/v1/chat", Self.good) { try await client.send([byte]) }
                let answer = try await client.answer()
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                await client.leave()
            }
        }

        @Test("A caller that expects 100-continue is told to go on, unless its body would be refused")
        func expectContinue() async throws {
            try await Stage.ollama { service, _ in
                func head(_ length: Int) -> String {
                    "POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
                }
                let client = try await RawClient.open(port: service.port)
                try await client.send(head(Self.good.utf8.count))
                try await client.received.wait(for: "100 Continue") {
                    $0.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n")
                }
                try await client.send(Self.good)
                let answer = try await client.answer()
                #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                // Once more on the same connection, body and head together.
                try await client.send(head(Self.good.utf8.count) + Self.good)
                #expect(try await client.answer(1).status == 200)
                await client.leave()

                let large = try await RawClient.open(port: service.port)
                try await large.send(head(1_073_741_824))
                let refused = try await large.answer()
                #expect(refused.status == 413 && !large.received.value.text.contains("100 Continue"), "\(refused)")
                await large.leave()
            }
        }

        @Test("Pipelined requests are answered one after the other, in order")
        func pipelined() async throws {
            try await Stage.ollama { service, _ in
                let client = try await RawClient.open(port: service.port)
                var bytes: [UInt8] = []
                for number in 0..<8 {
                    let header = "X-Request-ID: pipelined-\(number)\r\n"
                    switch number % 4 {
                    case 0:
                        bytes += RawClient.post("/api/v1/chat", Stage.chat(stream: true).description, headers: header)
                    case 1: bytes += Array("GET /livez HTTP/1.1\r\nHost: [::1]\r\n\(header)\r\n".utf8)
                    case 2: bytes += RawClient.post("/api/v1/generate", "{}", headers: header)
                    default: bytes += RawClient.post("/api/v1/generate", Stage.body().description, headers: header)
                    }
                }
                try await client.send(bytes)
                _ = try await client.answer(7)
                let answers = Answer.parse(client.received.value.bytes)
                #expect(answers.count == 8)
                for (number, answer) in answers.enumerated() {
                    #expect(answer.header("X-Request-ID") == "pipelined-\(number)", "\(answer)")
                    #expect(answer.status == [200, 200, 422, 200][number % 4] && answer.isComplete, "\(answer)")
                }
                await client.leave()
            }
        }

        @Test(
            "Connection: close is honoured in any spelling, in streams and otherwise, after all pipelined answers",
            arguments: ["close", "Close", "keep-alive, CLOSE"]
        )
        func closing(option: String) async throws {
            try await Stage.ollama { service, _ in
                for stream in [true, false] {
                    let client = try await RawClient.open(port: service.port)
                    let body = Stage.chat(stream: stream).description
                    let first = RawClient.post("/api/v1/chat", body)
                    try await client.send(
                        first + RawClient.post("/api/v1/chat", body, headers: "Connection: \(option)\r\n")
                    )
                    let answers = Answer.parse(try await client.closed().bytes)
                    #expect(answers.count == 2 && answers.allSatisfy { $0.status == 200 && $0.isComplete })
                    await client.leave()
                }
            }
        }
    }
}
