import Domain
import TestSupport
import Testing

@testable import Application

@Suite("Records that are handed on together")
struct RecordBatcherTests {
    private let recorder = RecordingRecorder()
    private let clock = ManualClock()
    private let batcher: RecordBatcher

    init() {
        self.batcher = RecordBatcher(self.recorder, clock: self.clock)
    }

    private var ids: [String] { self.recorder.records.map(\.requestID.description) }

    @Test("As long as nothing runs, each is handed on at once")
    func idle() {
        self.batcher.record(usageRecord("one"))
        #expect(self.ids == ["one"])
    }

    @Test("What comes shortly after each other is handed on together, in its order, and what comes behind that as well")
    func together() async throws {
        await self.whileRunning {
            for round in 0..<2 {
                for number in 0..<100 { self.batcher.record(usageRecord("\(round)-\(number)")) }
                await self.clock.untilSleeping(1)
                #expect(self.ids.count == round * 100)
                self.clock.advance(by: .milliseconds(50))
                try await eventually { self.ids.count == (round + 1) * 100 }
            }
        }
        #expect(self.ids == (0..<2).flatMap { round in (0..<100).map { "\(round)-\($0)" } })
    }

    @Test("Whoever wants to know all of it waits for nothing")
    func caughtUp() async throws {
        await self.whileRunning {
            self.batcher.record(usageRecord("one"))
            await self.clock.untilSleeping(1)
            self.batcher.catchUp()
            #expect(self.ids == ["one"])
        }
    }

    @Test("More than a thousand do not wait, even if nobody comes for them")
    func bounded() async throws {
        await self.whileRunning {
            self.batcher.record(usageRecord("first"))
            await self.clock.untilSleeping(1)
            for number in 0..<1022 { self.batcher.record(usageRecord("\(number)")) }
            #expect(self.ids.isEmpty)
            self.batcher.record(usageRecord("last"))
            #expect(self.ids.count == 1024 && self.ids.last == "last")
        }
    }

    @Test("At the end what waits is handed on")
    func end() async throws {
        await self.whileRunning {
            self.batcher.record(usageRecord("one"))
            await self.clock.untilSleeping(1)
        }
        #expect(self.ids == ["one"])
    }

    /// Does something while the batcher runs, and ends that then.
    private func whileRunning(_ body: () async throws -> Void) async {
        let running = Task { await self.batcher.run() }
        // What comes before it runs is handed on at once, and would show that it does not.
        while !self.batcher.isRunning { await Task.yield() }
        await #expect(throws: Never.self) { try await body() }
        running.cancel()
        await running.value
    }
}
