import ArgumentParser
import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The flags that override the configuration, shared by the commands that read it.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config: String?

    @Option(help: "The address to listen on.")
    var host: String?

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port: Int?

    @Option(name: .customLong("engine-url"), help: "One engine to use instead of the configured ones.")
    var engineURL: String?

    @Option(help: "What that engine speaks: ollama or openai.")
    var engineKind: String?

    @Option(help: "Whether to start an engine: auto, always or never.")
    var manage: String?

    @Option(help: "Where the service keeps its data.")
    var dataDir: String?

    /// The flags as the configuration reads them.
    var flags: ServiceFlags {
        var flags = ServiceFlags()
        flags.config = self.config
        flags.host = self.host
        flags.port = self.port
        flags.engineURL = self.engineURL
        flags.engineKind = self.engineKind
        flags.manage = self.manage
        flags.dataDirectory = self.dataDir
        return flags
    }

    /// Reads the configuration.
    ///
    /// - Throws: ``ConfigurationError`` with all that is wrong with it.
    @Sendable func read() throws(ConfigurationError) -> (configuration: ServiceConfiguration, warnings: [String]) {
        try ServiceConfiguration.load(flags: self.flags, environment: ProcessInfo.processInfo.environment)
    }

    /// Reads the configuration, or ends the process with all that is wrong with it.
    func load() throws -> (configuration: ServiceConfiguration, warnings: [String]) {
        do {
            return try self.read()
        } catch {
            StandardError.write("\(error)\n")
            throw ExitCode(ExitStatus.usage)
        }
    }
}
