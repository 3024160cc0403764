public import Domain

/// Several requests in one call, whose caller waits for all of them.
public struct CallersBatch: Sendable {
    /// The path of the route of inference that each of them is for.
    public var path: String
    /// Their bodies.
    public var requests: [JSONObject]
    /// The size of all bodies together, in bytes.
    public var bytes: Int
    /// The name of the call; those of the items are made of it.
    public var requestID: RequestID
    /// Who calls.
    public var project: Project
    /// How urgent they are.
    public var requestClass: RequestClass
    /// When the caller no longer wants an answer.
    public var deadline: MonotonicInstant?
    /// The caller's place in a trace, of which each item is a part; nil if it sent none.
    public var trace: TraceContext?

    /// Creates a batch.
    public init(
        path: String,
        requests: [JSONObject],
        bytes: Int,
        requestID: RequestID,
        project: Project,
        requestClass: RequestClass = .batch,
        deadline: MonotonicInstant? = nil,
        trace: TraceContext? = nil
    ) {
        self.trace = trace
        self.path = path
        self.requests = requests
        self.bytes = bytes
        self.requestID = requestID
        self.project = project
        self.requestClass = requestClass
        self.deadline = deadline
    }

    /// The longest beginning of the call's name that is kept in an item's, so that this is still one that callers can use.
    private static let longestPrefix = 120

    /// One of the items.
    func item(_ index: Int) -> BatchItemRequest {
        BatchItemRequest(
            path: self.path,
            body: self.requests[index],
            bodyBytes: self.bytes / max(1, self.requests.count),
            requestID: RequestID(generated: "\(self.requestID.description.prefix(Self.longestPrefix))-\(index)"),
            project: self.project,
            requestClass: self.requestClass,
            deadline: self.deadline,
            trace: self.trace
        )
    }

    /// Runs all items side by side; the failure of one is nothing to the others.
    ///
    /// - Parameters:
    ///   - runner: runs each.
    ///   - onAnswer: told each answer with the item's index from 0, in the order in which they come.
    /// - Throws: what `onAnswer` throws; `CancellationError` if the task is cancelled. What still runs is stopped then.
    func run(
        by runner: any BatchItemRunner,
        onAnswer: @concurrent (Int, BatchItemAnswer) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, BatchItemAnswer).self) { group in
            for index in self.requests.indices {
                group.addTask { (index, await runner.run(self.item(index))) }
            }
            for try await (index, answer) in group {
                try Task.checkCancellation()
                try await onAnswer(index, answer)
            }
        }
    }
}

/// Answers several conversations in one call.
public struct BatchChatUseCase: Sendable {
    /// How many of them there may be (`batches.chat_max_requests`).
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
