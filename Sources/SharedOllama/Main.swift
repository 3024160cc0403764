import ArgumentParser

/// The command line: one executable for the service, its configuration and the guard of its child processes.
@main
struct SharedOllamaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shared-ollama",
        abstract: "One reliable address for many projects that share a few machines running Ollama.",
        version: ServiceVersion.current,
        subcommands: [
            ServeCommand.self, ConfigCommand.self, KeysCommand.self, SimulateCommand.self, PlanCommand.self,
            TuneCommand.self,
            BatchCommand.self,
            StatusCommand.self, TopCommand.self, ModelsCommand.self, UsageCommand.self, ChatCommand.self,
            GenerateCommand.self, ReportCommand.self, DoctorCommand.self, LogsCommand.self,
            GuardCommand.self,
        ]
    )

    /// Runs the command.
    ///
    /// A wrong command line ends with status 2, not with the parser's own.
    static func main() async {
        do {
            var command = try SharedOllamaCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard SharedOllamaCommand.exitCode(for: error) == .validationFailure else {
                SharedOllamaCommand.exit(withError: error)
            }
            StandardError.write("\(SharedOllamaCommand.fullMessage(for: error))\n")
            SharedOllamaCommand.exit(withError: ExitCode(ExitStatus.usage))
        }
    }
}

/// The version of the service.
enum ServiceVersion {
    static let current = "0.1.0"
}

/// The exit statuses that callers can rely on (`docs/configuration.md`).
enum ExitStatus {
    /// Something failed.
    static let failed: Int32 = 1
    /// The command line or the configuration is wrong.
    static let usage: Int32 = 2
    /// Nobody answers at the service's address.
    static let unreachable: Int32 = 3
    /// What was asked for is refused.
    static let refused: Int32 = 4
}
