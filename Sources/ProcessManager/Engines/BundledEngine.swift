#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The small engine that comes with the service: llama.cpp's server with one small model, installed by
/// `scripts/bundled-engine/install` into the data directory.
///
/// It answers where there is no Ollama, or none with a model.
public struct BundledEngine: Sendable, Hashable {
    /// What the model is called.
    public static let modelName = "smollm2:135m"
    /// How many requests it runs at once if nobody says otherwise.
    public static let slots = 2
    /// The variable that says otherwise, as llama.cpp's server has it.
    public static let slotsVariable = "LLAMA_ARG_N_PARALLEL"
    /// The variable that says how many threads it computes with, as llama.cpp's server has it.
    public static let threadsVariable = "LLAMA_ARG_THREADS"

    private let python: String
    private let runner: String

    /// Finds it.
    ///
    /// - Returns: nil if it is not installed in the data directory.
    public static func locate(in dataDirectory: String) -> BundledEngine? {
        let directory = "\(dataDirectory)/bundled-engine"
        let engine = BundledEngine(python: "\(directory)/venv/bin/python3", runner: "\(directory)/run.py")
        // The installer writes this file last.
        let isComplete = FileManager.default.fileExists(atPath: "\(directory)/installed")
        let isThere = FileManager.default.isExecutableFile(atPath: engine.python)
        return isComplete && isThere ? engine : nil
    }

    /// How many threads it computes with on so many cores if nobody says otherwise.
    ///
    /// - Returns: one less than there are, at most four: `run.py` tells why.
    public static func threads(cores: Int) -> Int { max(1, min(4, cores - 1)) }

    /// The command that runs it on 127.0.0.1.
    ///
    /// - Parameters:
    ///   - port: where it listens.
    ///   - environment: the whole environment of the process.
    /// - Returns: the command, to be run under the guard.
    public func command(port: Int, environment: [String: String]) -> ProcessCommand {
        var environment = environment
        // Nothing of the machine's Python may change ours, and nothing of ours is written beside its files.
        for name in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"] { environment[name] = nil }
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return ProcessCommand(
            executable: self.python,
            arguments: [self.runner, "--port", String(port), "--alias", BundledEngine.modelName],
            environment: environment
        )
    }
}
