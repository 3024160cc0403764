/// What an engine's words say about its runner and its loader.
///
/// Ollama answers 500 for what its runner did and for what a caller got wrong (a format, the type of an option) alike;
/// only the words tell them apart. Source: the recorded exchanges in `Tests`, and Ollama's `llm` and `server`.
enum EngineWords {
    private static let runnerDeaths = [
        "an error was encountered while running the model", "llama runner process",
        "model runner has unexpectedly stopped",
    ]

    private static let loadFailures = [
        "exceeds file size", "error loading model", "unable to load model", "failed to load model",
        "model requires more system memory", "out of memory", "timed out waiting for llama",
    ]

    /// Whether the process that ran the model has died.
    static func isRunnerDeath(_ words: String) -> Bool {
        EngineWords.contains(words, EngineWords.runnerDeaths)
    }

    /// Whether the model could not be loaded.
    static func isLoadFailure(_ words: String) -> Bool {
        EngineWords.contains(words, EngineWords.loadFailures)
    }

    private static func contains(_ words: String, _ signs: [String]) -> Bool {
        let words = words.lowercased()
        return signs.contains { words.contains($0) }
    }
}
