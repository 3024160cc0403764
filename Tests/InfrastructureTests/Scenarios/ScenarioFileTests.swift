import Application
import Domain
import Infrastructure
import Testing

@Suite("Scenario files")
struct ScenarioFileTests {
    private let least = """
        engines: [{ name: one }]
        models: [{ name: m }]
        projects: [{ name: p }]
        """

    private func problems(_ yaml: String) -> [String] {
        do {
            _ = try ScenarioFile.parse(yaml, path: "x.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("Every key reaches the scenario")
    func everyKey() throws {
        let scenario = try ScenarioFile.parse(
            """
            engines:
              - { name: e, count: 3, parallel: 4, max_loaded_models: 2, total: 5, weight: 2, speed: 1.5 }
            models:
              - { name: m, load_s: 7, unload_s: 1, prompt_tps: 300, tps: 20 }
              - { name: n }
            projects:
              - { name: a, class: batch, weight: 3, concurrency: 2, arrivals: 0.5, prompt_tokens: 10,
                  output_tokens: { min: 1, max: 5 }, models: [m] }
              - { name: b, arrivals: { burst: 9, at_seconds: 4 } }
              - { name: c, arrivals: { callers: 3 }, models: m }
            seconds: 30
            seed: 5
            scheduler: { patience_seconds: 3, ageing_seconds: 4, min_share: 0.2 }
            queues: { chat: { max_concurrent: 6, max_queue_size: 7, timeout_seconds: 8 } }
            """,
            path: "x.yaml"
        )
        var engines = Scenario.Engines(name: "e")
        engines.count = 3
        engines.capacity = EngineCapacity(parallel: 4, maxLoadedModels: 2, total: 5, weight: 2)
        engines.speed = 1.5
        #expect(scenario.engines == [engines])
        #expect(scenario.models[0].loadSeconds == 7 && scenario.models[0].unloadSeconds == 1)
        #expect(scenario.models[0].promptTokensPerSecond == 300 && scenario.models[0].tokensPerSecond == 20)
        #expect(
            scenario.projects.map(\.arrivals) == [
                .random(perSecond: 0.5), .burst(9, atSecond: 4), .callers(3),
            ]
        )
        let first = scenario.projects[0]
        #expect(first.share == ProjectShare(name: try ProjectName("a"), weight: 3, concurrency: 2))
        #expect(first.requestClass == .batch && first.promptTokens == 10...10 && first.outputTokens == 1...5)
        #expect(scenario.projects.map(\.models.count) == [1, 2, 1])
        #expect(scenario.seconds == 30 && scenario.seed == 5)
        var settings = SchedulerSettings()
        settings.patience = .seconds(3)
        settings.ageing = .seconds(4)
        settings.batchShare = 0.2
        settings.chat = .init(maxConcurrent: 6, maxQueueSize: 7, timeout: .seconds(8))
        #expect(scenario.settings == settings)
    }

    @Test("An unknown key is refused with the nearest known one, and its line")
    func unknownKey() {
        #expect(
            self.problems(self.least + "\nsecond: 4") == [
                "second: There is no field 'second'. Did you mean 'seconds'? (x.yaml:4)"
            ]
        )
        #expect(
            self.problems(
                """
                engines: [{ name: one }]
                models:
                  - name: m
                    load_sec: 4
                projects: [{ name: p }]
                """
            ).first?.hasPrefix("models.0.load_sec: There is no field 'load_sec'. Did you mean 'load_s'?") ?? false
        )
    }

    @Test("What is missing, twice there or contradictory is told")
    func faults() {
        #expect(self.problems("seed: 1").count == 3)
        #expect(self.problems(self.least + "\nseconds: soon").count == 1)
        #expect(
            self.problems("engines: [{ name: e }]\nmodels: [{ name: m }]\nprojects: [{ name: p, models: [x] }]").count
                == 1
        )
        #expect(
            self.problems(
                "engines: [{ name: e }]\nmodels: [{ name: m }]\nprojects: [{ name: p, arrivals: { callers: 1, burst: 2 } }]"
            ).count == 1
        )
        #expect(self.problems("engines: [{}]\nmodels: [{ name: m }]\nprojects: [{ name: p }]").count >= 1)
    }

    @Test("The examples can be read", arguments: ["laptop", "cluster"])
    func examples(name: String) throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let scenario = try ScenarioFile.load("/\(root)/config/scenarios/\(name).yaml")
        #expect(scenario.engines.reduce(0) { $0 + $1.count } == (name == "cluster" ? 200 : 1))
    }
}
