public import Application

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

#if canImport(Glibc)
import Glibc
#endif

/// The machine's own clocks.
public struct SystemClock: ServiceClock {
    /// One origin for the whole process, so that instants of two clocks can be compared.
    private static let origin = SystemClock.sinceBoot

    #if !canImport(Glibc)
    private static let start = ContinuousClock.now
    #endif

    /// Creates a clock.
    public init() {}

    /// The present on the monotonic time line; time in which the machine sleeps counts.
    public var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: SystemClock.sinceBoot - SystemClock.origin)
    }

    /// In nanoseconds.
    private static var sinceBoot: Int64 {
        #if canImport(Glibc)
        // The clock of ContinuousClock, without its 128 bits: a request looks at it a dozen times.
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        #else
        return (ContinuousClock.now - SystemClock.start).nanoseconds
        #endif
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
