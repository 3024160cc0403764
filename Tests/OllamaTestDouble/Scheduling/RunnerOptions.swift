/// The options that belong to a runner: another value of one of them makes Ollama load the model anew.
struct RunnerOptions: Sendable, Equatable {
    private static let names = ["num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict"]

    /// Tokens of context.
    ///
    /// Left out of a request it means the default, so that it can differ from what is loaded.
    private(set) var contextLength: Int
    private var values: [String: JSONValue] = [:]
    private var shift: Bool

    init(options: JSONValue?, shift: Bool?, defaultContext: Int) {
        contextLength = options?["num_ctx"]?.int ?? defaultContext
        self.shift = shift ?? true
        for name in Self.names {
            if let value = options?[name], !value.isNull { values[name] = value }
        }
    }
}
