import ArgumentParser
import Infrastructure
import Logging
import ProcessManager

/// `shared-ollama serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the service.",
        discussion: """
            Prints 'listening on http://HOST:PORT' on standard output once it accepts connections; logs go to standard \
            error. SIGTERM and SIGINT stop it when the answers in flight are out.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        AllocatorCache.enlarge()
        let (configuration, warnings) = try self.options.load()
        let fileLimit = FileLimit.raise()
        SignalPolicy.ignoreFailedWrites()
        do {
            let environment = ProcessCommand.inheritedEnvironment(home: configuration.dataDirectory)
            let reader = MachineReader(ollama: nil, environment: environment, clock: SystemClock())
            let tuning = try EngineTuning(configuration, machine: await reader.read(), environment: environment)
            let assembly = try ServiceAssembly(configuration: configuration, tuning: tuning, reload: self.options.read)
            for warning in warnings { assembly.logger.warning("\(warning)") }
            assembly.logger.debug("soft limit of open files", metadata: ["files": "\(fileLimit)"])
            try await assembly.run()
        } catch let error as ConfigurationError {
            StandardError.write("\(error)\n")
            throw ExitCode(ExitStatus.usage)
        } catch {
            StandardError.write("shared-ollama: \(StartFailure.text(for: error, configuration: configuration))\n")
            throw ExitCode(ExitStatus.failed)
        }
    }
}
