import Foundation

/// A run of the executable that ends by itself.
struct CommandRun: Sendable {
    let exit: ServiceProcess.Exit
    let output: String
    let error: String

    /// Runs a command that is a client of a service; see ``run(_:environment:files:input:)``.
    static func run(
        _ arguments: [String],
        at service: ServiceUnderTest,
        files: [String: String] = [:],
        input: String = ""
    ) async throws -> CommandRun {
        try await self.run(
            arguments,
            environment: ["SHARED_OLLAMA_URL": "http://127.0.0.1:\(service.port)"],
            files: files,
            input: input
        )
    }

    /// Runs a command in an empty directory and waits for its end.
    ///
    /// `input`: what comes on its standard input.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        files: [String: String] = [:],
        input: String = ""
    ) async throws -> CommandRun {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for (name, text) in files {
            try text.write(toFile: "\(directory.path)/\(name)", atomically: false, encoding: .utf8)
        }
        // Files and not pipes: what is in them is complete when the process has ended.
        let (output, error) = ("\(directory.path)/.output", "\(directory.path)/.error")
        try input.write(toFile: "\(directory.path)/.input", atomically: false, encoding: .utf8)
        let process = try ServiceProcess.start(
            arguments,
            environment: environment,
            directory: directory.path,
            launcher: "exec <'\(directory.path)/.input' >'\(output)' 2>'\(error)'"
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
