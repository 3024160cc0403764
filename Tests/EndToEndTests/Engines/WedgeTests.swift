import OllamaTestDouble
import Testing

extension EndToEnd {
    /// Engines whose lists answer and whose generations hang.
    @Suite("Wedged engines", .light)
    struct Wedges {
        private static let fast = ["WATCHDOG_NO_PROGRESS_SECONDS": "1", "WATCHDOG_CANARY_SECONDS": "1"]

        /// Sends some requests at once and checks that all of them are answered.
        private static func serve(_ count: Int, _ service: ServiceUnderTest) async throws {
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<count {
                    group.addTask {
                        try await service.client.post("/api/v1/chat", Stage.chat(stream: number.isMultiple(of: 2)))
                    }
                }
                for try await answer in group { #expect(answer.status == 200 && answer.isComplete, "\(answer)") }
            }
        }

        private static func engine(_ name: String, _ service: ServiceUnderTest) async throws -> JSON? {
            let engines = try await service.client.get("/api/v1/system/engines").json
            return (0..<4).compactMap { engines?[$0] }.first { $0["name"] == .string(name) }
        }

        @Test(
            "A wedged engine of ours is started again within the bound, and no caller in line loses its request",
            arguments: ["STALL_LOADS", "HANG_GENERATIONS"]
        )
        func managed(wedge: String) async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try machine.control("\(wedge)=1\n")
            var settings = machine.settings()
            settings.environment = Self.fast
            try await ServiceUnderTest.run(settings) { service in
                try await eventually("the engine is up", within: .seconds(180)) {
                    try await Self.engine("local", service)?["state"] == "up"
                }
                let first = try #require(machine.lastProcess)
                try machine.control("")
                try await Self.serve(6, service)
                #expect(machine.lastProcess != first && !isAlive(first))
                #expect(machine.events.count { $0["event"] == "start" } == 2)
            }
        }

        @Test("Loads that hang on an engine that is not ours: it gets nothing, another serves all, and it comes back")
        func loads() async throws {
            try await Self.two { service, near, far in
                near.setStallsLoads(true)
                try await Self.serve(6, service)
                try await eventually("the wedge is noticed", within: .seconds(180)) {
                    try await Self.engine("near", service)?["reason"] == "engine_wedged"
                }
                try await Self.serve(2, service)
                near.setStallsLoads(false)
                try await eventually("the engine is back", within: .seconds(180)) {
                    try await Self.engine("near", service)?["state"] == "up"
                }
            }
        }

        @Test("Generations that hang on an engine whose lists are healthy go over to another, with all that waits")
        func generations() async throws {
            try await Self.two { service, near, far in
                try await Self.serve(4, service)
                near.set(.hang(.beforeHead), on: .inference)
                try await Self.serve(8, service)
                try await eventually("the wedge is noticed", within: .seconds(180)) {
                    let engine = try await Self.engine("near", service)
                    return engine?["reason"] == "engine_wedged" && engine?["state"] == "down"
                }
                #expect(try await service.client.get("/readyz").status == 200)
                far.set(.hang(.beforeHead), on: .inference)
                near.clearFaults()
                try await eventually("the engine is back", within: .seconds(180)) {
                    try await Self.engine("near", service)?["state"] == "up"
                }
                try await Self.serve(2, service)
            }
        }

        @Test(
            "The only engine hangs: those that it had are told so, those in line keep their places until it works again",
            arguments: EngineFlavour.allCases
        )
        func alone(flavour: EngineFlavour) async throws {
            let settings = Self.fast.merging(["QUEUES_CHAT_MAX_CONCURRENT": "2"]) { $1 }
            try await Stage.either(flavour, settings: settings) { service, engine in
                try await Self.serve(2, service)
                engine.set(.hang(.beforeHead), on: .inference)
                var running: [Pending] = []
                for _ in 0..<2 { running.append(try await service.client.begin("/api/v1/chat", Stage.chat())) }
                try await eventually("both are with the engine") { engine.inferenceRequests == 4 }
                var waiting: [Pending] = []
                for number in 0..<6 {
                    let body = Stage.chat(stream: number.isMultiple(of: 2))
                    waiting.append(try await service.client.begin("/api/v1/chat", body))
                }
                try await eventually("the wedge is noticed", within: .seconds(180)) {
                    try await Self.engine("local", service)?["reason"] == "engine_wedged"
                }
                for pending in running {
                    let answer = try await pending.end()
                    #expect(answer.status == 503 && answer.header("Retry-After") != nil, "\(answer)")
                }
                #expect(try await service.client.get("/readyz").status == 503)
                for pending in waiting { #expect(!pending.now.isComplete && !pending.now.isClosed) }
                engine.clearFaults()
                for pending in waiting {
                    let answer = try await pending.end()
                    #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                    await pending.leave()
                }
                for pending in running { await pending.leave() }
            }
        }

        /// Runs a test with two engines that have the same models.
        private static func two(
            _ test: (ServiceUnderTest, OllamaTestDouble, OllamaTestDouble) async throws -> Void
        ) async throws {
            let near = try await OllamaTestDouble.start()
            let far = try await OllamaTestDouble.start()
            var environment = Self.fast
            for (index, engine) in [("near", near), ("far", far)].enumerated() {
                environment["ENGINES_\(index)_NAME"] = engine.0
                environment["ENGINES_\(index)_URL"] = engine.1.url
            }
            do {
                try await ServiceUnderTest.run(.init(environment: environment)) { try await test($0, near, far) }
            } catch {
                await near.stop()
                await far.stop()
                throw error
            }
            await near.stop()
            await far.stop()
        }
    }
}
