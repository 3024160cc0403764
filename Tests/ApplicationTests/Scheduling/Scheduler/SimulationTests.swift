import Application
import Domain
import Testing

@Suite("The simulation")
struct SimulationTests {
    private func scenario() throws -> Scenario {
        var scenario = Scenario()
        var engines = Scenario.Engines(name: "e")
        engines.count = 2
        scenario.engines = [engines]
        scenario.models = [.init(name: try ModelName("x")), .init(name: try ModelName("y"))]
        let models = scenario.models.map(\.name)
        var light = Scenario.Project(share: .init(name: try ProjectName("light")), models: models)
        light.arrivals = .callers(8)
        var heavy = Scenario.Project(share: .init(name: try ProjectName("heavy"), weight: 3), models: models)
        heavy.arrivals = .callers(8)
        var person = Scenario.Project(share: .init(name: try ProjectName("person")), models: models)
        person.requestClass = .interactive
        person.arrivals = .random(perSecond: 0.01)
        scenario.projects = [light, heavy, person]
        scenario.seconds = 2_000
        return scenario
    }

    @Test("The same seed gives the same reports, another one others")
    func isRepeatable() throws {
        var scenario = try self.scenario()
        let first = Simulation(scenario).run()
        #expect(first == Simulation(scenario).run())
        scenario.seed = 2
        #expect(first != Simulation(scenario).run())
    }

    @Test("Both policies get the same load, and shares follow the weights only in ours")
    func compares() throws {
        let reports = Simulation(try self.scenario()).run()
        #expect(reports.map(\.policy) == ["shared-ollama", "first-in-first-out"])
        #expect(reports[0].projects[2].arrived == reports[1].projects[2].arrived)
        #expect(abs(reports[0].projects[1].shareOfClass - 0.75) < 0.05, "\(reports[0].projects[1])")
        #expect(abs(reports[1].projects[1].shareOfClass - 0.5) < 0.05)
        #expect(reports[0].swaps * 2 < reports[1].swaps, "\(reports[0].swaps) \(reports[1].swaps)")
        #expect(reports[0].utilisation > reports[1].utilisation)
        for report in reports {
            for row in report.projects { #expect(row.arrived - row.refused - row.expired >= row.waits.count) }
        }
    }

    @Test("Tables are aligned, and the same is there as JSON")
    func prints() throws {
        let reports = Simulation(try self.scenario()).run()
        let text = SimulationTables.text(reports)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2 * 7)
        #expect(lines[0].hasPrefix("shared-ollama: "))
        #expect(Set(lines[4...6].map(\.count)).count == 1)
        var writer = JSONWriter()
        writer.array(reports) { $1.write(to: &$0) }
        guard case .array(let parsed) = try JSONParser.parse(writer.bytes) else {
            Issue.record("not an array")
            return
        }
        #expect(parsed[0].object?["policy"]?.string == "shared-ollama")
        #expect(parsed[0].object?["projects"]?.array?.count == 3)
    }
}
