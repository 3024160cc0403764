#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How long the tests may take that take long; their suites' names end in `LongTests`.
public enum LongRun {
    /// Seconds for each of them, from `SHARED_OLLAMA_LONG_SECONDS`; nil where they are not wanted.
    public static let seconds: Double? =
        ProcessInfo.processInfo.environment["SHARED_OLLAMA_LONG_SECONDS"].flatMap { Double($0) }

    /// Whether they are wanted.
    public static var isWanted: Bool { self.seconds != nil }

    /// Repeats the body with one seed after the other until the time is over, at least once.
    ///
    /// - Returns: how often the body ran.
    @discardableResult
    public static func repeating(_ body: (UInt64) async throws -> Void) async rethrows -> Int {
        let end = ContinuousClock.now + .seconds(self.seconds ?? 0)
        var seeds = SystemRandomNumberGenerator()
        var count = 0
        repeat {
            try await body(seeds.next())
            count += 1
        } while ContinuousClock.now < end
        return count
    }
}
