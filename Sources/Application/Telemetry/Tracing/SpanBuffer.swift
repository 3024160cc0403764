import DequeModule
import Domain
import Synchronization

/// Holds the spans that are not exported yet, so many and no more: what ends a request never waits for a collector.
public final class SpanBuffer: SpanRecorder {
    private struct State {
        var spans = Deque<Span>()
        var isClosed = false
        var waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?

        /// Takes out the waiter if it has waited for what there is now.
        mutating func due() -> CheckedContinuation<Void, Never>? {
            guard let waiter = self.waiter, self.isClosed || self.spans.count >= waiter.count else { return nil }
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
    ///   - capacity: how many spans it holds, at least 1; a request whose spans do not fit any more loses all of them,
    ///     which is counted.
    ///   - metrics: where that is counted.
    public init(capacity: Int, metrics: any Metrics) {
        self.capacity = max(1, capacity)
        self.metrics = metrics
    }

    /// How many spans it holds.
    public var count: Int { self.state.withLock(\.spans.count) }

    /// Whether nothing more comes.
    public var isClosed: Bool { self.state.withLock(\.isClosed) }

    /// Takes the spans of a request.
    ///
    /// Does not block.
    public func record(_ spans: [Span]) {
        let (isTaken, due) = self.state.withLock { state in
            guard state.spans.count + spans.count <= self.capacity else {
                return (false, CheckedContinuation<Void, Never>?.none)
            }
            state.spans.append(contentsOf: spans)
            return (true, state.due())
        }
        due?.resume()
        if !isTaken { self.metrics.add(spans.count, to: .traceSpansDropped, [MetricLabel("reason", "queue_full")]) }
    }

    /// Wakes whoever waits for spans: the service stops.
    ///
    /// What comes later is still taken, for the last batch.
    public func close() {
        let due = self.state.withLock { state in
            state.isClosed = true
            return state.due()
        }
        due?.resume()
    }

    /// Takes out the oldest spans.
    func take(_ limit: Int) -> [Span] {
        self.state.withLock { state in
            let batch = Array(state.spans.prefix(limit))
            state.spans.removeFirst(batch.count)
            return batch
        }
    }

    /// Waits until there are so many spans, the buffer is closed, or the task is cancelled.
    ///
    /// One task at a time.
    func untilHolds(_ count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let due = self.state.withLock { state in
                    precondition(state.waiter == nil, "one task exports the spans")
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
