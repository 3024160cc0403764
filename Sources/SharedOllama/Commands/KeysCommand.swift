import Application
import ArgumentParser
import Domain
import Infrastructure
import Logging
import ProcessManager

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama keys`: the keys in the database of the data directory; the service may run meanwhile.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke the keys by which projects call.",
        discussion: "A running service knows of every change within a second.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// Makes a key and prints it, once.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a key for a project and print it; it cannot be shown again."
        )

        @Argument(help: "The project's name: 1 to 64 letters, digits, '.', '_' and '-'.")
        var name: String

        @Option(help: "The role of who shows the key: user or admin. Without it, that of the project in the settings.")
        var role: String?

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let project = try KeysCommand.projectName(self.name)
            let role = try self.role.map { word in
                guard let role = Project.Role(rawValue: word) else {
                    throw ValidationError("'\(word)' is not a role; there are user and admin.")
                }
                return role
            }
            try await KeysCommand.withStore(self.options) { store in
                let key = NewKey(for: project, hashing: LibCryptoHashing())
                try await store.add(StoredKey(project: project, hash: key.hash, role: role, createdAt: Date.now))
                print(key.text.revealed)
            }
        }
    }

    /// Lists the keys.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the keys in the database: project, role, time, and the first digits of the hash."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await KeysCommand.withStore(self.options) { store in
                for key in try await store.keys() {
                    let hash = key.hash.description.prefix(12)
                    let role = key.role?.rawValue ?? "-"
                    print("\(key.project)\t\(role)\t\(key.createdAt.formatted(.iso8601))\t\(hash)")
                }
            }
        }
    }

    /// Revokes keys.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revoke all keys of a project, or the one whose hash begins with the given digits."
        )

        @Argument(help: "The project's name.")
        var name: String

        @Option(help: "The first digits of the key's hash, as 'keys list' shows them.")
        var hash: String = ""

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let project = try KeysCommand.projectName(self.name)
            try await KeysCommand.withStore(self.options) { store in
                let count = try await store.revoke(project, hashPrefix: self.hash)
                guard count > 0 else {
                    StandardError.write("shared-ollama: there is no such key of '\(project)'\n")
                    throw ExitCode(ExitStatus.failed)
                }
                print("revoked: \(count)")
            }
        }
    }

    private static func projectName(_ text: String) throws -> ProjectName {
        do {
            return try ProjectName(text)
        } catch {
            throw ValidationError("A project's name is 1 to 64 letters, digits, '.', '_' and '-'.")
        }
    }

    /// Opens the database of the data directory, beside a service that may have it open as well.
    private static func withStore(
        _ options: ConfigurationOptions,
        _ body: (SQLiteKeyStore) async throws -> Void
    ) async throws {
        let directory = try options.load().configuration.dataDirectory
        do {
            try DataDirectory.create(at: directory)
            let logger = Logger(label: "shared-ollama.keys") { _ in SwiftLogNoOpLogHandler() }
            try await body(SQLiteKeyStore(database: try ServiceDatabase(directory: directory, logger: logger)))
        } catch let error as ExitCode {
            throw error
        } catch {
            StandardError.write("shared-ollama: \(error)\n")
            throw ExitCode(ExitStatus.failed)
        }
    }
}
