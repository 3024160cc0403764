/// Wakes the two that work on batches when something has changed for them.
///
/// Nothing is lost if nobody rings: both look from time to time.
public final class BatchBell: Sendable {
    private let runner = WakeSignal()
    private let keeper = WakeSignal()

    /// Creates a bell.
    public init() {}

    /// Items may be claimed that could not before, or a batch whose items run has been paused or cancelled.
    public func ringRunner() {
        self.runner.ring()
    }

    /// A batch is to be read or closed.
    public func ringKeeper() {
        self.keeper.ring()
    }

    /// Sleeps until there may be something for the runner, and no longer than a duration.
    public func waitAsRunner(atMost limit: Duration, on clock: any ServiceClock) async {
        await self.runner.wait(atMost: limit, on: clock)
    }

    /// Sleeps until there may be something for the keeper, and no longer than a duration.
    public func waitAsKeeper(atMost limit: Duration, on clock: any ServiceClock) async {
        await self.keeper.wait(atMost: limit, on: clock)
    }
}
