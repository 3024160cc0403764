import Foundation
import Testing

extension EndToEnd {
    @Suite("An engine tuned to the machine", .light)
    struct Tuning {
        /// A profile for any machine, with a model of a size that fits everywhere.
        private static let profiles = """
            profiles:
              - name: everywhere
                models: { text: smollm2, embedding: all-minilm }
                required: [smollm2]
                memory_hints:
                  - { model: smollm2, gb: 0.1, layers: 30, kv_heads: 3, head_length: 64, context: 8192 }
                  - { model: all-minilm, gb: 0.05, context: 512 }
                defaults: { context: 4096, parallel: 3, max_loaded_models: 2, kv_cache_type: q8_0, keep_alive: 7m }
            """

        private func settings(
            _ machine: StandInMachine,
            in directory: TemporaryDirectory,
            _ variables: [String: String] = [:]
        ) throws -> ServiceUnderTest.Settings {
            let path = "\(directory.path)/profiles.yaml"
            try Self.profiles.write(toFile: path, atomically: true, encoding: .utf8)
            var settings = machine.settings(variables)
            settings.environment["PROFILE_FILE"] = path
            return settings
        }

        @Test("The engine is started with the environment of the plan, and the scheduler has its slots")
        func environment() async throws {
            let machine = try await StandInMachine()
            let directory = try TemporaryDirectory()
            defer {
                machine.remove()
                directory.remove()
            }
            let settings = try self.settings(machine, in: directory, ["OLLAMA_MAX_QUEUE": "77"])
            try await ServiceUnderTest.run(settings) { service in
                try await untilReady(service)
                let start = try #require(machine.events.first { $0["event"] == "start" })
                let own = settings.environment.map { ("SHARED_OLLAMA_\($0.key)", $0.value) }
                let command = try await CommandRun.run(
                    ["plan", "--json"],
                    environment: settings.variables.merging(own) { $1 }
                )
                let plan = try JSON(parsing: command.output)
                #expect(plan["profile"] == "everywhere" && plan["fits"] == true)
                let variables = try #require(plan["variables"]).elements
                #expect(variables.count >= 9)
                for variable in variables {
                    let name = try #require(variable["name"]?.string)
                    #expect(start["environment"]?[name] == variable["value"], "\(name)")
                }
                #expect(start["environment"]?["OLLAMA_NUM_PARALLEL"] == "3")
                #expect(start["environment"]?["OLLAMA_KEEP_ALIVE"] == "7m")
                #expect(start["environment"]?["OLLAMA_MAX_QUEUE"] == "77", "what the user has set stays")
                let engine = try await service.client.get("/api/v1/system/engines").json?[0]
                #expect(engine?["slots"] == 3)
            }
        }

        @Test("The profile is shown with its reasons, and its text model is the one of requests that name none")
        func profile() async throws {
            let machine = try await StandInMachine()
            let directory = try TemporaryDirectory()
            defer {
                machine.remove()
                directory.remove()
            }
            try await ServiceUnderTest.run(self.settings(machine, in: directory)) { service in
                try await untilReady(service)
                let profile = try #require(try await service.client.get("/api/v1/system/model-profile").json)
                #expect(profile["profile"] == "everywhere")
                #expect(profile["selection_method"] == "auto")
                #expect(profile["reasons"]?.elements.isEmpty == false)
                #expect(profile["default_text_model"] == "smollm2")
                #expect(profile["default_vlm_model"] == .null)
                #expect(profile["required_models"] == ["smollm2"])
                #expect(profile["allowed_models"] == ["smollm2", "all-minilm"])
                #expect(profile["memory_hints"]?["smollm2"] == 0.1)
                #expect(profile["largest_model_gb"] == 0.1)
                let answer = try await service.client.post("/api/v1/generate", ["prompt": "Hi", "max_tokens": 2])
                #expect(answer.json?["model"] == "smollm2")
            }
        }

        @Test("A profile that is not there, and a file that is wrong, are start errors that say what to do")
        func wrong() async throws {
            let missing = try await CommandRun.run(
                ["serve", "--port", "0", "--data-dir", "data"],
                environment: ["SHARED_OLLAMA_PROFILE_NAME": "huge", "SHARED_OLLAMA_PROFILE_FILE": "p.yaml"],
                files: ["p.yaml": Self.profiles]
            )
            #expect(missing.exit.status == 2)
            #expect(missing.error.contains("There is no profile 'huge'; there are 'everywhere'."))
            let broken = try await CommandRun.run(
                ["serve", "--port", "0", "--data-dir", "data"],
                environment: ["SHARED_OLLAMA_PROFILE_FILE": "p.yaml"],
                files: ["p.yaml": "profiles: [{ name: a, modles: {} }]"]
            )
            #expect(broken.exit.status == 2)
            #expect(broken.error.contains("Did you mean 'models'"))
        }

        @Test("A plan that does not fit is refused with the nearest that does, with status 4")
        func refused() async throws {
            let files = [
                "p.yaml": Self.profiles,
                "m.yaml": "memory_mib: 16000\ngpus: [{ name: small, memory_mib: 2048 }]\n",
            ]
            let arguments = ["plan", "--machine", "m.yaml", "--models", "smollm2", "--parallel", "64", "--json"]
            let environment = ["SHARED_OLLAMA_PROFILE_FILE": "p.yaml", "OLLAMA_HOST": "127.0.0.1:1"]
            let run = try await CommandRun.run(arguments, environment: environment, files: files)
            #expect(run.exit.status == 4)
            let answer = try JSON(parsing: run.output)
            #expect(answer["refused"]?.string?.contains("64 requests at once (--parallel)") == true)
            #expect(answer["nearest"]?["fits"] == true)
            let unknown = try await CommandRun.run(
                ["plan", "--machine", "m.yaml", "--models", "nobody-knows"],
                environment: environment,
                files: files
            )
            #expect(unknown.exit.status == 1)
            #expect(unknown.error.contains("nothing is known of the model 'nobody-knows'"))
        }
    }
}
