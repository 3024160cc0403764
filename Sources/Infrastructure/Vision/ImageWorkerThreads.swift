public import Application
import NIOPosix

/// Threads of their own for images: what blocks them keeps neither event loops nor other tasks waiting.
public struct ImageWorkerThreads: WorkerThreads {
    private let pool: NIOThreadPool

    /// Starts the threads.
    ///
    /// - Parameter count: how many, at least 1.
    public init(count: Int) {
        self.pool = NIOThreadPool(numberOfThreads: count)
        self.pool.start()
    }

    /// See ``Application/WorkerThreads/run(_:)``.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await self.pool.runIfActive(work)
    }

    /// Waits for what is being done and ends the threads.
    public func stop() async {
        try? await self.pool.shutdownGracefully()
    }
}
