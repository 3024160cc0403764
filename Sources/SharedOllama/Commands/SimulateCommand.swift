import Application
import ArgumentParser
import Domain
import Infrastructure

/// `shared-ollama simulate`.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play a load through the scheduler in virtual time, beside first-in-first-out."
    )

    @Option(help: "The file with engines, models and projects; examples are in config/scenarios.")
    var scenario: String

    @Flag(help: "Print JSON instead of tables.")
    var json = false

    func run() throws {
        let scenario: Scenario
        do {
            scenario = try ScenarioFile.load(self.scenario)
        } catch {
            StandardError.write("\(error)\n")
            throw ExitCode(ExitStatus.usage)
        }
        let reports = Simulation(scenario).run()
        guard self.json else { return print(SimulationTables.text(reports), terminator: "") }
        var writer = JSONWriter()
        writer.array(reports) { $1.write(to: &$0) }
        print(String(decoding: writer.bytes, as: UTF8.self))
    }
}
