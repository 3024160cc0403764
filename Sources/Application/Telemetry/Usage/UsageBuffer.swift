import Synchronization

/// Holds the records that are not in the ledger yet, so many and no more: what ends a request never waits for a disk.
public final class UsageBuffer: RequestRecorder {
    private struct State {
        var records: [RequestRecord] = []
        /// What is being written, before all others: a batch of its own, so that none of its records is copied for it.
        var batch: [RequestRecord] = []
        var dropped = 0
        var isClosed = false
        var waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?
        /// How many records have come, and gone again, since the start.
        var (taken, written) = (0, 0)
        /// Those who wait until so many have gone.
        var readers: [Int: (count: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
        var lastReader = 0

        var count: Int { self.batch.count + self.records.count }

        /// Takes out the waiter if it has waited for what there is now.
        mutating func due() -> CheckedContinuation<Void, Never>? {
            guard let waiter = self.waiter, self.isClosed || self.isEnough(for: waiter.count) else { return nil }
            self.waiter = nil
            return waiter.continuation
        }

        /// Who waits for all that there may ever be waits for the time to pass, and for nobody who reads.
        private func isEnough(for count: Int) -> Bool {
            if !self.readers.isEmpty, self.count > 0, count < .max { return true }
            return self.count >= count
        }

        /// Takes out the readers for whom enough has gone.
        mutating func served() -> [CheckedContinuation<Void, Never>] {
            let served = self.readers.filter { $0.value.count <= self.written }
            for id in served.keys { self.readers[id] = nil }
            return served.values.map(\.continuation)
        }
    }

    /// How many records it holds at most.
    let capacity: Int
    private let metrics: any Metrics
    private let state = Mutex(State())

    /// Creates an empty buffer.
    ///
    /// - Parameters:
    ///   - capacity: how many records it holds, at least 1; what comes to a full buffer is dropped and counted.
    ///   - metrics: where that is counted.
    public init(capacity: Int, metrics: any Metrics) {
        self.capacity = max(1, capacity)
        self.metrics = metrics
    }

    /// How many records it holds.
    public var count: Int { self.state.withLock(\.count) }

    /// How many records were dropped.
    public var dropped: Int { self.state.withLock(\.dropped) }

    /// Takes a record.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let (isDropped, waiter) = self.state.withLock { state in
            guard state.count < self.capacity else {
                state.dropped += 1
                return (true, nil as CheckedContinuation<Void, Never>?)
            }
            state.records.append(record)
            state.taken += 1
            return (false, state.due())
        }
        waiter?.resume()
        if isDropped { self.metrics.increment(.usageDropped) }
    }

    /// Nobody waits for more from now on.
    func close() {
        let waiter = self.state.withLock { state in
            state.isClosed = true
            return state.due()
        }
        waiter?.resume()
    }

    var isClosed: Bool { self.state.withLock(\.isClosed) }

    /// The oldest records, which stay until they are removed: so many, or a few more if that is all that there are.
    func first(_ limit: Int) -> [RequestRecord] {
        self.state.withLock { state in
            if state.batch.isEmpty { swap(&state.batch, &state.records) }
            return state.batch.count < 2 * limit ? state.batch : Array(state.batch.prefix(limit))
        }
    }

    /// Removes the oldest records, as ``first(_:)`` gave them: they are in the ledger.
    func removeFirst(_ count: Int) {
        let served = self.state.withLock { state in
            if count == state.batch.count { state.batch = [] } else { state.batch.removeFirst(count) }
            state.written = state.taken - state.count
            return state.served()
        }
        for reader in served { reader.resume() }
    }

    /// Waits until the records that there are now are in the ledger, or the task is cancelled; whoever writes them does
    /// not wait for more meanwhile.
    func untilWritten() async {
        let id = self.state.withLock { state in
            state.lastReader += 1
            return state.lastReader
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let due = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
                    guard !Task.isCancelled, state.written < state.taken else { return continuation }
                    state.readers[id] = (state.taken, continuation)
                    return state.due()
                }
                due?.resume()
            }
        } onCancel: {
            self.state.withLock { $0.readers.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    /// Waits until there are so many records, the buffer is closed, or the task is cancelled.
    ///
    /// One task at a time.
    func untilHolds(_ count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let due = self.state.withLock { state in
                    precondition(state.waiter == nil, "one task writes the records")
                    state.waiter = (count, continuation)
                    guard !Task.isCancelled else { return state.waiter.take()?.continuation }
                    return state.due()
                }
                due?.resume()
            }
        } onCancel: {
            self.state.withLock { $0.waiter.take() }?.continuation.resume()
        }
    }
}
