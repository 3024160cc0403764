#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Removes stored answers that are too old to be given again.
public struct IdempotencyRetention: Sendable {
    /// How often it looks.
    private static let interval = Duration.seconds(600)
    /// How many answers go in one transaction.
    private static let batch = 200

    private let store: any IdempotencyStore
    private let clock: any ServiceClock
    private let keep: Duration

    /// Creates it.
    ///
    /// - Parameters:
    ///   - store: where the answers are.
    ///   - clock: the time.
    ///   - keep: how long one is kept.
    public init(store: any IdempotencyStore, clock: any ServiceClock, keep: Duration) {
        self.store = store
        self.clock = clock
        self.keep = keep
    }

    /// Looks now and every ten minutes, until the task is cancelled.
    public func run() async {
        repeat {
            await self.removeOld()
        } while (try? await self.clock.sleep(for: IdempotencyRetention.interval)) != nil
    }

    /// Removes what is too old now; what fails is tried again with the next look.
    func removeOld() async {
        let limit = self.clock.wallTime.addingTimeInterval(-self.keep.inSeconds)
        while !Task.isCancelled {
            let removed = try? await self.store.removeRecords(before: limit, atMost: IdempotencyRetention.batch)
            guard removed == IdempotencyRetention.batch else { return }
        }
    }
}
