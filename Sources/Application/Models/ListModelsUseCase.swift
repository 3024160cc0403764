public import Domain

/// Lists the models of all engines.
public struct ListModelsUseCase: Sendable {
    /// A model and who has it.
    public struct Entry: Sendable {
        /// What the first engine that has it says of it.
        public let model: ModelInfo
        /// All engines that have it.
        public let engines: [EngineName]
    }

    private let directory: EngineDirectory
    private let monitor: EngineMonitor

    /// Creates the use case.
    public init(directory: EngineDirectory, monitor: EngineMonitor) {
        self.directory = directory
        self.monitor = monitor
    }

    /// The union of all engines' models, in the order of the engines.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable` if no engine answers.
    public func list() async throws -> [Entry] {
        await self.monitor.refresh()
        let engines = self.directory.engines.filter { $0.state == .up || $0.state == .draining }
        guard !engines.isEmpty else {
            throw ServiceError(.engineUnavailable, "No engine answers.", retryAfter: .seconds(2))
        }
        var order: [ModelName] = []
        var entries: [ModelName: Entry] = [:]
        for engine in engines {
            for model in engine.report?.models ?? [] {
                let known = entries[model.name]
                if known == nil { order.append(model.name) }
                entries[model.name] = Entry(
                    model: known?.model ?? model,
                    engines: (known?.engines ?? []) + [engine.client.identity.name]
                )
            }
        }
        return order.compactMap { entries[$0] }
    }
}
