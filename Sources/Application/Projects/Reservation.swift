import Domain
import Synchronization

/// What a request has taken out of its project's limits.
///
/// It is settled exactly once; one that is dropped gives everything back.
public final class Reservation: Sendable {
    /// What a request used in the end.
    public struct Usage: Sendable, Equatable {
        /// Tokens of prompt and answer.
        public var tokens: Double
        /// Tokens of the answer alone; nil where the engine did not come to its end.
        public var answerTokens: Double?

        /// Describes what was used.
        public init(tokens: Double, answerTokens: Double? = nil) {
            self.tokens = tokens
            self.answerTokens = answerTokens
        }
    }

    private let onSettle: Mutex<(@Sendable (Usage?) -> Void)?>

    init(onSettle: @escaping @Sendable (Usage?) -> Void) {
        self.onSettle = Mutex(onSettle)
    }

    deinit {
        self.settle(nil)
    }

    /// Replaces the reserve by what was used; nil where the request was refused before any engine had it.
    ///
    /// Only the first call does anything.
    public func settle(_ usage: Usage?) {
        let action = self.onSettle.withLock { $0.take() }
        action?(usage)
    }

    /// Settles by the record of the request that has ended.
    func settle(by record: RequestRecord) {
        guard record.engine != nil else { return self.settle(nil) }
        self.settle(
            Usage(
                tokens: record.bookedPromptTokens + record.bookedCompletionTokens,
                answerTokens: record.usage.map { Double($0.completionTokens) }
            )
        )
    }
}
