import Domain
import TestSupport
import Testing

@testable import Adapters
@testable import Application

/// An exchange whose answer has come to its end, 12.345 ms after the request, 3 of them in line.
enum AnsweredExchange {
    /// An engine's answer that is there already.
    private final class Finished: EngineStream {
        typealias Frame = GenerationEvent

        let progress = GenerationProgress()
        let notices: GenerationNotices

        init(notices: GenerationNotices) {
            self.notices = notices
        }

        func next() async throws -> GenerationEvent? { nil }
        func buffered() throws -> GenerationEvent? { nil }
        func cancel(_ error: ServiceError) {}
    }

    static func make(notices: GenerationNotices = GenerationNotices()) throws -> Exchange<GenerationEvent> {
        let clock = ManualClock()
        let telemetry = Telemetry(clock: clock, recorder: RecordingRecorder(), metrics: RecordingMetrics())
        let entry = RequestEntry(
            requestID: RequestID(generated: "id-1"),
            project: .default,
            dialect: .native,
            operation: .chat,
            telemetry: telemetry,
            statusOf: { _ in 500 }
        )
        entry.queued(for: try ModelName("SmolLM2"), in: .chat, as: .normal)
        entry.admitted(to: EngineName("local"), after: .milliseconds(3), loadTime: nil, warm: true)
        clock.advance(by: .microseconds(12_345))
        let ticket = Ticket(
            requestID: entry.requestID,
            project: Project(name: .default),
            model: try ModelName("SmolLM2"),
            engines: [EngineName("local")]
        )
        return try Exchange(
            stream: Finished(notices: notices),
            slot: Slot(engine: EngineName("local"), waited: .milliseconds(3)) { _ in },
            engine: EngineIdentity(name: EngineName("local"), kind: .ollama),
            model: try ModelName("SmolLM2"),
            request: OpenRequests().open(ticket, entry: entry),
            clock: clock
        )
    }
}
