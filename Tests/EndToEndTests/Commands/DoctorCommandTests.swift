import Domain
import Foundation
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("shared-ollama doctor", .light)
    struct DoctorCommands {
        private static func findings(_ run: CommandRun) throws -> [JSON] { try JSON(parsing: run.output).elements }

        @Test("Of a service that is well nothing is wrong; files that others may read are found, with what to do")
        func running() async throws {
            try await Stage.ollama { service, _ in
                try await untilReady(service)
                chmod(service.dataDirectory, 0o700)
                let directory = ["doctor", "--data-dir", service.dataDirectory]
                let well = try await CommandRun.run(directory, at: service)
                #expect(well.exit.status == 0 && !well.output.contains("WRONG"), "\(well)")
                for check in [
                    "configuration", "data directory", "secrets", "disk", "open files", "clock", "service",
                    "engine local", "models",
                ] {
                    #expect(well.output.contains("  \(check): "), "\(check) is not in \(well.output)")
                }
                chmod(service.dataDirectory, 0o755)
                chmod("\(service.dataDirectory)/shared-ollama.sqlite", 0o644)
                let open = try await CommandRun.run(directory + ["--json"], at: service)
                #expect(open.exit.status == 1, "\(open)")
                let remedies = try Self.findings(open).compactMap { $0["remedy"]?.string }
                #expect(remedies.contains { $0.hasPrefix("chmod 700") }, "\(open)")
                #expect(
                    remedies.contains { $0.hasPrefix("chmod 600") && $0.contains("shared-ollama.sqlite") },
                    "\(open)"
                )
            }
        }

        @Test("An engine that does not answer is named, by the service and without it")
        func engines() async throws {
            try await ServiceUnderTest.run(.init(engineURL: "http://127.0.0.1:1")) { service in
                try await eventually("the engine to be seen down") {
                    try await service.client.get("/api/v1/system/engines").json?[0]?["state"] == "down"
                }
                let run = try await CommandRun.run(
                    ["doctor", "--json", "--data-dir", service.dataDirectory],
                    at: service
                )
                let findings = try Self.findings(run)
                #expect(run.exit.status == 1, "\(run)")
                let wrong = findings.filter { $0["verdict"] == "wrong" }
                #expect(wrong.contains { $0["check"] == "engine local" && $0["remedy"] != nil }, "\(run)")
                #expect(wrong.contains { $0["detail"]?.string?.contains("engine_unreachable") == true }, "\(run)")
            }
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let arguments = ["doctor", "--json", "--data-dir", directory.path, "--port", "0"]
            let alone = try await CommandRun.run(arguments + ["--engine-url", "http://127.0.0.1:1"])
            let findings = try Self.findings(alone)
            #expect(alone.exit.status == 1, "\(alone)")
            #expect(findings.contains { $0["check"] == "engine local" && $0["verdict"] == "wrong" }, "\(alone)")
            #expect(findings.contains { $0["check"] == "service" && $0["verdict"] == "warning" }, "\(alone)")
            #expect(findings.contains { $0["check"] == "port" && $0["verdict"] == "good" }, "\(alone)")
        }

        @Test("Before the first start it says what would be started, and whether the port is free")
        func beforeTheStart() async throws {
            let machine = try await StandInMachine()
            let directory = try TemporaryDirectory()
            defer {
                machine.remove()
                directory.remove()
            }
            chmod(directory.path, 0o700)
            let variables = machine.settings([:]).variables
            let arguments = ["doctor", "--json", "--data-dir", directory.path]
            let free = try await CommandRun.run(arguments + ["--port", "0"], environment: variables)
            #expect(free.exit.status == 0, "\(free)")
            let start = try Self.findings(free).first { $0["check"] == "engine" }
            #expect(start?["verdict"] == "good" && start?["detail"]?.string?.contains("/ollama'") == true, "\(free)")
            // Another program has the port, and answers, but not as a service does.
            let double = try await OllamaTestDouble.start(configuration: .init())
            let taken = try await CommandRun.run(arguments + ["--port", "\(double.port)"], environment: variables)
            await double.stop()
            let wrong = try Self.findings(taken).filter { $0["verdict"] == "wrong" }
            #expect(taken.exit.status == 1, "\(taken)")
            #expect(wrong.contains { $0["detail"]?.string?.contains("another program") == true }, "\(taken)")
        }

        @Test("What is wrong with the configuration is told, and a service that is named must be there")
        func settings() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let wrong = try await CommandRun.run(["doctor"], environment: ["SHARED_OLLAMA_SERVER_PORT": "x"])
            #expect(wrong.exit.status == 1 && wrong.output.contains("server.port"), "\(wrong)")
            let named = ["doctor", "--data-dir", directory.path, "--port", "0", "--url", "http://127.0.0.1:1"]
            let away = try await CommandRun.run(named)
            #expect(away.exit.status == 1 && away.output.contains("WRONG    service"), "\(away)")
            let open = try await CommandRun.run(
                ["doctor", "--data-dir", directory.path, "--host", "0.0.0.0", "--port", "0", "--json"]
            )
            let keys = try Self.findings(open).first { $0["check"] == "keys" }
            #expect(open.exit.status == 1 && keys?["remedy"]?.string?.contains("keys create") == true, "\(open)")
        }

        @Test("A file with a key that others may read is wrong")
        func keyFiles() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let key = "\(directory.path)/engine.key"
            try "so-secret\n".write(toFile: key, atomically: true, encoding: .utf8)
            for (mode, verdict) in [(0o644, "wrong"), (0o600, "good")] as [(mode_t, JSON)] {
                chmod(key, mode)
                let run = try await CommandRun.run(
                    ["doctor", "--json", "--data-dir", directory.path, "--port", "0"],
                    environment: [
                        "SHARED_OLLAMA_ENGINES_0_URL": "http://127.0.0.1:1",
                        "SHARED_OLLAMA_ENGINES_0_API_KEY_FILE": key,
                    ]
                )
                let secrets = try Self.findings(run).first { $0["check"] == "secrets" }
                #expect(secrets?["verdict"] == verdict, "\(run)")
                #expect(!run.output.contains("so-secret"), "\(run)")
            }
        }
    }
}

@Suite("What the doctor makes of what it finds")
struct DoctorFindingsTests {
    private static func value(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test("Reasons, breakers, last words and events of engines are told with what to do")
    func engines() throws {
        let engines = try Self.value(
            #"""
            [{"name":"a","state":"up","version":"0.13.0","breaker":"open"},
             {"name":"b","state":"down","reason":"engine_crash_loop","last_error":"one\n\u001b[31mtwo"},
             {"name":"c","state":"up","events":[{"code":"gpu_lost","at":"2026-01-31T10:00:00Z","count":2,"advice":"Look."}]}]
            """#
        )
        let findings = ServiceChecks.engines(engines.elements)
        #expect(findings.map(\.check) == ["engine a", "engine a", "engine b", "engine b", "engine c", "engine c"])
        #expect(findings.map(\.verdict) == [.good, .warning, .wrong, .warning, .good, .warning])
        #expect(findings[2].remedy?.contains("logs ollama") == true)
        #expect(findings[3].detail.hasSuffix("one\n           [31mtwo") && !findings[3].detail.contains("\u{1B}"))
        #expect(
            findings[5]
                == Finding("engine c", .warning, "gpu_lost, 2 times, last at 2026-01-31T10:00:00Z", remedy: "Look.")
        )
    }

    @Test("Each code that readiness may give has a remedy of its own")
    func remedies() {
        let codes = [
            "engine_not_asked_yet", "engine_unreachable", "engine_error", "engine_crash_loop", "engine_wedged",
            "no_engine",
            "store_unwritable", "shutting_down",
        ]
        #expect(Set(codes.map(ServiceChecks.remedy)).count == codes.count)
        #expect(codes.allSatisfy { !ServiceChecks.remedy(for: $0).contains("explains it") })
    }

    @Test("Models that are to be warm and are not there are told")
    func warmUp() throws {
        let profile = try Self.value(
            #"{"warm_up":[{"model":"a","phase":"loaded"},{"model":"b","phase":"missing"},{"model":"c","phase":"failed"}]}"#
        )
        let findings = ServiceChecks.warmUp(profile)
        #expect(findings.count == 2 && findings[0].remedy?.contains("ollama pull b") == true)
    }

    @Test("Clocks that are apart, little disk and few descriptors are told")
    func machine() {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(ServiceChecks.clock("2027-01-15T08:00:02Z", now: now).isEmpty)
        #expect(ServiceChecks.clock("2027-01-15T09:00:00Z", now: now).first?.verdict == .warning)
        #expect(MachineChecks.clock(now, lastWritten: nil).verdict == .good)
        #expect(MachineChecks.clock(now, lastWritten: now.addingTimeInterval(10)).verdict == .good)
        #expect(MachineChecks.clock(now, lastWritten: now.addingTimeInterval(3600)).verdict == .wrong)
        #expect(MachineChecks.clock(Date(timeIntervalSince1970: 0), lastWritten: nil).verdict == .wrong)
        #expect(MachineChecks.disk(free: 100_000_000).verdict == .wrong)
        #expect(MachineChecks.disk(free: 1_000_000_000).verdict == .warning)
        #expect(MachineChecks.disk(free: 100_000_000_000).verdict == .good)
        #expect(MachineChecks.openFiles(limit: 1024, connections: 4096).verdict == .warning)
        #expect(MachineChecks.openFiles(limit: 65_536, connections: 4096).verdict == .good)
    }

    @Test("A file is secret that holds one word or a private key")
    func secrets() {
        #expect(ReadFiles.isSecret("so_x_123\n") && ReadFiles.isSecret("-----BEGIN PRIVATE KEY-----\nMII\n"))
        #expect(!ReadFiles.isSecret("server: { port: 1 }\n") && !ReadFiles.isSecret(""))
        #expect(!ReadFiles.isSecret("-----BEGIN CERTIFICATE-----\nMII\n"))
    }
}
