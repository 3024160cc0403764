public import Application

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The machine's own clocks.
public struct SystemClock: ServiceClock {
    /// One origin for the whole process, so that instants of two clocks can be compared.
    private static let origin = ContinuousClock.now

    /// Creates a clock.
    public init() {}

    /// The present on the monotonic time line; time in which the machine sleeps counts.
    public var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: (ContinuousClock.now - SystemClock.origin).nanoseconds)
    }

    /// The present in the world.
    public var wallTime: Date { Date() }

    /// Waits.
    ///
    /// - Throws: `CancellationError` if the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        // Everybody else who waits takes a clock, which is this one where nobody tests.
        try await Task.sleep(for: duration, clock: .continuous)
    }
}
