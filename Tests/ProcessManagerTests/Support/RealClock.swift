import Application
import Foundation

/// The time as it is, for tests with real engines.
struct RealClock: ServiceClock {
    private static let origin = ContinuousClock.now

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: (ContinuousClock.now - RealClock.origin).nanoseconds) }
    var wallTime: Date { Date() }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
