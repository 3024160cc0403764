#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A place on the service's own time line.
///
/// Only differences mean anything.
public struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// Nanoseconds since an origin that is the same for the whole process.
    public let nanoseconds: Int64

    /// Creates an instant.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Whether one instant is before another.
    public static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The time from one instant to a later one; the longest there is where that is too long to count.
    public static func - (later: MonotonicInstant, earlier: MonotonicInstant) -> Duration {
        let (difference, isTooLong) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return .nanoseconds(isTooLong ? (later > earlier ? .max : .min) : difference)
    }

    /// The instant that is some time later; the last there is where that is too far away, for times come from callers.
    public func advanced(by duration: Duration) -> MonotonicInstant {
        let (sum, isTooLong) = self.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return MonotonicInstant(nanoseconds: isTooLong ? (duration < .zero ? .min : .max) : sum)
    }
}

/// Where the service gets its time from.
public protocol ServiceClock: Sendable {
    /// The present on the monotonic time line.
    var now: MonotonicInstant { get }
    /// The present in the world, for timestamps only.
    var wallTime: Date { get }
    /// Waits.
    ///
    /// - Throws: `CancellationError` if the task is cancelled meanwhile.
    func sleep(for duration: Duration) async throws
}

extension Duration {
    /// The whole nanoseconds of the duration, of which there are 292 years at most.
    public var nanoseconds: Int64 {
        let attoseconds = self.attoseconds
        // A division of 128 bits is a call: up to 78 minutes 64 will do, for 10⁹ is 2⁹ · 5⁹.
        if attoseconds >= 0, let part = Int64(exactly: attoseconds >> 9) { return part / 1_953_125 }
        return Int64(clamping: attoseconds / 1_000_000_000)
    }

    /// The duration in milliseconds.
    public var milliseconds: Double { Double(self.nanoseconds) / 1_000_000 }

    /// The duration in seconds.
    public var inSeconds: Double { Double(self.nanoseconds) / 1_000_000_000 }
}
