import ArgumentParser
import Infrastructure

/// `shared-ollama config check`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Work with the configuration.",
        subcommands: [Check.self, DataDirectory.self]
    )

    /// Reads the configuration as `serve` would and says what is wrong with it.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Read the configuration as 'serve' would, and tell everything that is wrong with it."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            var (configuration, warnings) = try self.options.load()
            if configuration.needsStoredKey {
                warnings.append(
                    "server.host: other machines reach this address, so the service starts only with a key: "
                        + "'shared-ollama keys create NAME' makes one."
                )
            }
            for warning in warnings { StandardError.write("warning: \(warning)\n") }
            print("The configuration is valid.")
        }
    }

    /// Prints where `serve` would keep its data, for the script that installs the bundled engine there.
    struct DataDirectory: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "data-dir",
            abstract: "Print the directory in which 'serve' would keep its data."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            print(try self.options.load().configuration.dataDirectory)
        }
    }
}
