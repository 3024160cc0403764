import Application

/// Finds in a line of an engine's log what an operator should know.
///
/// Words of Ollama, llama.cpp and the drivers, as public reports quote them.
enum LogMiner {
    private static let words: [(EngineIncident.Kind, [String])] = [
        (
            .outOfMemory,
            [
                "out of memory", "outofmemory", "requires more system memory", "unable to allocate",
                "cannot allocate memory",
                "signal: killed",
            ]
        ),
        (
            .gpuLost,
            [
                "gpu is lost", "fallen off the bus", "cuda error: unspecified", "cuda error: unknown error",
                "cudart init failure", "no cuda-capable device", "errordevicelost", "hip error: unspecified",
            ]
        ),
        (
            .loadFailed,
            [
                "timed out waiting for llama runner", "error loading model", "runner process has terminated",
                "error starting llama", "error loading llama server",
            ]
        ),
    ]

    /// What a line tells; nil for an ordinary one.
    static func kind(of line: String) -> EngineIncident.Kind? {
        let text = line.lowercased()
        return self.words.first { $0.1.contains { text.contains($0) } }?.0
    }
}
