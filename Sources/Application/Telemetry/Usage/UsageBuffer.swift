import DequeModule
import Synchronization

/// Holds the records that are not in the ledger yet, so many and no more: what ends a request never waits for a disk.
public final class UsageBuffer: RequestRecorder {
    private struct State {
        var records = Deque<RequestRecord>()
        var dropped = 0
        var isClosed = false
        var waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?

        /// Takes out the waiter if it has waited for what there is now.
        mutating func due() -> CheckedContinuation<Void, Never>? {
            guard let waiter = self.waiter, self.isClosed || self.records.count >= waiter.count else { return nil }
            self.waiter = nil
            return waiter.continuation
        }
    }

    private let capacity: Int
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
    public var count: Int { self.state.withLock(\.records.count) }

    /// How many records were dropped.
    public var dropped: Int { self.state.withLock(\.dropped) }

    /// Takes a record.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let (isDropped, waiter) = self.state.withLock { state in
            guard state.records.count < self.capacity else {
                state.dropped += 1
                return (true, nil as CheckedContinuation<Void, Never>?)
            }
            state.records.append(record)
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

    /// The oldest records, which stay until they are removed.
    func first(_ limit: Int) -> [RequestRecord] {
        self.state.withLock { Array($0.records.prefix(limit)) }
    }

    /// Removes the oldest records: they are in the ledger.
    func removeFirst(_ count: Int) {
        self.state.withLock { $0.records.removeFirst(min(count, $0.records.count)) }
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
