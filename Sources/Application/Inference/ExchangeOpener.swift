import Domain

/// What the use cases of inference share: find the model, wait for a slot, wait for the engine's first event.
public struct ExchangeOpener: Sendable {
    private let resolver: ModelResolver
    private let directory: EngineDirectory
    private let admission: any Admission
    private let registry: ExchangeRegistry
    private let clock: any ServiceClock

    /// Puts the parts together.
    public init(
        resolver: ModelResolver,
        directory: EngineDirectory,
        admission: any Admission,
        registry: ExchangeRegistry,
        clock: any ServiceClock
    ) {
        self.resolver = resolver
        self.directory = directory
        self.admission = admission
        self.registry = registry
        self.clock = clock
    }

    /// Opens an exchange and returns once the engine has said something.
    ///
    /// - Throws: ``ServiceError``; the entry is closed with it.
    func open(
        _ work: EngineWork,
        model: ModelName?,
        role: ModelRole,
        call: Call
    ) async throws -> Exchange<GenerationEvent> {
        do {
            let target = try await self.resolver.resolve(model, role: role)
            call.entry.queued(for: target.name, in: .chat, as: call.requestClass)
            let slot = try await self.admission.admit(
                Ticket(
                    requestID: call.entry.requestID,
                    project: call.entry.project,
                    model: target.name,
                    engines: target.engines,
                    waitingBytes: call.bodyBytes
                )
            )
            return try await self.start(work, target: target, on: slot, call: call)
        } catch {
            call.entry.fail(error)
            throw error
        }
    }

    private func start(
        _ work: EngineWork,
        target: ModelTarget,
        on slot: Slot,
        call: Call
    ) async throws -> Exchange<GenerationEvent> {
        guard let engine = self.directory.engine(slot.engine) else {
            throw ServiceError(.engineUnavailable, "The engine '\(slot.engine)' is gone.", retryAfter: .seconds(1))
        }
        let loaded = engine.loadedModel(target.name)
        call.entry.admitted(to: slot.engine, after: slot.waited, warm: loaded != nil)
        let attempt = try self.directory.begin(target.name, on: slot.engine)
        let stream = try engine.client.stream(
            EngineRequest(
                work: work,
                model: engine.engineName(of: target.name),
                isLoaded: loaded != nil,
                loadedContext: loaded?.context,
                requestID: call.entry.requestID
            )
        )
        let exchange = Exchange(
            stream: WatchedStream(stream, attempt: attempt),
            slot: slot,
            engine: engine.client.identity,
            model: target.name,
            entry: call.entry,
            clock: self.clock,
            registry: self.registry
        )
        do {
            try await exchange.begin()
        } catch let error as ServiceError where error == .engineUnreachable {
            self.directory.suspect(slot.engine)
            throw error
        }
        if loaded == nil { self.directory.noteLoaded(target.name, on: slot.engine) }
        return exchange
    }
}
