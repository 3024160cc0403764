/// Takes the records from the buffer to the ledger, in batches.
///
/// Failure policy: a batch that cannot be written stays in the buffer and is tried again; requests go on meanwhile.
public struct UsageWriter: Sendable {
    /// How much is written at once, and when.
    public struct Pace: Sendable {
        /// Records of one transaction, at least 1; it has fewer than twice as many.
        public var batch = 2000
        /// How long a record waits for others, and how long a failed batch for its next try.
        public var interval = Duration.seconds(1)

        /// 2,000 records or a second, whatever comes first.
        public init() {}
    }

    private let buffer: UsageBuffer
    private let ledger: any UsageLedger
    private let clock: any ServiceClock
    private let pace: Pace
    private let onLoss: @Sendable (Int) -> Void

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - buffer: where the records come from.
    ///   - ledger: where they go.
    ///   - clock: the time.
    ///   - pace: how much is written at once, and when.
    ///   - onLoss: told how many records had been dropped in all, each time that writing works again after some were.
    public init(
        buffer: UsageBuffer,
        ledger: any UsageLedger,
        clock: any ServiceClock,
        pace: Pace = Pace(),
        onLoss: @escaping @Sendable (Int) -> Void
    ) {
        self.buffer = buffer
        self.ledger = ledger
        self.clock = clock
        self.pace = pace
        self.onLoss = onLoss
    }

    /// Writes until ``stop()`` is called, and then what is left.
    public func run() async {
        var reported = 0
        while !self.buffer.isClosed, !Task.isCancelled {
            await self.buffer.untilHolds(1)
            await self.pause(untilHolding: min(self.pace.batch, self.buffer.capacity))
            guard await self.writeBatch() else {
                // However many have gathered meanwhile: a disk that is full is not asked more often.
                await self.pause(untilHolding: .max)
                continue
            }
            let dropped = self.buffer.dropped
            if dropped > reported {
                self.onLoss(dropped)
                reported = dropped
            }
        }
        await self.flush()
    }

    /// Ends ``run()``.
    public func stop() {
        self.buffer.close()
    }

    /// Writes all that there is now; what cannot be written is given up.
    public func flush() async {
        while self.buffer.count > 0, await self.writeBatch() {}
    }

    /// Waits for the interval, or until there are so many records.
    private func pause(untilHolding count: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.clock.sleep(for: self.pace.interval) }
            group.addTask { await self.buffer.untilHolds(count) }
            await group.next()
            group.cancelAll()
        }
    }

    /// - Returns: whether all went well.
    private func writeBatch() async -> Bool {
        let batch = self.buffer.first(self.pace.batch)
        guard !batch.isEmpty else { return true }
        do {
            try await self.ledger.append(batch)
        } catch {
            return false
        }
        self.buffer.removeFirst(batch.count)
        return true
    }
}
