import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The engine of this machine", .light)
    struct EngineLifecycle {
        @Test("An Ollama that the service starts listens on loopback only, whatever it is not told (predecessor 21)")
        func launches() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try await ServiceUnderTest.run(machine.settings()) { service in
                try await untilReady(service)
                let start = try #require(machine.events.first)
                #expect(start["arguments"] == ["serve"])
                #expect(start["environment"]?["OLLAMA_HOST"] == .string("127.0.0.1:\(machine.port)"))
                let engine = try #require(try await service.client.get("/health").json?["engines"]?[0])
                #expect(engine["managed"] == true && engine["kind"] == "ollama")
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 200)
            }
        }

        @Test("An engine that is killed is back, and requests are served again")
        func restarts() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try await ServiceUnderTest.run(machine.settings()) { service in
                try await untilReady(service)
                let first = try #require(machine.lastProcess)
                kill(first, SIGKILL)
                try await eventually("second start", within: .seconds(180)) { machine.lastProcess != first }
                try await untilReady(service)
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        @Test("An engine of ours goes when the service goes", arguments: [SIGTERM, SIGKILL])
        func goesWithTheService(signal: Int32) async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            let service = try await ServiceUnderTest.start(machine.settings())
            try await untilReady(service)
            let engine = try #require(machine.lastProcess)
            #expect(isAlive(engine))
            service.process.signal(signal)
            _ = try await service.process.ended()
            try await eventually("end of the engine", within: .seconds(150)) { !isAlive(engine) }
            await service.end()
        }

        @Test("An Ollama that is there is shared, and lives on when the service ends (predecessor 6)")
        func adopts() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            let foreign = try await OllamaTestDouble.start(configuration: .init { $0.port = machine.port })
            let service = try await ServiceUnderTest.start(machine.settings())
            try await untilReady(service)
            let health = try await service.client.get("/health").json
            #expect(health?["engines"]?[0]?["managed"] == false)
            #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            service.process.signal(SIGTERM)
            _ = try await service.process.ended()
            await service.end()
            #expect(machine.events.isEmpty)
            let alone = try await Client(port: machine.port).get("/api/version")
            #expect(alone.status == 200)
            await foreign.stop()
        }

        @Test("Insisting on an Ollama of its own beside another one is a start error that says what to do")
        func insists() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            let foreign = try await OllamaTestDouble.start(configuration: .init { $0.port = machine.port })
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let service = try ServiceProcess.start(
                ["serve", "--port", "0", "--manage", "always", "--data-dir", directory.path],
                environment: machine.settings().variables,
                directory: directory.path
            )
            #expect(try await service.ended() == ServiceProcess.Exit(status: 1, isSignal: false))
            // The process may end before all that it wrote has been read.
            let reason = "already answers at 127.0.0.1:\(machine.port)"
            try await service.log.wait(for: "the reason") { lines in lines.contains { $0.text.contains(reason) } }
            try await service.log.wait(for: "'auto'") { $0.contains { $0.text.contains("'auto'") } }
            await foreign.stop()
        }

        @Test("An answer on the port is not taken for our own child's when that is dead (predecessor 24)")
        func knowsItsChild() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try await ServiceUnderTest.run(machine.settings(["STAND_IN_CRASH_STATUS": "1"])) { service in
                try await eventually("first start") { machine.lastProcess != nil }
                let foreign = try await OllamaTestDouble.start(configuration: .init { $0.port = machine.port })
                try await untilReady(service)
                let health = try await service.client.get("/health").json
                #expect(health?["engines"]?[0]?["managed"] == false)
                await foreign.stop()
            }
        }

        @Test("Ten deaths in a row end in a state that /readyz names and operators can read, not in a busy loop")
        func crashLoop() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            let variables = ["STAND_IN_CRASH_STATUS": "3", "STAND_IN_STDERR": "out-of-memory"]
            try await ServiceUnderTest.run(machine.settings(variables)) { service in
                try await eventually("crash loop", within: .seconds(300)) {
                    try await service.client.get("/readyz").text.contains("engine_crash_loop")
                }
                let starts = machine.events.filter { $0["event"] == "start" }.count
                #expect(starts == 10)
                #expect(try await service.client.get("/readyz").status == 503)
                let engine = try #require(try await service.client.get("/api/v1/system/engines").json?[0])
                let reason = engine["last_error"]?.string ?? ""
                #expect(reason.contains("status 3") && reason.contains("out of memory"))
                try await service.log.wait(for: "engine_crash_loop") {
                    $0.contains { $0.text.contains("engine_crash_loop") }
                }
                // What operators read is not for everybody.
                let proxied = try await service.client.get(
                    "/api/v1/system/engines",
                    headers: ["X-Forwarded-For": "10.0.0.9"]
                )
                #expect(proxied.json?[0]?["last_error"] == nil)
            }
        }

        @Test("A second service on the same data directory refuses to start and names the first (predecessor 6)")
        func ownsItsDirectory() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try await ServiceUnderTest.run(machine.settings(manage: "never")) { service in
                let second = try ServiceProcess.start(
                    ["serve", "--port", "0", "--manage", "never", "--data-dir", service.dataDirectory],
                    environment: [:],
                    directory: service.dataDirectory
                )
                #expect(try await second.ended().status == 1)
                let reason = "is in use by process \(service.process.pid)"
                try await second.log.wait(for: "the reason") { lines in lines.contains { $0.text.contains(reason) } }
            }
        }
    }
}

/// Waits until the service says that it is ready.
func untilReady(_ service: ServiceUnderTest, within limit: Duration = .seconds(180)) async throws {
    try await eventually("readiness", within: limit) { try await service.client.get("/readyz").status == 200 }
}
