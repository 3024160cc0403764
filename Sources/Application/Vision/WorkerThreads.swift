/// Threads for work that blocks: the port to the system's threads.
public protocol WorkerThreads: Sendable {
    /// Runs work on a thread that is no event loop and returns what it returns.
    ///
    /// Whoever calls sees to it that there is never more work than threads.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value
}
