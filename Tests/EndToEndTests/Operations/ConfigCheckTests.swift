import Testing

extension EndToEnd {
    @Suite("config check", .light)
    struct ConfigCheck {
        @Test("A good configuration is status 0")
        func good() async throws {
            let empty = try await CommandRun.run(["config", "check"])
            #expect(empty.exit == .init(status: 0, isSignal: false), "\(empty)")
            #expect(empty.output.contains("valid"))
            let file = try await CommandRun.run(
                ["config", "check", "--config", "service.yaml"],
                environment: ["SHARED_OLLAMA_SERVER_PORT": "8001"],
                files: ["service.yaml": "server: { port: 8002 }\nengines: [ { url: \"http://127.0.0.1:11434\" } ]\n"]
            )
            #expect(file.exit.status == 0, "\(file)")
        }

        @Test("A bad configuration is status 2 and tells every fault, each with its key and the nearest known one")
        func bad() async throws {
            let result = try await CommandRun.run(
                ["config", "check", "--config", "service.yaml", "--port", "70000"],
                environment: ["SHARED_OLLAMA_TIMEOUTS_IDLE_SECOND": "5", "SHARED_OLLAMA_LOG_LEVEL": "loud"],
                files: [
                    "service.yaml": """
                    server: { prot: 8000, drain_seconds: -1 }
                    engines:
                      - { url: "ftp://somewhere" }
                    """
                ]
            )
            #expect(result.exit == .init(status: 2, isSignal: false), "\(result)")
            for words in [
                "server.prot", "port", "server.drain_seconds", "engines.0.url", "server.port", "70000",
                "SHARED_OLLAMA_TIMEOUTS_IDLE_SECOND", "SHARED_OLLAMA_TIMEOUTS_IDLE_SECONDS", "log.level",
            ] {
                #expect(result.error.contains(words), "'\(words)' is missing in: \(result.error)")
            }
        }

        @Test("serve refuses a bad configuration in the same words, before it listens")
        func serve() async throws {
            let arguments = ["--engine-url", "nonsense", "--port", "0"]
            let check = try await CommandRun.run(["config", "check"] + arguments)
            let serve = try await CommandRun.run(["serve"] + arguments)
            #expect(check.exit.status == 2 && serve.exit.status == 2)
            #expect(check.error == serve.error && check.error.contains("engines.0.url"), "\(check.error)")
            #expect(serve.output.isEmpty)
        }

        @Test("A file that is missing or is no YAML is status 2")
        func files() async throws {
            let missing = try await CommandRun.run(["config", "check", "--config", "nope.yaml"])
            #expect(missing.exit.status == 2 && missing.error.contains("nope.yaml"), "\(missing)")
            let broken = try await CommandRun.run(
                ["config", "check", "--config", "service.yaml"],
                files: ["service.yaml": "server: { port: ["]
            )
            #expect(broken.exit.status == 2 && broken.error.contains("service.yaml"), "\(broken)")
        }

        @Test("An unknown command or flag is no success")
        func usage() async throws {
            for arguments in [["nope"], ["serve", "--nope"], ["config"], ["serve", "--port", "x"]] {
                let result = try await CommandRun.run(arguments)
                #expect(arguments == ["config"] || result.exit.status != 0, "\(arguments): \(result)")
                #expect(!result.output.contains("listening"))
            }
        }
    }
}
