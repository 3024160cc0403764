#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A program, what it is given, and the whole environment in which it runs.
public struct ProcessCommand: Sendable, Hashable {
    /// The program: a path, or a name that is looked for on the guard's `PATH`.
    public var executable: String
    /// What follows the program's name.
    public var arguments: [String]
    /// All of its environment variables; nothing is added.
    public var environment: [String: String]

    /// Creates a command.
    public init(executable: String, arguments: [String] = [], environment: [String: String]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// The environment of the service as a child of it should see it: without the service's own variables, which may
    /// hold keys, and with a home directory, which `ollama serve` insists on and a system service may lack.
    ///
    /// - Parameters:
    ///   - own: the service's environment.
    ///   - home: the home directory where the environment names none.
    /// - Returns: the variables.
    public static func inheritedEnvironment(
        _ own: [String: String] = ProcessInfo.processInfo.environment,
        home: String
    ) -> [String: String] {
        var environment = own.filter { !$0.key.hasPrefix("SHARED_OLLAMA_") }
        if environment["HOME", default: ""].isEmpty { environment["HOME"] = home }
        return environment
    }
}

/// How to run a program as the guard: our own binary and the name of its internal subcommand.
public struct GuardInvocation: Sendable, Hashable {
    /// The path of the binary.
    public let executable: String
    /// What makes the binary a guard.
    public let arguments: [String]

    /// Creates a command; its own arguments are followed by `-- --grace SECONDS -- PROGRAM ARGUMENTS`.
    ///
    /// Whatever it is, it must write the line of ``GuardProcess`` that names the child's process id.
    public init(executable: String, arguments: [String] = ["guard"]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// Everything that follows the guard's own path.
    func arguments(for command: ProcessCommand, grace: Duration) -> [String] {
        let seconds = grace / Duration.seconds(1)
        return self.arguments + ["--", "--grace", String(seconds), "--", command.executable] + command.arguments
    }
}
