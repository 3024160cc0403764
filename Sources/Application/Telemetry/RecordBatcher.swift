import Synchronization

/// Hands records on to a recorder that nobody waits for, many in a row, a moment after they came.
///
/// What is done for a record is short, but goes through much code: in a row it costs a fraction of what it does between all
/// else that requests need. ``run()`` has to run; before and after it each record is handed on at once.
public final class RecordBatcher: RequestRecorder {
    /// How many records wait at most; whoever brings one more hands them on itself.
    private static let capacity = 1024
    /// How many are handed on in one go, so that nobody else who does the same waits for long.
    private static let portion = 64
    /// How long a record waits for others.
    private static let gathering = Duration.milliseconds(50)

    private struct State {
        var records: [RequestRecord] = []
        var isRunning = false
    }

    /// Records that are being handed on: up to `next` they have been.
    private struct Round {
        var records: [RequestRecord] = []
        var next = 0
    }

    private let recorder: any RequestRecorder
    private let clock: any ServiceClock
    private let state = Mutex(State())
    /// Held by who hands on: records stay in their order.
    private let turn = Mutex(Round())
    private let wake = WakeSignal()

    /// Creates a batcher in front of a recorder.
    public init(_ recorder: any RequestRecorder, clock: any ServiceClock) {
        self.recorder = recorder
        self.clock = clock
    }

    /// Whether records wait for others by now.
    var isRunning: Bool { self.state.withLock(\.isRunning) }

    /// Takes a record.
    public func record(_ record: RequestRecord) {
        let (isFirst, mayWait) = self.state.withLock { state in
            state.records.append(record)
            return (state.records.count == 1, state.isRunning && state.records.count < RecordBatcher.capacity)
        }
        if !mayWait { return self.catchUp() }
        if isFirst { self.wake.ring() }
    }

    /// Hands on all that waits; whoever looks at what has become of requests calls it first.
    public func catchUp() {
        while self.handOn() {}
    }

    /// Hands on what comes, until the task is cancelled.
    public func run() async {
        self.state.withLock { $0.isRunning = true }
        while !Task.isCancelled {
            await self.wake.wait(atMost: nil, on: self.clock)
            try? await self.clock.sleep(for: RecordBatcher.gathering)
            self.catchUp()
        }
        self.state.withLock { $0.isRunning = false }
        self.catchUp()
    }

    /// Hands on some; returns whether there were any.
    private func handOn() -> Bool {
        self.turn.withLock { round in
            if round.records.isEmpty { self.state.withLock { swap(&$0.records, &round.records) } }
            let end = min(round.next + RecordBatcher.portion, round.records.count)
            for index in round.next..<end { self.recorder.record(round.records[index]) }
            guard end == round.records.count else {
                round.next = end
                return true
            }
            defer { round = Round() }
            return end > 0
        }
    }
}

extension RecordBatcher {
    /// Shows what is measured once all that has come has been counted.
    private struct CaughtUp: MetricsExposition {
        let batcher: RecordBatcher
        let base: any MetricsExposition

        func text(with readings: [MetricReading]) -> [UInt8] {
            self.batcher.catchUp()
            return self.base.text(with: readings)
        }
    }

    /// The same exposition, with all records counted that have come.
    public func caughtUp(_ exposition: any MetricsExposition) -> any MetricsExposition {
        CaughtUp(batcher: self, base: exposition)
    }
}
