import ArgumentParser
import Infrastructure
import Logging

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
        let (configuration, warnings) = try self.options.load()
        let fileLimit = FileLimit.raise()
        SignalPolicy.ignoreFailedWrites()
        do {
            let assembly = try ServiceAssembly(configuration: configuration, reload: self.options.read)
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
