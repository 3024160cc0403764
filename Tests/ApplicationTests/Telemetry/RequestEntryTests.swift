import Domain
import TestSupport
import Testing

@testable import Application

@Suite("The open record of a request")
struct RequestEntryTests {
    private let recorder = RecordingRecorder()

    private func entry() -> RequestEntry {
        RequestEntry(
            requestID: RequestID(generated: "r1"),
            project: .default,
            dialect: .ollama,
            operation: .chat,
            telemetry: Telemetry(clock: ManualClock(), recorder: self.recorder, metrics: RecordingMetrics()),
            statusOf: { _ in 599 }
        )
    }

    @Test("What is noted after its end changes nothing of the record, which is others' by then")
    func ended() throws {
        let entry = self.entry()
        let model = try ModelName("smollm2")
        entry.queued(for: model, in: .chat, as: .normal)
        entry.asks(promptBytes: 7)
        entry.finish(.cancelled(.queued))
        entry.queued(for: try ModelName("other"), in: .vlm, as: .batch)
        entry.admitted(to: EngineName("late"), after: .seconds(9), loadTime: .seconds(1), warm: false)
        entry.firstEvent(after: .seconds(9))
        entry.headSent()
        entry.asks(promptBytes: 8)
        entry.shared(0.5)
        var progress = GenerationProgress()
        progress.pieces = 5
        entry.produced(progress)
        entry.finish(.completed)

        let record = try #require(self.recorder.records.first)
        #expect(self.recorder.records.count == 1)
        #expect(record.model == model && record.queue == .chat && record.requestClass == .normal)
        #expect(record.engine == nil && record.warm == nil && record.loadTime == nil && record.firstEvent == nil)
        #expect(record.status == 499 && record.ending == .cancelled(.queued))
        #expect(record.promptBytes == 7 && record.pieces == 0 && record.share == 1)
    }
}
