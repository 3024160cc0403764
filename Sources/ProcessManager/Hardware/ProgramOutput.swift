import Application
import Subprocess
import SystemPackage

/// Runs a program for what it prints.
protocol ProgramOutput: Sendable {
    /// What a program writes to its standard output.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked for on `PATH`.
    ///   - arguments: what follows the name.
    /// - Returns: nil if there is no such program, it fails, or takes too long.
    func output(of program: String, _ arguments: [String]) async -> String?
}

/// Runs programs of this machine.
struct RealProgramOutput: ProgramOutput {
    /// The variables with which they run; `PATH` tells where they are.
    let environment: [String: String]
    let clock: any ServiceClock
    /// A driver that does not answer must not keep the service from starting.
    var limit = Duration.seconds(10)

    private static let maximumBytes = 65_536

    func output(of program: String, _ arguments: [String]) async -> String? {
        guard let path = ExecutableSearch.find(program, environment: self.environment) else { return nil }
        return await withTaskGroup(of: String?.self) { group in
            group.addTask { await self.run(path, arguments) }
            group.addTask {
                try? await self.clock.sleep(for: self.limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func run(_ path: String, _ arguments: [String]) async -> String? {
        let variables = self.environment.compactMap { name, value in
            Environment.Key(rawValue: name).map { ($0, value) }
        }
        let result = try? await Subprocess.run(
            .path(FilePath(path)),
            arguments: Arguments(arguments),
            environment: .custom(Dictionary(variables) { first, _ in first }),
            input: .none,
            output: .string(limit: Self.maximumBytes),
            error: .discarded
        )
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput
    }
}
