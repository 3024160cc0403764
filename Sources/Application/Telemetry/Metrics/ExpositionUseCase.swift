import Domain

/// Something whose state is read when it is asked for.
public protocol MetricSource: Sendable {
    /// The present values.
    var readings: [MetricReading] { get }
}

/// Writes all that is measured in a form that others read.
public protocol MetricsExposition: Sendable {
    /// What has been counted, and these values beside it, in Prometheus' text format 0.0.4.
    func text(with readings: [MetricReading]) -> [UInt8]
}

/// Shows all that is measured.
public struct ExpositionUseCase: Sendable {
    private let exposition: any MetricsExposition
    private let sources: [any MetricSource]

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - exposition: what has been counted.
    ///   - sources: what is looked up.
    public init(exposition: any MetricsExposition, sources: [any MetricSource]) {
        self.exposition = exposition
        self.sources = sources
    }

    /// All of it, in Prometheus' text format 0.0.4.
    ///
    /// Takes a millisecond or two; may look into files of the system.
    public func text() -> [UInt8] {
        self.exposition.text(with: self.sources.flatMap(\.readings))
    }
}

/// How the queues are.
public struct QueueReadings: MetricSource {
    private let queues: any QueueReporting

    /// Looks at queues.
    public init(queues: any QueueReporting) {
        self.queues = queues
    }

    /// See ``MetricSource/readings``.
    public var readings: [MetricReading] {
        RequestQueue.allCases.flatMap { queue in
            let label = MetricLabel("queue", queue.rawValue)
            let figures = self.queues.figures(of: queue, for: nil)
            let waiting = self.queues.waiting(in: queue)
            return RequestClass.allCases.map { requestClass in
                let count = waiting[requestClass] ?? 0
                return MetricReading(.queued, Double(count), label, MetricLabel("class", requestClass.rawValue))
            } + [
                MetricReading(.queueCapacity, Double(figures.maxQueueSize), label),
                MetricReading(.running, Double(figures.inProgress), label),
                MetricReading(.maxConcurrent, Double(figures.maxConcurrent), label),
            ]
        }
    }
}

/// How the engines are.
public struct EngineReadings: MetricSource {
    private let health: HealthUseCase

    /// Looks at engines.
    public init(health: HealthUseCase) {
        self.health = health
    }

    /// See ``MetricSource/readings``.
    public var readings: [MetricReading] {
        self.health.engines.flatMap { engine in
            let name = engine.client.identity.name
            let label = MetricLabel("engine", name.description)
            let isUp = engine.state == .up
            let breaker =
                switch self.health.breaker(of: name) {
                case .open: 1.0
                case .halfOpen: 0.5
                case .closed: 0.0
                }
            let readings = [
                MetricReading(.engineUp, isUp ? 1 : 0, label),
                MetricReading(.engineState, 1, label, MetricLabel("state", engine.state.rawValue)),
                MetricReading(.engineBreaker, breaker, label),
                MetricReading(.engineSlots, Double(engine.slots), label),
                MetricReading(.engineRunning, Double(self.health.runningRequests(on: name)), label),
                MetricReading(.engineModels, isUp ? Double(engine.report?.loaded.count ?? 0) : 0, label),
            ]
            let restarts = self.health.process(of: name)?.restarts
            return readings + (restarts.map { [MetricReading(.engineRestarts, Double($0), label)] } ?? [])
        }
    }
}
