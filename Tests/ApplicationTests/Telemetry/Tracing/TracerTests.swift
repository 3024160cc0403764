import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Whose traces are recorded")
struct TracerTests {
    private static let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"

    private static func origin(_ flags: String) -> TraceOrigin {
        TraceOrigin(
            context: TraceContext(traceparent: "\(Self.header)-\(flags)", tracestate: "vendor=1"),
            http: .init(method: "POST", path: "/v1/chat/completions", scheme: "https")
        )
    }

    @Test("A caller's trace goes on: its id, its state and its flags, with the call as parent of what the engine does")
    func goesOn() throws {
        let origin = Self.origin("03")
        let way = TracedWay(origin)
        let told = try #require(way.called())
        way.entry.finish(.completed)
        let spans = try #require(way.spans.requests.first)
        let caller = try #require(origin.context)
        #expect(spans[0].parent == caller.spanID && spans[0].isParentRemote)
        #expect(told.traceID == caller.traceID && told.state == "vendor=1" && told.flags == 3)
        #expect(told.spanID != caller.spanID && told.spanID != spans[0].context.spanID)
        #expect(spans.allSatisfy { $0.context.traceID == caller.traceID && $0.context.state == "vendor=1" })
    }

    @Test("What a caller does not record is not recorded here, and the engine is told so")
    func unsampled() throws {
        let way = TracedWay(Self.origin("00"))
        let told = try #require(way.called())
        way.entry.finish(.completed)
        #expect(way.spans.requests.isEmpty)
        #expect(!told.isSampled && told.traceparent.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
    }

    @Test("A trace that begins here has a random id, and the engine is told of it")
    func begins() throws {
        let way = TracedWay(TraceOrigin())
        let told = try #require(way.called())
        way.entry.finish(.completed)
        let spans = try #require(way.spans.requests.first)
        #expect(told.isRandom && told.isSampled)
        #expect(spans[0].parent == nil && !spans[0].isParentRemote)
        // What did not come over HTTP is nobody's request to a server.
        #expect(spans[0].kind == .internal && spans[0].name == "chat")
    }

    @Test("Of the traces that begin here the wanted part is recorded, as others would decide by the id")
    func ratio() throws {
        let random = SeededNumbers(seed: 7)
        func part(_ ratio: Double) -> Double {
            let tracer = Tracer(sampleRatio: ratio, recorder: RecordingSpans(), random: random)
            let count = 20_000
            let recorded = (0..<count).count { _ in
                tracer.begin(TraceOrigin(), at: MonotonicInstant(nanoseconds: 0)).isRecorded
            }
            return Double(recorded) / Double(count)
        }
        #expect(part(0) == 0 && part(1) == 1)
        #expect(abs(part(0.25) - 0.25) < 0.02)
        // By the last 56 bits: the highest are recorded first.
        let tracer = Tracer(
            sampleRatio: 0.5,
            recorder: RecordingSpans(),
            random: CountedNumbers(from: 0xFF7F_FFFF_FFFF_FFFD)
        )
        #expect(!tracer.begin(TraceOrigin(), at: MonotonicInstant(nanoseconds: 0)).isRecorded)
        let other = Tracer(
            sampleRatio: 0.5,
            recorder: RecordingSpans(),
            random: CountedNumbers(from: 0x7F_FFFF_FFFF_FFFE)
        )
        #expect(other.begin(TraceOrigin(), at: MonotonicInstant(nanoseconds: 0)).isRecorded)
    }

    @Test("A caller's trace does not ask the ratio")
    func ratioIsForOwn() throws {
        let way = TracedWay(Self.origin("01"), ratio: 0)
        way.entry.finish(.completed)
        #expect(way.spans.requests.count == 1)
    }

    @Test("Where nothing is traced, what the caller sent is handed on as it is, and nothing is begun")
    func handedOn() throws {
        let telemetry = Telemetry(clock: ManualClock(), recorder: RecordingRecorder(), metrics: RecordingMetrics())
        func entry(_ origin: TraceOrigin) -> RequestEntry {
            RequestEntry(
                requestID: RequestID(generated: "r1"),
                project: .default,
                dialect: .openAI,
                operation: .chat,
                origin: origin,
                telemetry: telemetry,
                statusOf: { _ in 500 }
            )
        }
        let note = EngineCallNote(engine: TracedWay.ollama, model: "m", work: TracedWay.work())
        let handed = entry(Self.origin("01"))
        #expect(handed.calls(note)?.context.traceparent == "\(Self.header)-01")
        #expect(handed.calls(note)?.context.state == "vendor=1")
        #expect(entry(TraceOrigin()).calls(note) == nil)
        handed.finish(.completed)
        #expect(
            (telemetry.recorder as? RecordingRecorder)?.records.last?.traceID?.description
                == "4bf92f3577b34da6a3ce929d0e0e4736"
        )
    }

    @Test("Requests that share a generation: the engine is told of the call of the first, which has its span")
    func shared() throws {
        let way = TracedWay(Self.origin("01"))
        try way.queued()
        let shadow = way.entry.shadow()
        let note = EngineCallNote(engine: TracedWay.ollama, model: "m", work: TracedWay.work())
        let told = try #require(shadow.calls(note)?.context)
        shadow.finish(.completed)
        way.admitted()
        way.called()
        way.began()
        way.entry.finish(.completed)
        let requests = way.spans.requests
        #expect(requests.count == 1)
        #expect(requests[0].contains { $0.context == told })
    }
}

/// Numbers that are the same for a seed.
private final class SeededNumbers: RandomNumbers {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) {
        self.random = Mutex(SeededRandom(seed: seed))
    }

    func next() -> UInt64 { self.random.withLock { $0.next() } }
}
