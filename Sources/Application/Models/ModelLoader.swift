public import Domain

/// Loads and unloads models at engines, for the scheduler's actions `load` and `unload`.
///
/// How it ended comes back through the directory's observer: `loaded` with the time it took, `unloaded` or
/// `loadFailed`. So what the scheduler knows and what the directory knows cannot part.
public struct ModelLoader: ModelMover {
    private let directory: EngineDirectory
    private let keepAlive: KeepAlive?

    /// Creates a loader.
    ///
    /// `keepAlive`: how long a model stays when nobody uses it and it is not pinned; nil leaves it to the engine.
    public init(directory: EngineDirectory, keepAlive: KeepAlive? = nil) {
        self.directory = directory
        self.keepAlive = keepAlive
    }

    /// Loads a model and returns when the engine has it, or cannot have it.
    ///
    /// - Returns: what went wrong, if something did.
    @discardableResult
    public func load(_ model: ModelName, as runner: ModelName, on engine: EngineName) async -> ServiceError? {
        let model = self.directory.nameToLoad(model, on: engine)
        guard let move = self.directory.beginMove(of: model, as: runner, on: engine) else { return .engineUnreachable }
        let (client, wish) = (move.engine.client, self.wish(model, on: move.engine))
        do {
            let took = try await self.directory.watching(model, on: engine) { try await client.load(wish) }
            // What context it has the engine alone knows.
            let loaded = try? await client.probe().loaded.first { $0.name == model }
            self.directory.endMove(move, .loaded(took: took, context: loaded?.context))
            return nil
        } catch {
            let told = (error as? ServiceError) ?? .callerLeft
            self.directory.endMove(move, .loadFailed(told))
            return told
        }
    }

    /// Unloads a model and returns when the engine no longer has it.
    ///
    /// - Returns: what went wrong, if something did; the observer is then told anew how the engine is.
    @discardableResult
    public func unload(_ model: ModelName, on engine: EngineName) async -> ServiceError? {
        guard let move = self.directory.beginMove(of: model, as: model, on: engine) else { return .engineUnreachable }
        do {
            var wish = self.wish(model, on: move.engine)
            // The engine knows the runner by the name under which it was loaded.
            if let name = self.directory.residentName(of: model, on: engine) { wish.model = name }
            try await move.engine.client.unload(wish)
            self.directory.endMove(move, .unloaded)
            return nil
        } catch {
            self.directory.endMove(move, .unloadFailed)
            return (error as? ServiceError) ?? .callerLeft
        }
    }

    private func wish(_ model: ModelName, on engine: EngineDirectory.Engine) -> ModelLoad {
        let info = engine.model(model)
        let generates = info.map { $0.capabilities.isEmpty || $0.capabilities.contains(.completion) } ?? true
        let stays = self.directory.staysForEver(model, on: engine.client.identity.name)
        return ModelLoad(
            model: engine.engineName(of: model),
            generates: generates,
            keepAlive: stays ? .forEver : self.keepAlive
        )
    }
}
