/// Answers several conversations about pictures in one call.
public struct BatchVLMUseCase: Sendable {
    /// How many of them there may be (`batches.vlm_max_requests`).
    public let maxRequests: Int
    private let runner: any BatchItemRunner

    /// Creates the use case.
    public init(runner: any BatchItemRunner, maxRequests: Int) {
        self.runner = runner
        self.maxRequests = maxRequests
    }

    /// Runs all items side by side, each through the scheduler; the failure of one is nothing to the others.
    ///
    /// `onAnswer`: told each answer with the item's index from 0, in the order in which they come.
    ///
    /// - Throws: what `onAnswer` throws; `CancellationError` if the task is cancelled. What still runs is stopped then.
    public func run(
        _ batch: CallersBatch,
        onAnswer: @concurrent (Int, BatchItemAnswer) async throws -> Void
    ) async throws {
        try await batch.run(by: self.runner, onAnswer: onAnswer)
    }
}
