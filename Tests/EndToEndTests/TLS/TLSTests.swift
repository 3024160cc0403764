import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("HTTPS", .light)
    struct TLS {
        /// The files that the service reads, on the disk for as long as a test needs them.
        private struct Files {
            let directory: TemporaryDirectory
            var certificate: String { "\(self.directory.path)/certificate.pem" }
            var key: String { "\(self.directory.path)/key.pem" }

            func write(_ pair: TestCertificate) throws {
                try pair.certificate.write(toFile: self.certificate, atomically: true, encoding: .utf8)
                try pair.key.write(toFile: self.key, atomically: true, encoding: .utf8)
            }
        }

        /// The service with a certificate, and a client that trusts nothing else.
        private static func stage(
            settings: [String: String] = [:],
            _ configure: (inout OllamaTestDouble.Configuration) -> Void = { _ in },
            _ test: (ServiceUnderTest, Client, Files, OllamaTestDouble) async throws -> Void
        ) async throws {
            let pair = try await TestCertificate.make()
            let files = Files(directory: try TemporaryDirectory())
            defer { files.directory.remove() }
            try files.write(pair)
            let tls = ["SERVER_TLS_CERTIFICATE": files.certificate, "SERVER_TLS_KEY": files.key]
            try await Stage.ollama(configure, settings: settings.merging(tls) { $1 }) { service, engine in
                try await test(service, Client(port: service.port, trusted: pair), files, engine)
            }
        }

        private static func reload(_ service: ServiceUnderTest, until text: String) async throws {
            service.process.hangUp()
            _ = try await service.log.wait(for: text) { lines in lines.contains { $0.text.contains(text) } }
        }

        @Test("It answers and streams over HTTPS, and not over HTTP")
        func answers() async throws {
            try await Self.stage(settings: [:], { $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 20) }) {
                service,
                client,
                _,
                _ in
                #expect(service.process.output.value == "listening on https://127.0.0.1:\(service.port)\n")
                let whole = try await client.post("/api/v1/chat", Stage.chat())
                #expect(whole.status == 200 && whole.isComplete, "\(whole)")
                let stream = try await client.begin("/api/v1/chat", Stage.chat(stream: true))
                let first = try await stream.frames(1)
                #expect(first.last?.isDone == false, "the first frame came with the last one")
                let answer = try await stream.end()
                #expect(answer.isComplete && answer.frames.last?.isDone == true && answer.frames.count > 2, "\(answer)")
                await stream.leave()
                let plain = try await RawClient.exchange(
                    port: service.port,
                    Array("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                )
                #expect(plain.status == 0 && plain.isClosed, "\(plain)")
            }
        }

        @Test("A body that is too large gets its 413 over HTTPS, not a connection that is cut")
        func tooLarge() async throws {
            try await Self.stage(settings: ["SERVER_MAX_BODY_BYTES": "65536"]) { _, client, _, _ in
                for _ in 0..<5 {
                    let body = [UInt8](repeating: 0x20, count: 1_000_000)
                    let answer = try await client.call(.POST, "/api/v1/chat", body: body)
                    #expect(answer.status == 413 && answer.isComplete, "\(answer)")
                }
            }
        }

        @Test("A caller that leaves an HTTPS stream ends its generation")
        func leaving() async throws {
            let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)
            try await Self.stage(settings: [:], { $0.profile = endless }) { service, client, _, engine in
                // With TLS' own goodbye, and as a process that is killed goes: without it.
                for (number, (stream, says)) in [(true, true), (false, true), (true, false), (false, false)]
                    .enumerated()
                {
                    let leaver = try await client.begin(
                        "/api/v1/chat",
                        Stage.chat(stream: stream),
                        headers: ["X-Request-ID": "leaver-\(number)"]
                    )
                    try await engine.waitUntil(timeout: .seconds(180)) { $0.generationsOpen == 1 }
                    if says { await leaver.leave() } else { try await leaver.connection.cut() }
                    try await engine.waitUntil(timeout: .seconds(180)) { $0.generationsOpen == 0 }
                    #expect(try await service.logLine(of: "leaver-\(number)")["ended"] == "cancelled")
                }
            }
        }

        @Test("A connection that never says anything, or no TLS, is closed after idle_seconds")
        func silence() async throws {
            try await Self.stage(settings: ["SERVER_IDLE_SECONDS": "0.5"]) { service, client, _, _ in
                let silent = try await RawClient.open(port: service.port)
                _ = try await silent.received.wait(for: "end of the silent connection") { $0.isClosed }
                // The beginning of a record that does not go on.
                let halting = try await RawClient.open(port: service.port)
                try await halting.send([0x16, 0x03, 0x01, 0x02, 0x00])
                _ = try await halting.received.wait(for: "end of the halting connection") { $0.isClosed }
                #expect(try await client.get("/livez").status == 200)
            }
        }

        @Test("On SIGHUP new connections get the new certificate, and a stream on an old one goes on")
        func exchange() async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100)
            try await Self.stage(settings: [:], { $0.profile = profile }) { service, client, files, _ in
                let running = try await client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await running.frames(1)
                let other = try await TestCertificate.make()
                try files.write(other)
                try await Self.reload(service, until: "the configuration has been read anew")
                #expect(try await Client(port: service.port, trusted: other).get("/livez").status == 200)
                await #expect(throws: (any Error).self) { try await client.get("/livez") }
                let answer = try await running.end()
                #expect(answer.isComplete && answer.frames.last?.isDone == true, "\(answer)")
                await running.leave()
            }
        }

        @Test("A broken certificate on SIGHUP is logged, and the old one stays")
        func broken() async throws {
            try await Self.stage { service, client, files, _ in
                let other = try await TestCertificate.make()
                let old = try #require(client.trusted)
                // A key of another certificate, files that hold neither, a file that is gone.
                let pairs = [
                    (TestCertificate(certificate: old.certificate, key: other.key), "is not the key of"),
                    (TestCertificate(certificate: "nothing", key: old.key), "has no certificate"),
                    (TestCertificate(certificate: old.certificate, key: "nothing"), "has no private key"),
                    (nil, "certificate.pem"),
                ]
                for (number, (pair, words)) in pairs.enumerated() {
                    if let pair {
                        try files.write(pair)
                    } else {
                        try FileManager.default.removeItem(atPath: files.certificate)
                    }
                    service.process.hangUp()
                    let lines = try await service.log.wait(for: "refusal \(number)") { lines in
                        lines.count { $0.text.contains("the old one stays") } > number
                    }
                    let refusal = try #require(lines.last { $0.text.contains("the old one stays") })
                    #expect(refusal.json["level"] == "error" && refusal.text.contains("server.tls"), "\(refusal.text)")
                    #expect(refusal.text.contains(words), "\(refusal.text)")
                    #expect(try await client.get("/livez").status == 200)
                }
                try files.write(other)
                try await Self.reload(service, until: "the configuration has been read anew")
                #expect(try await Client(port: service.port, trusted: other).get("/livez").status == 200)
            }
        }
    }
}
