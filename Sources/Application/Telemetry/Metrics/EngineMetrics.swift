import Domain

/// Counts what happens at the engines.
public struct EngineMetrics: Sendable {
    private let metrics: any Metrics

    /// Starts counting.
    public init(metrics: any Metrics) {
        self.metrics = metrics
    }

    /// Counts an event.
    public func note(_ event: EngineEvent) {
        switch event {
        case .loaded(_, let engine, let took):
            self.count(took == nil ? "other" : "service", on: engine)
            if let took { self.metrics.observe(took, in: .modelLoad, EngineMetrics.label(engine)) }
        case .loadFailed(_, let engine, _): self.count("failed", on: engine)
        case .unloaded(_, let engine): self.metrics.increment(.modelUnloads, EngineMetrics.label(engine))
        case .removed(let engine): self.metrics.forget(EngineMetrics.label(engine))
        case .up, .changed, .down, .modelSlots, .pinned: break
        }
    }

    /// The mover of a scheduler, with every swap counted.
    public func counting(_ mover: any ModelMover) -> any ModelMover {
        CountedMover(mover: mover, metrics: self.metrics)
    }

    private func count(_ outcome: String, on engine: EngineName) {
        self.metrics.increment(.modelLoads, EngineMetrics.label(engine), MetricLabel("outcome", outcome))
    }

    fileprivate static func label(_ engine: EngineName) -> MetricLabel {
        MetricLabel("engine", engine.description)
    }
}

/// The scheduler has a model unloaded only for the sake of another one.
private struct CountedMover: ModelMover {
    let mover: any ModelMover
    let metrics: any Metrics

    func load(_ model: ModelName, as runner: ModelName, on engine: EngineName) async -> ServiceError? {
        await self.mover.load(model, as: runner, on: engine)
    }

    func unload(_ model: ModelName, on engine: EngineName) async -> ServiceError? {
        let error = await self.mover.unload(model, on: engine)
        if error == nil { self.metrics.increment(.modelSwaps, EngineMetrics.label(engine)) }
        return error
    }
}
