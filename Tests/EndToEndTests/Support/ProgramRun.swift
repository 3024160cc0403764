import Foundation

/// A run of some program that ends by itself.
struct ProgramRun: Sendable {
    let status: Int32
    /// What it printed, on both of its outputs.
    let output: String

    /// Runs a program and waits for its end.
    ///
    /// - Parameter environment: on top of what every program needs.
    static func run(
        _ executable: URL,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> ProgramRun {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = Executable.inherited.merging(environment) { $1 }
        let (outputs, output) = (Watched(1), Watched(""))
        let pipe = Executable.pipe(outputs) { bytes in
            output.change { $0 += String(decoding: bytes, as: UTF8.self) }
        }
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        let status = Watched<Int32?>(nil)
        process.terminationHandler = { ended in status.change { $0 = ended.terminationStatus } }
        try process.run()
        let ended = try await status.wait(for: "end of \(executable.lastPathComponent)") { $0 != nil }
        _ = try? await outputs.wait(for: "end of its output", within: .seconds(2)) { $0 == 0 }
        return ProgramRun(status: ended ?? -1, output: output.value)
    }
}
