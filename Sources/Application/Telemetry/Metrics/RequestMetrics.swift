import Domain
import Synchronization

/// Counts every request that has ended, by its record.
///
/// Names of projects and models become labels only as long as there is a place for them: a name that has not been used
/// for an hour gives its place, and its series, to a new one; all others are together `other`.
public final class RequestMetrics: RequestRecorder {
    /// How many names have series of their own.
    public struct Bounds: Sendable {
        /// Projects.
        public var projects: Int
        /// Models; each has three histograms.
        public var models: Int
        /// How long a name has not been used when a new one may take its place.
        public var idle = Duration.seconds(3600)

        /// Creates bounds.
        public init(projects: Int, models: Int) {
            self.projects = projects
            self.models = models
        }
    }

    fileprivate struct State {
        var common: SeriesSet
        var projects: SeriesOfNames<ProjectName>
        var models: SeriesOfNames<ModelName>
    }

    private let clock: any ServiceClock
    private let state: Mutex<State>

    /// Starts counting.
    public init(metrics: any Metrics, bounds: Bounds, clock: any ServiceClock) {
        self.clock = clock
        self.state = Mutex(
            State(
                common: SeriesSet(of: metrics),
                projects: SeriesOfNames(
                    in: metrics,
                    of: BoundedNames(capacity: bounds.projects, idle: bounds.idle),
                    label: "project",
                    text: \.description
                ),
                models: SeriesOfNames(
                    in: metrics,
                    of: BoundedNames(capacity: bounds.models, idle: bounds.idle),
                    label: "gen_ai_request_model",
                    text: \.canonical
                )
            )
        )
    }

    /// Counts a request.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let now = self.clock.now
        self.state.withLock { state in
            state.count(record, at: now)
            state.measure(record, at: now)
        }
    }
}

extension RequestMetrics.State {
    fileprivate mutating func count(_ record: RequestRecord, at now: MonotonicInstant) {
        let (project, series) = self.projects.use(record.project, at: now)
        let ending = record.ending.word
        self.common.add(1, to: .requests, record.operation.rawValue, record.dialect.rawValue, ending)
        series.add(1, to: .projectRequests, project, ending)
        if case .failed(let error) = record.ending { self.common.add(1, to: .errors, error.code.rawValue) }
        if let phase = record.cancelledPhase { self.common.add(1, to: .cancellations, phase.rawValue) }
        func book(_ tokens: Double, _ type: String) {
            if tokens >= 0.5 { series.add(Int(tokens.rounded()), to: .tokens, project, type) }
        }
        book(record.bookedPromptTokens, "input")
        book(record.bookedCompletionTokens, "output")
        book(Double(max(0, record.usage?.cachedTokens ?? 0)) * record.share, "cached")
    }

    fileprivate mutating func measure(_ record: RequestRecord, at now: MonotonicInstant) {
        let operation = record.operation.conventionalName
        let (model, series) = record.model.map { self.models.use($0, at: now) } ?? ("unknown", self.common)
        series.observe(record.total, in: .duration, operation, model)
        if let overhead = record.overhead { self.common.observe(overhead, in: .overhead) }
        // Who got no slot has waited as well, but not for how long one waits for a slot.
        if record.engine != nil, let wait = record.queueWait, let requestClass = record.requestClass {
            self.common.observe(wait, in: .queueWait, requestClass.rawValue)
        }
        if let usage = record.usage {
            self.common.observe(Double(max(0, usage.promptTokens)), in: .tokenUsage, operation, "input")
            self.common.observe(Double(max(0, usage.completionTokens)), in: .tokenUsage, operation, "output")
        }
        guard record.ending == .completed, let first = record.firstEvent else { return }
        series.observe((record.queueWait ?? .zero) + first, in: .timeToFirstToken, model)
        if let time = record.timePerOutputToken { series.observe(time, in: .timePerOutputToken, model) }
    }
}

extension Operation {
    /// What OpenTelemetry's conventions for generative AI call it (`gen_ai.operation.name`).
    var conventionalName: String {
        switch self {
        case .generate: "text_completion"
        case .chat: "chat"
        case .embed: "embeddings"
        case .transcribe: "transcription"
        }
    }
}

extension RequestRecord {
    /// What a token of the answer took: by the engine's own clock where it tells, else from the first piece to the end.
    fileprivate var timePerOutputToken: Duration? {
        guard let tokens = self.usage?.completionTokens, tokens > 0 else { return nil }
        if let generation = self.timings?.generation, generation > .zero { return generation / tokens }
        guard tokens > 1, let first = self.firstEvent else { return nil }
        let before = (self.queueWait ?? .zero) + first + (self.overhead ?? .zero)
        return self.total > before ? (self.total - before) / (tokens - 1) : nil
    }
}
