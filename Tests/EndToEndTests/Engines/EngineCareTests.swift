import Foundation
import NIOHTTP1
import Testing

extension EndToEnd {
    @Suite("Care for an engine of ours", .light)
    struct EngineCare {
        private static let profiles = """
            profiles:
              - name: warm
                models: { text: smollm2 }
                warm_up: [smollm2, gemma3-270m]
                memory_hints:
                  - { model: smollm2, gb: 0.1 }
                  - { model: gemma3-270m, gb: 0.3 }
                defaults: { context: 4096, parallel: 2, max_loaded_models: 2 }
            """

        private func settings(
            _ machine: StandInMachine,
            in directory: TemporaryDirectory,
            pulls: Bool = false,
            _ variables: [String: String]
        ) throws -> ServiceUnderTest.Settings {
            let path = "\(directory.path)/profiles.yaml"
            try Self.profiles.write(toFile: path, atomically: true, encoding: .utf8)
            var settings = machine.settings(variables)
            settings.environment["PROFILE_FILE"] = path
            if pulls { settings.environment["PROCESS_MANAGER_PULL"] = "true" }
            return settings
        }

        /// Runs a service with the profile on a machine with the stand-in.
        private func run(
            pulls: Bool = false,
            _ variables: [String: String],
            _ test: (ServiceUnderTest, StandInMachine) async throws -> Void
        ) async throws {
            let machine = try await StandInMachine()
            let directory = try TemporaryDirectory()
            defer {
                machine.remove()
                directory.remove()
            }
            let settings = try self.settings(machine, in: directory, pulls: pulls, variables)
            try await ServiceUnderTest.run(settings) { try await test($0, machine) }
        }

        private func phases(_ service: ServiceUnderTest) async throws -> [String?] {
            let profile = try await service.client.get("/api/v1/system/model-profile").json
            return (profile?["warm_up"]?.elements ?? []).map { $0["phase"]?.string }
        }

        @Test("Predecessor 25: models are warmed up in the background, visibly, and are loaded then")
        func warmsUp() async throws {
            try await self.run(["STAND_IN_LOAD_MS": "1500"]) { service, _ in
                // The service answers long before the models are loaded.
                #expect(try await service.client.get("/livez").status == 200)
                let first = try await self.phases(service)
                #expect(first.count == 2 && first != ["loaded", "loaded"])
                try await eventually("both models loaded", within: .seconds(100)) {
                    try await self.phases(service) == ["loaded", "loaded"]
                }
                let engine = try await service.client.get("/api/v1/system/engines").json?[0]
                #expect(Set((engine?["models"]?.elements ?? []).map { $0["name"]?.string }).count == 2)
                #expect(service.log.value.contains { $0.text.contains("the model is warm") })
            }
        }

        @Test("A model that is missing is told, and fetched only if that is allowed", arguments: [false, true])
        func pulls(isAllowed: Bool) async throws {
            let variables = ["STAND_IN_MODELS": "smollm2", "STAND_IN_PULLABLE": "gemma3-270m"]
            try await self.run(pulls: isAllowed, variables) { service, _ in
                let last = isAllowed ? "loaded" : "missing"
                try await eventually("the end of the warm-up", within: .seconds(100)) {
                    try await self.phases(service) == ["loaded", last]
                }
                let models = try await service.client.get("/api/v1/models").json?["models"]?.elements ?? []
                #expect(models.contains { $0["name"]?.string?.hasPrefix("gemma3") == true } == isAllowed)
            }
        }

        @Test("After a crash the models are warmed up again")
        func again() async throws {
            try await self.run([:]) { service, machine in
                try await eventually("warm", within: .seconds(100)) {
                    try await self.phases(service) == ["loaded", "loaded"]
                }
                let process = try #require(machine.lastProcess)
                kill(process, SIGKILL)
                try await eventually("another process", within: .seconds(100)) { machine.lastProcess != process }
                try await eventually("warm again", within: .seconds(100)) {
                    let engine = try await service.client.get("/api/v1/system/engines").json?[0]
                    return engine?["models"]?.elements.count == 2
                }
            }
        }

        @Test("A planned restart lets a stream come to its end before the engine goes")
        func restartDrains() async throws {
            let variables = ["STAND_IN_TOKEN_PACE_MS": "50", "STAND_IN_TOKEN_COUNT": "60"]
            try await self.run(variables) { service, machine in
                try await untilReady(service)
                let before = try #require(machine.lastProcess)
                async let streamed = service.client.post(
                    "/api/v1/generate",
                    ["model": "smollm2", "prompt": "Hi", "stream": true]
                )
                try await eventually("the request runs", within: .seconds(100)) {
                    let engine = try await service.client.get("/api/v1/system/engines").json?[0]
                    return engine?["running"]?.int == 1
                }
                let restart = try await service.client.post("/api/v1/system/engines/local/restart", [:])
                #expect(restart.status == 200)
                #expect(restart.json?["drained"] == true)
                let answer = try await streamed
                #expect(answer.status == 200)
                #expect(answer.text.contains(#""done":true"#) && !answer.text.contains(#""error""#))
                try await eventually("another process", within: .seconds(100)) { machine.lastProcess != before }
                try await untilReady(service)
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
                let unknown = try await service.client.post("/api/v1/system/engines/nobody/restart", [:])
                #expect(unknown.status == 404)
            }
        }

        @Test("What the engine's log tells of memory is an event with advice, and what it takes is shown")
        func events() async throws {
            try await self.run(["STAND_IN_STDERR": "out-of-memory"]) { service, _ in
                try await untilReady(service)
                try await eventually("the event", within: .seconds(100)) {
                    let engine = try await service.client.get("/api/v1/system/engines").json?[0]
                    return engine?["events"]?.elements.isEmpty == false
                }
                let engine = try #require(try await service.client.get("/api/v1/system/engines").json?[0])
                let event = try #require(engine["events"]?[0])
                #expect(event["code"] == "out_of_memory")
                #expect(event["advice"]?.string?.contains("shared-ollama plan") == true)
                #expect(event["line"]?.string?.contains("out of memory") == true)
                #expect(engine["url"]?.string?.hasPrefix("http://127.0.0.1:") == true)
                #if os(Linux)
                try await eventually("figures of the process", within: .seconds(100)) {
                    let engine = try await service.client.get("/api/v1/system/engines").json?[0]
                    return (engine?["memory_mb"]?.int ?? 0) > 0 && engine?["cpu_percent"]?.number != nil
                }
                #endif
                // Lines and places are not for everybody.
                let headers: HTTPHeaders = ["X-Forwarded-For": "10.0.0.9"]
                let proxied = try await service.client.get("/api/v1/system/engines", headers: headers).json?[0]
                #expect(proxied?["events"]?[0]?["line"] == nil && proxied?["url"] == nil)
                #expect(proxied?["events"]?[0]?["advice"] != nil)
            }
        }
    }
}
