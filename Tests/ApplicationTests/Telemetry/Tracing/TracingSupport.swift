import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

/// Numbers one after the other.
final class CountedNumbers: RandomNumbers {
    private let last: Mutex<UInt64>

    init(from first: UInt64 = 1) {
        self.last = Mutex(first &- 1)
    }

    func next() -> UInt64 {
        self.last.withLock { last in
            last &+= 1
            return last
        }
    }
}

/// Keeps the spans of requests for a test to look at.
final class RecordingSpans: SpanRecorder {
    private let kept = Mutex<[[Span]]>([])

    var requests: [[Span]] { self.kept.withLock { $0 } }

    func record(_ spans: [Span]) { self.kept.withLock { $0.append(spans) } }
}

extension [Span] {
    /// The only span with a name.
    func one(_ name: String, _ location: SourceLocation = #_sourceLocation) throws -> Span {
        let found = self.filter { $0.name == name }
        try #require(found.count == 1, "\(name) in \(self.map(\.name))", sourceLocation: location)
        return found[0]
    }

    /// What holds of all spans of a request: each has its parent, lies within it, and has an id of its own.
    func checkTree(_ location: SourceLocation = #_sourceLocation) {
        for span in self.dropFirst() {
            let parent = self.first { $0.context.spanID == span.parent }
            #expect(parent != nil, "\(span.name) has no parent", sourceLocation: location)
            guard let parent else { continue }
            #expect(
                parent.start <= span.start && span.start <= span.end && span.end <= parent.end,
                "\(span.name) \(span.start)…\(span.end) in \(parent.name) \(parent.start)…\(parent.end)",
                sourceLocation: location
            )
        }
        #expect(Set(self.map(\.context.spanID)).count == self.count, sourceLocation: location)
        #expect(Set(self.map(\.context.traceID)).count <= 1, sourceLocation: location)
    }
}

extension Span {
    subscript(key: String) -> SpanAttribute.Value? { self.attributes.first { $0.key == key }?.value }

    /// From when to when, in milliseconds since 1970.
    var milliseconds: [Int64] { [self.start / 1_000_000, self.end / 1_000_000] }
}

/// One request whose way a test goes by hand, in virtual time.
struct TracedWay {
    static let ollama = EngineIdentity(name: EngineName("local"), kind: .ollama, url: "http://127.0.0.1:11434")

    let clock = ManualClock()
    let spans = RecordingSpans()
    let entry: RequestEntry

    init(
        _ origin: TraceOrigin = TraceOrigin(http: .init(method: "POST", path: "/api/chat", scheme: "http")),
        ratio: Double = 1,
        contentLimit: Int? = nil,
        operation: Application.Operation = .chat,
        statusOf: @escaping @Sendable (ServiceError) -> Int = { _ in 503 }
    ) {
        self.clock.advance(by: .seconds(1000))
        let telemetry = Telemetry(
            clock: self.clock,
            recorder: RecordingRecorder(),
            metrics: RecordingMetrics(),
            tracer: Tracer(
                sampleRatio: ratio,
                contentLimit: contentLimit,
                recorder: self.spans,
                random: CountedNumbers()
            )
        )
        self.entry = RequestEntry(
            requestID: RequestID(generated: "r1"),
            project: .default,
            dialect: .ollama,
            operation: operation,
            origin: origin,
            telemetry: telemetry,
            statusOf: statusOf
        )
    }

    /// Lets milliseconds pass.
    func pass(_ milliseconds: Int) { self.clock.advance(by: .milliseconds(milliseconds)) }

    func queued(after error: ServiceError? = nil) throws {
        self.entry.queued(for: try ModelName("smollm2"), in: .chat, as: .normal, after: error)
    }

    func admitted(loadTime: Duration? = nil, warm: Bool = true) {
        self.entry.admitted(to: EngineName("local"), after: .zero, loadTime: loadTime, warm: warm)
    }

    @discardableResult
    func called(_ options: GenerationOptions = GenerationOptions(), tellsPieces: Bool = true) -> TraceContext? {
        self.called(on: Self.work(options, tellsPieces: tellsPieces))?.context
    }

    @discardableResult
    func called(on work: any ExchangeWork) -> CallTrace? {
        self.entry.calls(EngineCallNote(engine: Self.ollama, model: "smollm2:135m", work: work))
    }

    /// A request in Ollama's words.
    static func work(
        _ options: GenerationOptions = GenerationOptions(),
        body: String = "{}",
        tellsPieces: Bool = true
    ) -> RelayedRequest {
        RelayedRequest(
            .chat,
            path: "/api/chat",
            body: Array(body.utf8),
            isStreamed: tellsPieces,
            options: options,
            promptBytes: 0
        )
    }

    func began() { self.entry.firstEvent(after: .zero) }

    func produced(_ timings: EngineTimings = EngineTimings()) {
        var progress = GenerationProgress()
        progress.pieces = 3
        progress.summary = GenerationSummary(
            usage: TokenUsage(promptTokens: 5, completionTokens: 3, cachedTokens: 2),
            timings: timings,
            reason: .stop
        )
        self.entry.produced(progress)
    }
}
