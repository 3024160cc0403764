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

    private struct State {
        var projects: BoundedNames<ProjectName>
        var models: BoundedNames<ModelName>
    }

    private let metrics: any Metrics
    private let clock: any ServiceClock
    private let state: Mutex<State>

    /// Starts counting.
    public init(metrics: any Metrics, bounds: Bounds, clock: any ServiceClock) {
        self.metrics = metrics
        self.clock = clock
        self.state = Mutex(
            State(
                projects: BoundedNames(capacity: bounds.projects, idle: bounds.idle),
                models: BoundedNames(capacity: bounds.models, idle: bounds.idle)
            )
        )
    }

    /// Counts a request.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let names = self.names(of: record)
        self.count(record, project: names.project)
        self.measure(record, model: names.model)
    }

    // MARK: Parts

    private func count(_ record: RequestRecord, project: MetricLabel) {
        let ending = MetricLabel("ending", record.ending.word)
        self.metrics.increment(
            .requests,
            MetricLabel("operation", record.operation.rawValue),
            MetricLabel("dialect", record.dialect.rawValue),
            ending
        )
        self.metrics.increment(.projectRequests, project, ending)
        if case .failed(let error) = record.ending {
            self.metrics.increment(.errors, MetricLabel("code", error.code.rawValue))
        }
        if let phase = record.cancelledPhase {
            self.metrics.increment(.cancellations, MetricLabel("phase", phase.rawValue))
        }
        let cached = Double(max(0, record.usage?.cachedTokens ?? 0)) * record.share
        let tokens = [
            ("input", record.bookedPromptTokens), ("output", record.bookedCompletionTokens), ("cached", cached),
        ]
        for (type, count) in tokens where count >= 0.5 {
            self.metrics.add(Int(count.rounded()), to: .tokens, [project, MetricLabel("type", type)])
        }
    }

    private func measure(_ record: RequestRecord, model: MetricLabel) {
        let operation = MetricLabel("gen_ai_operation_name", record.operation.conventionalName)
        self.metrics.observe(record.total, in: .duration, operation, model)
        if let overhead = record.overhead { self.metrics.observe(overhead, in: .overhead) }
        // Who got no slot has waited as well, but not for how long one waits for a slot.
        if record.engine != nil, let wait = record.queueWait, let requestClass = record.requestClass {
            self.metrics.observe(wait, in: .queueWait, MetricLabel("class", requestClass.rawValue))
        }
        if let usage = record.usage {
            for (type, count) in [("input", usage.promptTokens), ("output", usage.completionTokens)] {
                let labels = [operation, MetricLabel("gen_ai_token_type", type)]
                self.metrics.observe(Double(max(0, count)), in: .tokenUsage, labels)
            }
        }
        guard record.ending == .completed, let first = record.firstEvent else { return }
        self.metrics.observe((record.queueWait ?? .zero) + first, in: .timeToFirstToken, model)
        if let time = record.timePerOutputToken { self.metrics.observe(time, in: .timePerOutputToken, model) }
    }

    private func names(of record: RequestRecord) -> (project: MetricLabel, model: MetricLabel) {
        let now = self.clock.now
        var forgotten: [MetricLabel] = []
        let names = self.state.withLock { state in
            let project = state.projects.use(record.project, at: now)
            if let name = project.replaced?.name { forgotten.append(RequestMetrics.label(project: name)) }
            let model = record.model.map { state.models.use($0, at: now) }
            if let name = model?.replaced?.name { forgotten.append(RequestMetrics.label(model: name)) }
            let hasPlace = model.map { $0.id != BoundedNames<ModelName>.other } ?? false
            return (
                project: project.id == BoundedNames<ProjectName>.other
                    ? MetricLabel("project", RequestMetrics.others) : RequestMetrics.label(project: record.project),
                model: record.model.map { hasPlace ? RequestMetrics.label(model: $0) : Self.otherModel }
                    ?? MetricLabel("gen_ai_request_model", "unknown")
            )
        }
        for label in forgotten { self.metrics.forget(label) }
        return names
    }

    private static let others = "other"
    private static let otherModel = MetricLabel("gen_ai_request_model", others)

    private static func label(project: ProjectName) -> MetricLabel {
        MetricLabel("project", project.description)
    }

    private static func label(model: ModelName) -> MetricLabel {
        MetricLabel("gen_ai_request_model", model.canonical)
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
