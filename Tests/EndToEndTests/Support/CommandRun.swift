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
        // Files and not pipes: what is in them is complete when the process has ended.
        let (output, error) = ("\(directory.path)/.output", "\(directory.path)/.error")
        let process = try ServiceProcess.start(
            arguments,
            environment: environment,
            directory: directory.path,
            launcher: "exec >'\(output)' 2>'\(error)'"
        )
        do {
            return CommandRun(
                exit: try await process.ended(),
                output: try String(contentsOfFile: output, encoding: .utf8),
                error: try String(contentsOfFile: error, encoding: .utf8)
            )
        } catch {
            await process.kill()
            throw error
        }
    }
}
