import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("The way of spans to the collector")
struct SpanWriterTests {
    /// A collector that says what a test has written down; the last goes on for all that follow.
    private final class ScriptedCollector: SpanSender {
        private struct State {
            var answers: [SpanDelivery] = [.taken(rejected: 0, words: nil)]
            var hangs = false
            var batches: [[Span]] = []
        }

        private let state = Mutex(State())
        private let clock: ManualClock

        init(clock: ManualClock) {
            self.clock = clock
        }

        var batches: [[Span]] { self.state.withLock(\.batches) }

        func answers(_ answers: SpanDelivery...) { self.state.withLock { $0.answers = answers } }

        func hang() { self.state.withLock { $0.hangs = true } }

        func send(_ spans: [Span]) async -> SpanDelivery {
            let (answer, hangs) = self.state.withLock { state in
                state.batches.append(spans)
                return (state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0], state.hangs)
            }
            if hangs, (try? await self.clock.sleep(for: .seconds(1_000_000))) == nil {
                return .retry(after: nil, reason: "the service stops")
            }
            return answer
        }
    }

    private struct Parts {
        let clock = ManualClock()
        let metrics = RecordingMetrics()
        let events = RecordedValues<SpanExportEvent>()
        let buffer: SpanBuffer
        let collector: ScriptedCollector
        let writer: SpanWriter

        init(capacity: Int = 1000, batch: Int = 10) {
            self.buffer = SpanBuffer(capacity: capacity, metrics: self.metrics)
            self.collector = ScriptedCollector(clock: self.clock)
            var pace = SpanWriter.Pace()
            pace.batch = batch
            self.writer = SpanWriter(
                buffer: self.buffer,
                sender: self.collector,
                clock: self.clock,
                random: CountedNumbers(from: 0),
                metrics: self.metrics,
                pace: pace
            ) { [events = self.events] in events.add($0) }
        }

        func record(_ count: Int) { self.buffer.record((0..<count).map { SpanWriterTests.span("s\($0)") }) }

        /// Lets the time pass for which spans wait for others.
        func passInterval() async {
            await self.clock.untilSleeping(1)
            self.clock.advance(by: .seconds(5))
        }

        var sizes: [Int] { self.collector.batches.map(\.count) }
    }

    private static func span(_ name: String) -> Span {
        guard let trace = TraceID(high: 1, low: 2), let id = SpanID(3) else { preconditionFailure("they are not zero") }
        return Span(
            context: TraceContext(traceID: trace, spanID: id),
            name: name,
            kind: .internal,
            start: 1,
            end: 2
        )
    }

    private static func run(_ parts: Parts, _ body: () async throws -> Void) async rethrows {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await parts.writer.run() }
            try await body()
            parts.writer.stop()
            try await group.waitForAll()
        }
    }

    @Test("Spans wait for others, and go when there are enough or the time is over")
    func gathers() async throws {
        let parts = Parts()
        try await Self.run(parts) {
            parts.record(4)
            await parts.clock.untilSleeping(1)
            parts.clock.advance(by: .milliseconds(4999))
            #expect(parts.sizes.isEmpty)
            parts.clock.advance(by: .milliseconds(1))
            try await eventually { parts.sizes == [4] }
            parts.record(25)
            // Enough of them do not wait, and the rest waits for others.
            try await eventually { parts.sizes == [4, 10, 10] }
            await parts.passInterval()
            try await eventually { parts.sizes == [4, 10, 10, 5] }
        }
        #expect(parts.metrics.count(.traceSpansExported, "") == 29)
        #expect(parts.metrics.count(.traceSpansDropped, "") == 0)
        #expect(parts.events.values.isEmpty)
    }

    @Test("A full queue takes no more requests, each whole or not at all, and counts what it loses")
    func full() async {
        let parts = Parts(capacity: 10)
        parts.record(6)
        parts.record(5)
        parts.record(4)
        parts.record(1)
        #expect(parts.buffer.count == 10)
        #expect(parts.metrics.count(.traceSpansDropped, "queue_full") == 6)
        await Self.run(parts) {}
        #expect(parts.sizes == [10])
    }

    @Test("A collector that has no time gets the batch again, twice as long after each time, and then no more")
    func retries() async throws {
        let parts = Parts()
        parts.collector.answers(.retry(after: nil, reason: "busy"))
        try await Self.run(parts) {
            parts.record(3)
            await parts.passInterval()
            for (attempt, pause) in [1, 2, 4, 8].enumerated() {
                try await eventually { parts.sizes.count == attempt + 1 }
                await parts.clock.untilSleeping(1)
                // The random numbers begin at zero: nothing is added to the pauses.
                parts.clock.advance(by: .seconds(pause) - .milliseconds(1))
                #expect(parts.sizes.count == attempt + 1)
                parts.clock.advance(by: .milliseconds(1))
            }
            try await eventually { parts.metrics.count(.traceSpansDropped, "export_failed") == 3 }
            #expect(parts.sizes.count == 5)
            // It goes on with what comes, and tells that it does.
            parts.collector.answers(.taken(rejected: 0, words: nil))
            parts.record(2)
            await parts.passInterval()
            try await eventually { parts.metrics.count(.traceSpansExported, "") == 2 }
        }
        #expect(parts.events.values == [.failing(reason: "busy"), .working(lost: 3)])
    }

    @Test("A collector says when it wants the batch again, within reason")
    func retryAfter() async throws {
        let parts = Parts()
        parts.collector.answers(
            .retry(after: .seconds(20), reason: "busy"),
            .retry(after: .seconds(100_000), reason: "busy"),
            .taken(rejected: 0, words: nil)
        )
        try await Self.run(parts) {
            parts.record(3)
            await parts.passInterval()
            for (attempt, pause) in [20, 30].enumerated() {
                try await eventually { parts.sizes.count == attempt + 1 }
                await parts.clock.untilSleeping(1)
                parts.clock.advance(by: .seconds(pause) - .milliseconds(1))
                #expect(parts.sizes.count == attempt + 1)
                parts.clock.advance(by: .milliseconds(1))
            }
            try await eventually { parts.metrics.count(.traceSpansExported, "") == 3 }
        }
        #expect(parts.events.values.isEmpty)
    }

    @Test("What a collector refuses is not sent again; what it rejects of a batch is counted")
    func refusals() async throws {
        let parts = Parts()
        parts.collector.answers(
            .refused(reason: "400"),
            .taken(rejected: 2, words: "too old"),
            .taken(rejected: 99, words: nil)
        )
        try await Self.run(parts) {
            for expected in 1...3 {
                parts.record(3)
                await parts.passInterval()
                try await eventually { parts.sizes.count == expected }
            }
        }
        #expect(parts.metrics.count(.traceSpansDropped, "export_failed") == 3)
        #expect(parts.metrics.count(.traceSpansDropped, "rejected") == 5)
        #expect(parts.metrics.count(.traceSpansExported, "") == 1)
        #expect(
            parts.events.values == [
                .failing(reason: "400"), .rejected(2, words: "too old"), .working(lost: 3), .rejected(3, words: nil),
            ]
        )
    }

    @Test("At the end all that is left goes out, in batches")
    func farewell() async {
        let parts = Parts()
        parts.record(25)
        parts.writer.stop()
        await parts.writer.run()
        #expect(parts.sizes == [10, 10, 5])
        #expect(parts.metrics.count(.traceSpansExported, "") == 25)
    }

    @Test("A collector that hangs does not hold up the end, and what it did not get is counted")
    func hangs() async throws {
        let parts = Parts()
        parts.collector.hang()
        parts.record(25)
        parts.writer.stop()
        async let end: Void = parts.writer.run()
        try await eventually { parts.sizes == [10] }
        await parts.clock.untilSleeping(2)
        parts.clock.advance(by: .seconds(5))
        await end
        #expect(parts.metrics.count(.traceSpansDropped, "export_failed") == 25)
    }

    @Test("The end does not wait for a pause between two attempts")
    func endsPause() async throws {
        let parts = Parts()
        parts.collector.answers(.retry(after: .seconds(30), reason: "busy"))
        try await Self.run(parts) {
            parts.record(3)
            await parts.passInterval()
            try await eventually { parts.sizes.count == 1 }
            await parts.clock.untilSleeping(1)
        }
        // Once more, and then no more.
        #expect(parts.sizes == [3, 3])
        #expect(parts.metrics.count(.traceSpansDropped, "export_failed") == 3)
    }
}
