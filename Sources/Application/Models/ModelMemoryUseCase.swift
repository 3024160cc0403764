public import Domain

/// Takes models into engines' memory and out of it, through the scheduler: never behind its back.
public struct ModelMemoryUseCase: Sendable {
    /// How a model came to be in memory.
    public struct Loaded: Sendable {
        /// The engine that has it.
        public let engine: EngineName
        /// How long the load took; nil if the model was there before.
        public let took: Duration?
    }

    private let resolver: ModelResolver
    private let directory: EngineDirectory
    private let admission: any Admission
    private let mover: any ModelMover
    private let running: @Sendable (ModelName, EngineName) -> Int

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - resolver: finds the engines that have a model.
    ///   - directory: the engines.
    ///   - admission: who decides which model an engine loads next.
    ///   - mover: has engines unload.
    ///   - running: how many requests of a model, by its scheduled name, run on an engine.
    public init(
        resolver: ModelResolver,
        directory: EngineDirectory,
        admission: any Admission,
        mover: any ModelMover,
        running: @escaping @Sendable (ModelName, EngineName) -> Int
    ) {
        self.resolver = resolver
        self.directory = directory
        self.admission = admission
        self.mover = mover
        self.running = running
    }

    /// Has an engine load a model, and returns when it has it.
    ///
    /// The wish waits in line as a request for the model does, and gives its slot back without running anything.
    ///
    /// - Throws: ``ServiceError`` as a request for the model would get it; `not_found` for an engine that does not exist.
    public func load(
        _ model: ModelName,
        for project: Project,
        as requestClass: RequestClass,
        requestID: RequestID,
        on wish: EngineName? = nil
    ) async throws -> Loaded {
        let target = try await self.target(model, on: wish)
        let slot = try await self.slot(
            for: target,
            project: project,
            requestClass: requestClass,
            requestID: requestID
        )
        defer { slot.release() }
        return Loaded(engine: slot.engine, took: slot.loadTime)
    }

    /// Has all engines that hold a model unload it, or the one that is wished for.
    ///
    /// A model that requests use is left where it is. Those that wait for it are not asked: they have it loaded again.
    ///
    /// - Returns: the engines that held it.
    /// - Throws: ``ServiceError`` `conflict` if it is in use or pinned, `model_not_found`, `not_supported_by_engine` where it is held
    ///   only by engines that never unload, or what went wrong at an engine.
    public func unload(_ model: ModelName, on wish: EngineName? = nil) async throws -> [EngineName] {
        let target = try await self.resolver.resolve(model, role: .text)
        let holding = try self.engines(target.engines, on: wish)
            .filter { self.directory.residentModel(target.name, on: $0) != nil }
        let able = holding.filter { self.directory.engine($0)?.client.identity.kind == .ollama }
        guard holding.isEmpty || !able.isEmpty else {
            throw ServiceError(
                .notSupportedByEngine,
                "The engine of the model '\(model.spelling)' holds it for as long as it runs.",
                isRetryable: false
            )
        }
        let pins = self.directory.pins(of: target.name).filter { able.contains($0.engine) }
        guard pins.isEmpty else { throw ServiceError.pinned(pins) }
        for engine in able { try await self.unload(target.name, from: engine) }
        return able
    }

    // MARK: Parts

    /// A model and the engines that have it, or the one that is wished for.
    ///
    /// - Throws: ``ServiceError`` `model_not_found`, `not_found` for an engine that does not exist, or what keeps all
    ///   engines from running it.
    func target(_ model: ModelName, on wish: EngineName?) async throws -> ModelTarget {
        let target = try await self.resolver.resolve(model, role: .text)
        let engines = try self.engines(target.engines, on: wish)
        guard !engines.isEmpty else { throw ServiceError.unknownModel(model) }
        return ModelTarget(name: target.name, engines: engines)
    }

    /// Waits in line for a slot of a model, which is in memory then.
    ///
    /// - Throws: ``ServiceError`` as a request for the model would get it.
    func slot(
        for target: ModelTarget,
        project: Project,
        requestClass: RequestClass,
        requestID: RequestID
    ) async throws -> Slot {
        try await self.admission.admit(
            Ticket(
                requestID: requestID,
                project: project,
                requestClass: requestClass,
                model: target.name,
                runner: self.directory.scheduledName(of: target.name),
                engines: target.engines
            )
        )
    }

    private func unload(_ model: ModelName, from engine: EngineName) async throws {
        let scheduled = self.directory.scheduledName(of: model)
        // From here on no request of the model starts there.
        self.directory.hold(scheduled, on: engine)
        defer { self.directory.letGo(scheduled, on: engine) }
        let count = self.running(scheduled, engine)
        guard count == 0 else {
            throw ServiceError(
                .conflict,
                "The model '\(model.spelling)' is in use by \(count) request\(count == 1 ? "" : "s") on '\(engine)'.",
                retryAfter: .seconds(2)
            )
        }
        if let error = await self.mover.unload(model, on: engine) { throw error }
    }

    private func engines(_ engines: [EngineName], on wish: EngineName?) throws -> [EngineName] {
        guard let wish else { return engines }
        guard self.directory.engine(wish) != nil else { throw ServiceError.noSuchEngine(wish) }
        return engines.filter { $0 == wish }
    }
}
