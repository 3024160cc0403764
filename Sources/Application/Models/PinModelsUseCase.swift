public import Domain

/// Keeps models in engines' memory until somebody lets them go.
///
/// What is pinned is no victim of the scheduler, comes back with its engine, and outlives a restart of the service.
public struct PinModelsUseCase: Sendable {
    private let memory: ModelMemoryUseCase
    private let directory: EngineDirectory
    private let mover: any ModelMover
    private let store: any PinStore

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - memory: takes models into memory.
    ///   - directory: the engines, and what is pinned on them.
    ///   - mover: tells engines how long a model is to stay.
    ///   - store: what must survive a restart.
    public init(
        memory: ModelMemoryUseCase,
        directory: EngineDirectory,
        mover: any ModelMover,
        store: any PinStore
    ) {
        self.memory = memory
        self.directory = directory
        self.mover = mover
        self.store = store
    }

    /// Takes back the pins from before the service was started; to be called before engines are asked.
    ///
    /// - Throws: an error of the store.
    public func restore() async throws {
        self.directory.restore(try await self.store.pins())
    }

    /// Has an engine load a model, and keeps it there; returns when it is there.
    ///
    /// A model that is pinned already stays where it is. The wish waits in line as a request for the model does.
    ///
    /// - Throws: ``ServiceError`` `conflict` where every place is kept for another model, `not_supported_by_engine` where
    ///   only engines have it that never unload, `internal` if the pin cannot be written down; else as
    ///   ``ModelMemoryUseCase/load(_:for:as:requestID:on:)``. Nothing is pinned then that was not before.
    public func pin(
        _ model: ModelName,
        for project: Project,
        as requestClass: RequestClass,
        requestID: RequestID,
        on wish: EngineName? = nil
    ) async throws -> ModelMemoryUseCase.Loaded {
        let target = try await self.memory.target(model, on: wish)
        let slot = try await self.memory.slot(
            for: ModelTarget(name: target.name, engines: try self.candidates(target)),
            project: project,
            requestClass: requestClass,
            requestID: requestID
        )
        defer { slot.release() }
        let loaded = ModelMemoryUseCase.Loaded(engine: slot.engine, took: slot.loadTime)
        guard !self.directory.staysForEver(target.name, on: slot.engine) else { return loaded }
        try self.directory.pin(target.name, on: slot.engine)
        do {
            try await self.keep(target.name, on: slot.engine)
            return loaded
        } catch {
            self.directory.prepareToUnpin(target.name, on: slot.engine)
            await self.tell(target.name, slot.engine)
            self.directory.unpin(target.name, on: slot.engine)
            throw error
        }
    }

    /// Lets a model go on all engines on which it is pinned, or on the one that is wished for.
    ///
    /// It stays in memory for as long as any other does that nobody uses.
    ///
    /// - Returns: the engines on which it was pinned.
    /// - Throws: ``ServiceError`` `internal` if that cannot be written down; `model_not_found` or `not_found` where it
    ///   was not pinned and there is no such model or engine.
    public func unpin(_ model: ModelName, on wish: EngineName? = nil) async throws -> [EngineName] {
        let pins = self.directory.pins(of: model).filter { wish == nil || $0.engine == wish }
        guard !pins.isEmpty else {
            _ = try await self.memory.target(model, on: wish)
            return []
        }
        for pin in pins {
            try await self.written { try await self.store.remove(pin) }
            self.directory.prepareToUnpin(pin.model, on: pin.engine)
            // While the place is still kept, nobody can take it from under this.
            if self.directory.residentModel(pin.model, on: pin.engine) != nil { await self.tell(pin.model, pin.engine) }
            self.directory.unpin(pin.model, on: pin.engine)
        }
        return pins.map(\.engine)
    }

    // MARK: Parts

    /// The engines on which a model could be kept: those where it is already, else those with a place for it.
    private func candidates(_ target: ModelTarget) throws -> [EngineName] {
        let able = target.engines.filter { self.directory.engine($0)?.client.identity.kind == .ollama }
        guard !able.isEmpty else {
            throw ServiceError(
                .notSupportedByEngine,
                "The engine of the model '\(target.name.spelling)' holds it for as long as it runs.",
                isRetryable: false
            )
        }
        let pinned = able.filter { self.directory.isPinned(target.name, on: $0) }
        guard pinned.isEmpty else { return pinned }
        let free = able.filter { self.directory.mayPin(target.name, on: $0) }
        guard !free.isEmpty else { throw ServiceError.allPlacesPinned(on: able) }
        return free
    }

    private func keep(_ model: ModelName, on engine: EngineName) async throws {
        if let error = await self.tell(model, engine) { throw error }
        try await self.written { try await self.store.add(ModelPin(model: model, engine: engine)) }
    }

    /// Tells an engine how long a model is to stay that it holds.
    @discardableResult
    private func tell(_ model: ModelName, _ engine: EngineName) async -> ServiceError? {
        await self.mover.load(model, as: self.directory.scheduledName(of: model), on: engine)
    }

    private func written(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(
                .internal,
                "The service cannot write down what is pinned; its log and GET /readyz say more. Nothing has changed."
            )
        }
    }
}
