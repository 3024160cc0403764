#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes records out of the ledger when they are old enough.
public struct UsageRetention: Sendable {
    /// How often it looks.
    private static let interval = Duration.seconds(3600)
    /// How many records go in one transaction: whoever else writes waits for no more than that.
    private static let batch = 2000

    private let ledger: any UsageLedger
    private let clock: any ServiceClock
    private let keep: Duration

    /// Creates it.
    ///
    /// - Parameters:
    ///   - ledger: where the records are.
    ///   - clock: the time.
    ///   - days: how long a record is kept after its request arrived, in days, at least 1.
    public init(ledger: any UsageLedger, clock: any ServiceClock, days: Int) {
        self.ledger = ledger
        self.clock = clock
        self.keep = .seconds(86_400 * max(1, days))
    }

    /// Looks now and once an hour, until the task is cancelled.
    public func run() async {
        repeat {
            await self.removeOld()
        } while (try? await self.clock.sleep(for: UsageRetention.interval)) != nil
    }

    /// Removes what is too old now.
    ///
    /// What fails is tried again with the next look.
    func removeOld() async {
        let limit = self.clock.wallTime.addingTimeInterval(-self.keep.inSeconds)
        while !Task.isCancelled {
            let removed = try? await self.ledger.removeRecords(before: limit, atMost: UsageRetention.batch)
            guard let removed, removed == UsageRetention.batch else { return }
        }
    }
}
