import Domain
import TestSupport
import Testing

@testable import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The way of records to the ledger")
struct UsageWriterTests {
    private struct Parts {
        let clock = ManualClock()
        let ledger = MemoryLedger()
        let metrics = RecordingMetrics()
        let losses = Losses()
        let buffer: UsageBuffer
        let writer: UsageWriter

        init(capacity: Int = 10_000) {
            self.buffer = UsageBuffer(capacity: capacity, metrics: self.metrics)
            self.writer = UsageWriter(buffer: self.buffer, ledger: self.ledger, clock: self.clock) {
                [losses = self.losses] in losses.note($0)
            }
        }

        func record(_ range: Range<Int>) {
            for number in range { self.buffer.record(usageRecord("r\(number)")) }
        }
    }

    private static func run(_ parts: Parts, _ body: () async throws -> Void) async rethrows {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await parts.writer.run() }
            try await body()
            parts.writer.stop()
            try await group.waitForAll()
        }
    }

    @Test("Records wait for others, but no longer than a second, and go in one transaction")
    func gathers() async throws {
        let parts = Parts()
        try await Self.run(parts) {
            parts.record(0..<3)
            await parts.clock.untilSleeping(1)
            parts.record(3..<5)
            parts.clock.advance(by: .milliseconds(999))
            #expect(parts.ledger.batches.isEmpty)
            parts.clock.advance(by: .milliseconds(1))
            try await eventually { parts.ledger.batches.count == 1 }
        }
        #expect(parts.ledger.batches.map(\.count) == [5])
        #expect(parts.ledger.ids == (0..<5).map { "r\($0)" })
    }

    @Test("Who reads does not wait for the second, and records that come later are not waited for")
    func reads() async {
        let parts = Parts()
        await Self.run(parts) {
            parts.record(0..<3)
            await parts.clock.untilSleeping(1)
            // The clock stands still.
            await parts.buffer.untilWritten()
            #expect(parts.ledger.ids == ["r0", "r1", "r2"])
            await parts.buffer.untilWritten()
        }
    }

    @Test("Who reads while the ledger cannot be written waits as long as it wants, and hurries nobody")
    func readsInVain() async throws {
        let parts = Parts()
        parts.ledger.fail(true)
        try await Self.run(parts) {
            parts.record(0..<1)
            let reader = Task { await parts.buffer.untilWritten() }
            try await eventually { parts.ledger.attempts == 1 }
            // The next try waits for its time.
            await parts.clock.untilSleeping(1)
            #expect(parts.ledger.attempts == 1)
            reader.cancel()
            await reader.value
            parts.ledger.fail(false)
        }
        #expect(parts.ledger.ids == ["r0"])
    }

    @Test("2,000 records do not wait, and no transaction has twice as many")
    func full() async throws {
        let parts = Parts()
        try await Self.run(parts) {
            parts.record(0..<5000)
            try await eventually { parts.ledger.batches.count == 2 }
            parts.record(5000..<5200)
            #expect(parts.buffer.count == 200)
        }
        #expect(parts.ledger.batches.map(\.count) == [2000, 3000, 200])
        #expect(parts.ledger.ids == (0..<5200).map { "r\($0)" })
    }

    @Test("Without requests nothing is written and nobody wakes up")
    func idle() async {
        let parts = Parts()
        await Self.run(parts) {
            for _ in 0..<100 { await Task.yield() }
            #expect(parts.clock.sleepers == 0)
        }
        #expect(parts.ledger.attempts == 0)
    }

    @Test("What comes before the end is written at the end, whatever the clock says")
    func end() async {
        let parts = Parts()
        await Self.run(parts) { parts.record(0..<1) }
        #expect(parts.ledger.ids == ["r0"])
    }

    @Test("A batch that cannot be written stays, is tried once a second, and is written once")
    func retries() async throws {
        let parts = Parts()
        parts.ledger.fail(true)
        try await Self.run(parts) {
            // More than a batch: the number alone may not make it try again.
            parts.record(0..<2500)
            for attempt in 1...3 {
                try await eventually { parts.ledger.attempts == attempt }
                await parts.clock.untilSleeping(1)
                #expect(parts.buffer.count == 2500)
                parts.clock.advance(by: .seconds(1))
            }
            try await eventually { parts.ledger.attempts == 4 }
            await parts.clock.untilSleeping(1)
            parts.ledger.fail(false)
            parts.clock.advance(by: .seconds(1))
            try await eventually { parts.ledger.batches.count == 1 }
        }
        #expect(parts.ledger.ids == (0..<2500).map { "r\($0)" })
        #expect(parts.losses.reports.isEmpty)
    }

    @Test("A full buffer drops the newcomers, counts them, and says so when writing works again")
    func drops() async throws {
        let parts = Parts(capacity: 10)
        parts.ledger.fail(true)
        try await Self.run(parts) {
            parts.record(0..<25)
            #expect(parts.buffer.count == 10 && parts.buffer.dropped == 15)
            #expect(parts.metrics.count(.usageDropped, "") == 15)
            await parts.clock.untilSleeping(1)
            parts.ledger.fail(false)
            parts.clock.advance(by: .seconds(1))
            try await eventually { parts.ledger.batches.count == 1 }
            try await eventually { parts.losses.reports == [15] }
            parts.record(25..<26)
            await parts.clock.untilSleeping(1)
        }
        #expect(parts.ledger.ids == (0..<10).map { "r\($0)" } + ["r25"])
        #expect(parts.losses.reports == [15])
    }

    @Test("A store that is broken at the end does not keep the service from ending")
    func brokenEnd() async {
        let parts = Parts()
        parts.ledger.fail(true)
        await Self.run(parts) { parts.record(0..<600) }
        #expect(parts.ledger.attempts >= 1 && parts.ledger.attempts <= 2)
        #expect(parts.buffer.count == 600)
    }

    @Test("Every recorder of a group gets every record")
    func group() {
        let recorders = [RecordingRecorder(), RecordingRecorder()]
        RecorderGroup(recorders).record(usageRecord("one"))
        #expect(recorders.map { $0.records.map(\.requestID.description) } == [["one"], ["one"]])
    }
}

/// Notes what was reported as lost.
private final class Losses: Sendable {
    private let kept = RecordedValues<Int>()
    var reports: [Int] { self.kept.values }
    func note(_ dropped: Int) { self.kept.add(dropped) }
}
