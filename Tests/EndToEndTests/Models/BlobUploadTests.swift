import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Blobs", .heavy)
    struct BlobUploads {
        private static let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        private static let created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

        private static func head(_ length: Int, _ extra: String = "") -> String {
            "POST /api/blobs/\(Self.digest) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\(extra)\r\n"
        }

        @Test("200 MB pass through and leave no trace in memory", .enabled(if: ProcessFigures.areKnown))
        func large() async throws {
            try await ScriptedEngine.run(script: { _ in [.send(Self.created)] }) { service, _ in
                let piece = [UInt8](repeating: 0x61, count: 1_048_576)
                func upload(_ count: Int) async throws -> Int {
                    let client = try await RawClient.open(port: service.port)
                    try await client.send(Self.head(count * piece.count))
                    var most = 0
                    for number in 0..<count {
                        try await client.send(piece)
                        if number % 10 == 0 {
                            most = max(most, try ProcessFigures.residentBytes(of: service.process.pid))
                        }
                    }
                    let answer = try await client.answer()
                    #expect(answer.status == 201, "\(answer)")
                    await client.leave()
                    return most
                }
                // More than `server.max_body_bytes` already.
                let before = try await upload(40)
                let most = try await upload(200)
                #expect(most - before < 40 << 20, "from \(before >> 20) MB to \(most >> 20) MB")
            }
        }

        @Test("An upload may take longer than a body may, as long as it goes on; one that stops is 408")
        func dribble() async throws {
            let settings = ["TIMEOUTS_BODY_SECONDS": "0.6"]
            try await Stage.ollama(settings: settings) { service, engine in
                let client = try await RawClient.open(port: service.port)
                try await client.send(Self.head(5))
                for letter in "hello" {
                    try await Task.sleep(for: .milliseconds(250))
                    try await client.send(String(letter))
                }
                let answer = try await client.answer()
                #expect(answer.status == 201, "\(answer)")
                await client.leave()
                let stopped = try await RawClient.open(port: service.port)
                try await stopped.send(Self.head(5) + "hel")
                let refusal = try await stopped.answer()
                #expect(refusal.status == 408 && refusal.json?.keys == ["error"], "\(refusal)")
                _ = try await stopped.closed()
                #expect(engine.requests.filter { $0.method == "POST" && $0.path.hasPrefix("/api/blobs/") }.count == 1)
            }
        }

        @Test("A caller that leaves in the middle of an upload takes the engine's connection with it")
        func leaves() async throws {
            try await Stage.ollama { service, engine in
                try await eventually("the engine is known") { try await service.client.get("/readyz").status == 200 }
                let client = try await RawClient.open(port: service.port)
                try await client.send(Self.head(5) + "hel")
                try await eventually("the engine has a connection more") { engine.counts.connectionsOpen > 1 }
                await client.leave()
                try await engine.waitUntil { $0.connectionsOpen <= 1 }
                #expect(!engine.requests.contains { $0.path.hasPrefix("/api/blobs/") })
            }
        }

        @Test("Who expects to be asked is asked, and a digest that is none is refused")
        func small() async throws {
            try await Stage.ollama { service, _ in
                let client = try await RawClient.open(port: service.port)
                try await client.send(Self.head(5, "Expect: 100-continue\r\n"))
                _ = try await client.received.wait(for: "100 Continue") { $0.text.contains("100 Continue") }
                try await client.send("hello")
                #expect(try await client.answer().status == 201)
                await client.leave()
                for path in ["sha256:abc", "md5:\(Self.digest.dropFirst(7))", "..%2f..%2fetc"] {
                    let answer = try await service.client.call(.POST, "/api/blobs/\(path)", body: Array("hello".utf8))
                    #expect(answer.status == 400 && answer.text == #"{"error":"invalid digest format"}"#, "\(answer)")
                }
            }
        }
    }
}
