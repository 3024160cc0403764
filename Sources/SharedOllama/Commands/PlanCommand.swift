import Application
import ArgumentParser
import Domain
import Infrastructure
import NIOPosix
import ProcessManager

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama plan`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tell how an Ollama is started on this machine, what its models take, and whether they fit.",
        discussion: """
            Nothing is started and nothing is changed. What the models take the engine is asked, if it answers; else the \
            profile's hints count. What does not fit is refused with the nearest plan that does; exit status 4.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "The models to be run, separated by commas; those of the profile if not given.")
    var models: String?

    @Option(help: "The context that every request must have, in tokens.")
    var context: Int?

    @Option(help: "The requests of one model that must run at once.")
    var parallel: Int?

    @Option(
        help: "A machine to plan for instead of this one: a file, or an example of config/machines such as nvidia-24."
    )
    var machine: String?

    @Flag(help: "Print JSON instead of text.")
    var json = false

    func validate() throws {
        for (name, value) in [("--context", self.context), ("--parallel", self.parallel)] {
            guard let value else { continue }
            guard (1...1_000_000_000).contains(value) else { throw ValidationError("\(name) is at least 1.") }
        }
    }

    func run() async throws {
        let configuration = try self.options.load().configuration
        let environment = ProcessCommand.inheritedEnvironment(home: configuration.dataDirectory)
        let names = try self.names
        do {
            let machine = try await self.readMachine(configuration, environment)
            let choice = try EngineTuning.choice(configuration, machine)
            let footprints = try await self.footprints(names, configuration, choice)
            // What this machine's user has set says nothing of another machine.
            let variables = self.machine == nil ? environment : [:]
            var wish = EngineTuning.wish(configuration, choice, variables, footprints)
            if let context { wish.context = .init(context, by: "--context") }
            if let parallel { wish.parallel = .init(parallel, by: "--parallel") }
            try self.tell(TuningPlanner(machine: machine, wish: wish), choice)
        } catch let error as ConfigurationError {
            StandardError.write("\(error)\n")
            throw ExitCode(ExitStatus.usage)
        }
    }

    private var names: [ModelName]? {
        get throws {
            do {
                return try self.models?.split(separator: ",").map { text in
                    try ModelName(text.filter { !$0.isWhitespace })
                }
            } catch let error as ServiceError {
                throw ValidationError(error.message)
            }
        }
    }

    private func readMachine(
        _ configuration: ServiceConfiguration,
        _ environment: [String: String]
    ) async throws -> Machine {
        if let machine { return try MachineFile.load(machine) }
        let binary = configuration.processManager.binary
        return await MachineReader(ollama: binary, environment: environment, clock: SystemClock()).read()
    }

    /// What the models take: the engine's word counts before the profile's.
    private func footprints(
        _ names: [ModelName]?,
        _ configuration: ServiceConfiguration,
        _ choice: ProfileChoice
    ) async throws -> [ModelFootprint] {
        let wanted = names ?? choice.profile?.allModels ?? []
        let asked = await self.ask(configuration, wanted)
        let hints = try (choice.profile?.footprints ?? []) + EngineTuning.hints(configuration)
        var footprints: [ModelFootprint] = []
        for name in wanted {
            if let known = asked.first(where: { $0.name == name }) ?? hints.first(where: { $0.name == name }) {
                footprints.append(known)
            } else if names != nil {
                StandardError.write(
                    "shared-ollama: nothing is known of the model '\(name.spelling)': no engine that has it answers, and "
                        + "no profile has a memory hint for it\n"
                )
                throw ExitCode(ExitStatus.failed)
            }
        }
        return footprints
    }

    /// What the configured Ollama says of models; nothing if it does not answer.
    private func ask(_ configuration: ServiceConfiguration, _ names: [ModelName]) async -> [ModelFootprint] {
        guard !names.isEmpty, let engine = configuration.engines.first(where: { $0.kind == .ollama }) else { return [] }
        let probe = configuration.timeouts.probe
        let deadlines = EngineDeadlines(
            connect: min(probe, configuration.timeouts.connect),
            load: probe,
            firstToken: probe,
            idle: probe,
            total: probe,
            probe: probe
        )
        let settings = EngineTransport.Configuration(
            address: engine.address,
            deadlines: deadlines,
            apiKey: engine.apiKey?.revealed,
            caFile: engine.caFile
        )
        let eventLoops = MultiThreadedEventLoopGroup.singleton
        guard let transport = try? EngineTransport(settings, eventLoops: eventLoops) else { return [] }
        return (try? await OllamaFootprints(transport: transport).footprints(of: names)) ?? []
    }

    private func tell(_ planner: TuningPlanner, _ choice: ProfileChoice) throws {
        do {
            self.print(try planner.plan(), choice, refusal: nil)
        } catch {
            if let nearest = error.nearest {
                self.print(nearest, choice, refusal: error.reason)
            } else if self.json {
                var writer = JSONWriter()
                writer.object {
                    $0.field("refused", error.reason)
                    $0.nullField("nearest")
                }
                StandardOutput.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
            } else {
                StandardOutput.write("Refused: \(error.reason)\nNothing comes near: choose smaller models.\n")
            }
            throw ExitCode(ExitStatus.refused)
        }
    }

    private func print(_ plan: TuningPlan, _ choice: ProfileChoice, refusal: String?) {
        let report = PlanReport(plan, choice: choice)
        guard self.json else {
            let head = refusal.map { "Refused: \($0)\n\nThe nearest plan that can be had:\n\n" } ?? ""
            return StandardOutput.write(head + report.text)
        }
        var writer = JSONWriter()
        if let refusal {
            writer.object { writer in
                writer.field("refused", refusal)
                writer.key("nearest")
                report.write(to: &writer)
            }
        } else {
            report.write(to: &writer)
        }
        StandardOutput.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
    }
}
