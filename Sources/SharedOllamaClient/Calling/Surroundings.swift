#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Time and chance, which tests make themselves.
struct Surroundings: Sendable {
    /// Time since some moment.
    var now: @Sendable () -> Duration
    /// The time of day.
    var date: @Sendable () -> Date
    /// Sleeps between two attempts, or throws `CancellationError`.
    var sleep: @Sendable (Duration) async throws -> Void
    /// Sleeps until something has taken too long, or throws `CancellationError`.
    ///
    /// The machine's own unless a test has another: this is where the library's clock is.
    var timer: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// A number, 0..<1.
    var random: @Sendable () -> Double

    /// Those of the machine.
    static let real: Surroundings = {
        let start = ContinuousClock.now
        return Surroundings(
            now: { ContinuousClock.now - start },
            date: { Date() },
            // Everybody else who waits takes this.
            sleep: { try await Task.sleep(for: $0) },
            random: { Double.random(in: 0..<1) }
        )
    }()

    /// Does something until it succeeds, fails for good, or the time is up.
    ///
    /// - Throws: ``SharedOllamaError`` of the last attempt.
    func retrying<Result: Sendable>(
        _ policy: RetryPolicy,
        until deadline: Duration?,
        isRepeatable: Bool,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as SharedOllamaError {
                let delay = policy.delay(
                    after: error,
                    attempt: attempt,
                    isRepeatable: isRepeatable,
                    random: self.random()
                )
                // An attempt after the deadline would be one for nothing.
                guard let delay, deadline.map({ self.now() + delay < $0 }) ?? true else { throw error }
                try await self.sleep(delay)
                attempt += 1
            }
        }
    }
}
