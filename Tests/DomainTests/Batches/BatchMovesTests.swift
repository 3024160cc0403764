import Domain
import Foundation
import Testing

@Suite("The moves of a batch")
struct BatchMovesTests {
    private static let start = Date(timeIntervalSince1970: 1_000_000)
    private static let answer = BatchOutcome.answered(
        status: 200,
        requestID: RequestID(generated: "r"),
        body: Array("{}".utf8)
    )
    private static let refusal = BatchOutcome.answered(
        status: 400,
        requestID: RequestID(generated: "r"),
        body: Array("{}".utf8)
    )

    private static func later(_ seconds: Double) -> Date { self.start.addingTimeInterval(seconds) }

    private static func made() throws -> Batch {
        Batch(
            id: BatchID(generated: "1"),
            project: .default,
            endpoint: .chatCompletions,
            inputFile: FileID(generated: "1"),
            window: try BatchWindow("24h", maxDays: 30),
            createdAt: self.start
        )
    }

    private static func running(_ items: Int) throws -> Batch {
        var batch = try self.made()
        batch.begin(items: items, at: self.later(1))
        return batch
    }

    @Test("It begins, runs and is completed with its last item")
    func completed() throws {
        var batch = try Self.running(2)
        #expect(batch.status == .inProgress && batch.inProgressAt == Self.later(1) && batch.mayRun)
        batch.start(items: 2)
        batch.note(Self.answer, usage: TokenUsage(promptTokens: 3, completionTokens: 4), wasRunning: true)
        batch.settle(at: Self.later(2))
        #expect(batch.status == .inProgress && batch.running == 1)
        batch.note(Self.refusal, usage: nil, wasRunning: true)
        batch.settle(at: Self.later(3))
        #expect(batch.status == .completed && batch.endedAt == Self.later(3) && batch.finalizingAt == Self.later(3))
        #expect(batch.counts == BatchCounts(total: 2, completed: 1, failed: 1))
        #expect(batch.usage.input == 3 && batch.usage.output == 4)
    }

    @Test("A batch of a refused file never runs")
    func failed() throws {
        var batch = try Self.made()
        batch.fail([BatchProblem(.emptyFile, "Nothing.")], at: Self.later(1))
        #expect(batch.status == .failed && batch.endedAt == Self.later(1) && !batch.mayRun)
        batch.begin(items: 3, at: Self.later(2))
        #expect(batch.status == .failed && batch.counts.total == 0)
    }

    @Test("One that is cancelled waits for what runs, and for what waited to be told")
    func cancelled() throws {
        var batch = try Self.running(2)
        batch.start(items: 1)
        try batch.cancel(at: Self.later(2))
        #expect(batch.status == .cancelling && !batch.mayRun && batch.closingReason == .cancelled)
        batch.note(.unanswered(.cancelled), usage: nil, wasRunning: false)
        batch.settle(at: Self.later(3))
        #expect(batch.status == .cancelling)
        try batch.cancel(at: Self.later(4))
        #expect(batch.cancellingAt == Self.later(2))
        batch.note(Self.answer, usage: nil, wasRunning: true)
        batch.settle(at: Self.later(5))
        #expect(batch.status == .cancelled && batch.cancelledAt == Self.later(5))
        #expect(batch.counts == BatchCounts(total: 2, completed: 1, failed: 1))
    }

    @Test("One whose file is still read is cancelled, or expires, at once")
    func beforeItRuns() throws {
        var batch = try Self.made()
        try batch.cancel(at: Self.later(1))
        #expect(batch.status == .cancelled)
        var other = try Self.made()
        other.expire(at: Self.later(2))
        #expect(other.status == .expired && other.expiredAt == Self.later(2))
    }

    @Test("One that expires is finalized until the last item has its line")
    func expired() throws {
        var batch = try Self.running(1)
        batch.expire(at: Self.later(2))
        #expect(batch.status == .finalizing && batch.closingReason == .expired && batch.endedAt == nil)
        batch.note(.unanswered(.expired), usage: nil, wasRunning: false)
        batch.settle(at: Self.later(3))
        #expect(batch.status == .expired && batch.counts.failed == 1)
    }

    @Test("What has ended cannot be cancelled, paused or resumed, and says so")
    func afterTheEnd() throws {
        var batch = try Self.made()
        batch.fail([], at: Self.later(1))
        let before = batch
        let moves: [(inout Batch, Date) throws -> Void] = [
            { try $0.cancel(at: $1) }, { try $0.pause(at: $1) }, { try $0.resume(at: $1) },
        ]
        for move in moves {
            let error = #expect(throws: ServiceError.self) { try move(&batch, Self.later(2)) }
            #expect(error?.code == .conflict && error?.isRetryable == false)
            #expect(error?.message.contains("'failed'") == true)
        }
        #expect(batch == before)
    }

    @Test("Paused, nothing of it starts; its pace is measured anew when it goes on")
    func pause() throws {
        var batch = try Self.running(11)
        batch.start(items: 1)
        batch.note(Self.answer, usage: nil, wasRunning: true)
        #expect(batch.estimatedEnd(at: Self.later(3)) == Self.later(23))
        try batch.pause(at: Self.later(3))
        #expect(!batch.mayRun && batch.status == .inProgress && batch.estimatedEnd(at: Self.later(4)) == nil)
        try batch.resume(at: Self.later(1000))
        #expect(batch.mayRun && batch.pausedAt == nil && batch.estimatedEnd(at: Self.later(1001)) == nil)
        batch.note(Self.answer, usage: nil, wasRunning: true)
        #expect(batch.estimatedEnd(at: Self.later(1001)) == Self.later(1010))
    }

    @Test("After a restart nothing runs")
    func restart() throws {
        var batch = try Self.running(2)
        batch.start(items: 2)
        batch.restart(at: Self.later(9))
        #expect(batch.running == 0 && batch.paceSince == Self.later(9) && batch.counts.open == 2)
    }
}

@Suite("Completion windows")
struct BatchWindowTests {
    @Test(
        "Hours and days up to the limit",
        arguments: [("24h", 24), ("1h", 1), ("7d", 168), ("720h", 720), ("30d", 720)]
    )
    func valid(_ text: String, _ hours: Int) throws {
        let window = try BatchWindow(text, maxDays: 30)
        #expect(window.hours == hours && window.description == text)
    }

    @Test(
        "Anything else is refused by name",
        arguments: ["", "h", "0h", "24", "24m", "-1h", "1.5h", "24 h", "31d", "721h", "99999999999999999999h", "١h"]
    )
    func invalid(_ text: String) {
        let error = #expect(throws: ServiceError.self) { try BatchWindow(text, maxDays: 30) }
        #expect(error?.faults.first?.pointer == "/completion_window")
    }
}
