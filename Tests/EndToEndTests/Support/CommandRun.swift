import Foundation

/// A run of the executable that ends by itself.
struct CommandRun: Sendable {
    let exit: ServiceProcess.Exit
    let output: String
    let error: String

    /// Runs a command in an empty directory and waits for its end.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        files: [String: String] = [:]
    ) async throws -> CommandRun {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for (name, text) in files {
            try text.write(toFile: "\(directory.path)/\(name)", atomically: false, encoding: .utf8)
        }
        let process = try ServiceProcess.start(arguments, environment: environment, directory: directory.path)
        do {
            let exit = try await process.ended()
            try await process.outputEnded()
            let error = process.log.value.map(\.text).joined(separator: "\n")
            return CommandRun(exit: exit, output: process.output.value, error: error)
        } catch {
            await process.kill()
            throw error
        }
    }
}
