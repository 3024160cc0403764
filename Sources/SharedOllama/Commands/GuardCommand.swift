import ArgumentParser
import ProcessManager

/// `shared-ollama guard -- COMMAND`: internal; stops a child process when the service is gone.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Run a command and stop it when standard input ends.",
        shouldDisplay: false
    )

    @Argument(parsing: .postTerminator, help: "The command and its arguments.")
    var command: [String] = []

    func run() throws {
        throw ExitCode(GuardProcess.run(self.command))
    }
}
