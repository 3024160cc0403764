import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Endurance under bad input", .heavy, .enabled(if: ProcessFigures.areKnown))
    struct Endurance {
        @Test("After a flood of bad requests memory and descriptors are what they were")
        func flood() async throws {
            try await Stage.ollama(settings: [
                "TIMEOUTS_BODY_SECONDS": "0.3", "SERVER_IDLE_SECONDS": "0.5", "SERVER_MAX_BODY_BYTES": "1048576",
            ]) { service, engine in
                _ = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                try await Self.misbehave(to: service)
                try await Self.untilQuiet(service)
                let memory = try ProcessFigures.residentBytes(of: service.process.pid)
                let descriptors = try ProcessFigures.openDescriptors(of: service.process.pid)
                for _ in 0..<8 { try await Self.misbehave(to: service) }
                // Idle connections to the engine are kept: at most one for each of its four places, and one for probes.
                try await eventually("descriptors as before", within: .seconds(180)) {
                    let now = try ProcessFigures.openDescriptors(of: service.process.pid)
                    print("descriptors: \(descriptors), now \(now)")
                    return now <= descriptors + 5
                }
                let growth = try ProcessFigures.residentBytes(of: service.process.pid) - memory
                print("memory grew by \(growth >> 10) KiB")
                #expect(growth < 8 * 1_048_576)
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
                try await eventually("the end of the generations") { engine.counts.generationsOpen == 0 }
            }
        }

        private static func untilQuiet(_ service: ServiceUnderTest) async throws {
            try await Task.sleep(for: .milliseconds(800))
            _ = try await service.client.get("/livez")
        }

        /// Forty callers that misbehave in eight ways at once.
        private static func misbehave(to service: ServiceUnderTest) async throws {
            let port = service.port
            let requests: [[UInt8]] = [
                Array("nonsense\r\n\r\n".utf8),
                RawClient.post("/api/v1/chat", "{"),
                Array("POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 50\r\n\r\n{".utf8),
                Array("POST /api/v1/chat HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 1073741824\r\n\r\n{".utf8),
                Array("GET /livez HTTP/1.1\r\nX-Large: \(String(repeating: "x", count: 100_000))".utf8),
                RawClient.post("/api/v1/chat", String(repeating: "[", count: 500_000)),
                Array("GET /liv".utf8),
                RawClient.post("/api/v1/chat", Stage.chat(stream: true).description),
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    let request = requests[number % requests.count]
                    group.addTask {
                        let client = try await RawClient.open(port: port)
                        client.push(request)
                        // Some wait for what comes, some leave at once, some with a reset.
                        switch number % 3 {
                        case 0: _ = try? await client.received.wait(for: "answer") { !$0.bytes.isEmpty || $0.isClosed }
                        case 1: await client.reset()
                        default: break
                        }
                        await client.leave()
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
