public import Domain

/// One row of the list of all engines' models.
public struct ModelRow: Sendable {
    /// What is known of the model.
    public enum Content: Sendable {
        /// The engine's own row: a JSON object, byte by byte as it wrote it.
        case written([UInt8])
        /// What an engine without such rows says of it, and of its place in memory.
        case known(ModelInfo, LoadedModel?)
    }

    /// The model.
    public let name: ModelName
    /// When it was last changed, where the engine says it.
    public let modified: ModificationTime?
    /// The engine that the row is about: the first that has the model.
    public let engine: EngineName
    /// What is known of the model.
    public let content: Content
    /// Whether the model is to stay in the engine's memory.
    public let isPinned: Bool
}

/// Lists the models of all engines in the engines' own words.
public struct ModelRowsUseCase: Sendable {
    private let directory: EngineDirectory
    private let monitor: EngineMonitor

    /// Creates the use case.
    public init(directory: EngineDirectory, monitor: EngineMonitor) {
        self.directory = directory
        self.monitor = monitor
    }

    /// The rows of all engines that answer; each model once, as the first engine that has it says.
    ///
    /// Installed models come newest first, as Ollama lists them; loaded ones in the order of the engines.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable` if no engine answers.
    public func rows(of list: ModelList, visibleTo project: Project) async throws -> [ModelRow] {
        var engines = self.answering
        if engines.isEmpty {
            await self.monitor.refresh()
            engines = self.answering
        }
        let lists = try await self.lists(list, of: engines)
        guard !lists.isEmpty else {
            throw ServiceError(.engineUnavailable, "No engine answers.", retryAfter: .seconds(2))
        }
        var seen: Set<ModelName> = []
        let rows = lists.joined().filter { project.mayUse($0.name) && seen.insert($0.name).inserted }
        return list == .installed ? ModelRowsUseCase.newestFirst(rows) : rows
    }

    private var answering: [EngineDirectory.Engine] {
        self.directory.engines.filter { $0.state == .up || $0.state == .draining }
    }

    /// The list of each engine that gives one, in the order of the engines.
    private func lists(_ list: ModelList, of engines: [EngineDirectory.Engine]) async throws -> [[ModelRow]] {
        let found = await withTaskGroup(of: (Int, [ModelRow]?).self) { group in
            for (index, engine) in engines.enumerated() {
                group.addTask { (index, await self.rows(of: list, on: engine)) }
            }
            return await group.reduce(into: [Int: [ModelRow]]()) { $0[$1.0] = $1.1 }
        }
        try Task.checkCancellation()
        return engines.indices.compactMap { found[$0] }
    }

    /// The rows of one engine; nil if it does not answer after all.
    private func rows(of list: ModelList, on engine: EngineDirectory.Engine) async -> [ModelRow]? {
        let name = engine.client.identity.name
        guard let administration = engine.client.administration else {
            return ModelRowsUseCase.known(list, of: engine)
        }
        do {
            return try await administration.rows(of: list).map {
                ModelRow(
                    name: $0.name,
                    modified: $0.modified,
                    engine: name,
                    content: .written($0.json),
                    isPinned: self.directory.isPinned($0.name, on: name)
                )
            }
        } catch {
            if error as? ServiceError == .engineUnreachable { self.directory.suspect(name) }
            return nil
        }
    }

    private static func known(_ list: ModelList, of engine: EngineDirectory.Engine) -> [ModelRow] {
        (engine.report?.models ?? []).compactMap { model in
            let loaded = engine.loadedModel(model.name)
            guard list == .installed || loaded != nil else { return nil }
            return ModelRow(
                name: model.name,
                modified: model.modifiedAt.flatMap { ModificationTime(rfc3339: $0) },
                engine: engine.client.identity.name,
                content: .known(model, loaded),
                isPinned: false
            )
        }
    }

    /// The order in which Ollama lists; models of the same time, and those without one at the end, stay as they are.
    private static func newestFirst(_ rows: [ModelRow]) -> [ModelRow] {
        let sorted = rows.enumerated().sorted { left, right in
            switch (left.element.modified, right.element.modified) {
            case (let one?, let other?) where one != other: one > other
            case (_?, nil): true
            case (nil, _?): false
            default: left.offset < right.offset
            }
        }
        return sorted.map(\.element)
    }
}
