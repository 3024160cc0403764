#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Takes what is old enough out of a store.
public struct Retention: Sendable {
    /// How long something is kept, and how often it is looked after.
    public struct Pace: Sendable {
        /// How long something is kept.
        public var keep: Duration
        /// The time between two looks.
        public var interval: Duration
        /// How much goes in one transaction: whoever else writes waits for no more than that.
        public var batch: Int

        /// Creates a pace.
        public init(keep: Duration, interval: Duration, batch: Int) {
            self.keep = keep
            self.interval = interval
            self.batch = batch
        }
    }

    private let pace: Pace
    private let clock: any ServiceClock
    private let remove: @Sendable (Date, Int) async throws -> Int

    /// Creates it.
    ///
    /// - Parameters:
    ///   - pace: how long something is kept, and how often it is looked after.
    ///   - clock: the time.
    ///   - remove: removes what is from before an instant, at most so much at once, and returns how much that was.
    public init(
        _ pace: Pace,
        clock: any ServiceClock,
        remove: @escaping @Sendable (_ before: Date, _ atMost: Int) async throws -> Int
    ) {
        self.pace = pace
        self.clock = clock
        self.remove = remove
    }

    /// Looks now and from time to time, until the task is cancelled.
    public func run() async {
        repeat {
            await self.removeOld()
        } while (try? await self.clock.sleep(for: self.pace.interval)) != nil
    }

    /// Removes what is too old now.
    ///
    /// What fails is tried again with the next look.
    func removeOld() async {
        let limit = self.clock.wallTime.addingTimeInterval(-self.pace.keep.inSeconds)
        while !Task.isCancelled {
            guard let removed = try? await self.remove(limit, self.pace.batch), removed == self.pace.batch else {
                return
            }
        }
    }
}
