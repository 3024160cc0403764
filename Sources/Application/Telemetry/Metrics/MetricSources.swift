import Domain

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

/// How stored batches are.
public struct BatchReadings: MetricSource {
    private let store: any BatchStore

    /// Looks at batches.
    public init(store: any BatchStore) {
        self.store = store
    }

    /// See ``MetricSource/readings``; nothing while the store cannot be read.
    public var readings: [MetricReading] {
        get async {
            guard let backlog = try? await self.store.backlog() else { return [] }
            let open = BatchStatus.allCases.filter { !$0.isEnd }.map { status in
                let count = Double(backlog.batches[status] ?? 0)
                return MetricReading(.batches, count, MetricLabel("status", status.rawValue))
            }
            return open + [
                MetricReading(.batches, Double(backlog.paused), MetricLabel("status", "paused")),
                MetricReading(.batchItems, Double(backlog.waitingItems), MetricLabel("state", "waiting")),
                MetricReading(.batchItems, Double(backlog.runningItems), MetricLabel("state", "running")),
            ]
        }
    }
}

/// How the image pipeline is.
public struct ImageReadings: MetricSource {
    private let pipeline: ImagePipeline

    /// Looks at a pipeline.
    public init(pipeline: ImagePipeline) {
        self.pipeline = pipeline
    }

    /// See ``MetricSource/readings``.
    public var readings: [MetricReading] {
        let statistics = self.pipeline.statistics
        let cache = statistics.cache
        let load = self.pipeline.load
        return [
            MetricReading(.images, Double(statistics.processed)),
            MetricReading(.imageBytesSaved, Double(statistics.savedBytes)),
            MetricReading(.imagesInWork, Double(load.working), MetricLabel("state", "working")),
            MetricReading(.imagesInWork, Double(load.waiting), MetricLabel("state", "waiting")),
            MetricReading(.imageCacheRequests, Double(cache.hits), MetricLabel("result", "hit")),
            MetricReading(.imageCacheRequests, Double(cache.misses), MetricLabel("result", "miss")),
            MetricReading(.imageCacheEvictions, Double(cache.evictions)),
            MetricReading(.imageCacheEntries, Double(cache.entries)),
            MetricReading(.imageCacheBytes, Double(cache.bytes)),
        ]
    }
}
