@testable import ProcessManager

/// A system of which a test decides what its files and programs say.
struct PretendedSystem: SystemFiles, ProgramOutput {
    var files: [String: String] = [:]
    /// By the name of the program.
    var outputs: [String: String] = [:]

    func text(at path: String) -> String? { self.files[path] }

    func names(in directory: String) -> [String] {
        let below = self.files.keys.filter { $0.hasPrefix(directory + "/") }
        return Set(below.compactMap { $0.dropFirst(directory.count + 1).split(separator: "/").first.map(String.init) })
            .sorted()
    }

    func output(of program: String, _ arguments: [String]) async -> String? { self.outputs[program] }

    /// A reader of this system.
    func reader(
        _ system: MachineReader.System = .linux,
        environment: [String: String] = [:],
        cores: Int = 16,
        ollama: String? = nil
    ) -> MachineReader {
        MachineReader(
            system: system,
            files: self,
            programs: self,
            environment: environment,
            ollama: ollama,
            runtime: (cores, 1_000_000_000)
        )
    }
}
