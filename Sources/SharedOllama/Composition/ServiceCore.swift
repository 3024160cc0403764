import Adapters
import Application
import Domain
import Infrastructure

/// The use cases and what they share, built of the configuration.
struct ServiceCore: Sendable {
    let clock: any ServiceClock
    let directory: EngineDirectory
    let monitor: EngineMonitor
    let drain = DrainState()
    let useCases: HTTPService.UseCases
    private let admission: BoundedAdmission
    private let registry = ExchangeRegistry()

    init(configuration: ServiceConfiguration, telemetry: Telemetry, factory: EngineFactory) throws {
        let clock = telemetry.clock
        let queue = configuration.queues.chat
        let admission = BoundedAdmission(
            limits: BoundedAdmission.Limits(
                maxConcurrent: queue.maxConcurrent,
                maxQueueSize: queue.maxQueueSize,
                maxWaitingBytes: configuration.queues.maxWaitingBytes,
                timeout: queue.timeout
            ),
            clock: clock,
            metrics: telemetry.metrics
        )
        let directory = EngineDirectory(metrics: telemetry.metrics) { admission.setSlots($1, of: $0) }
        let monitor = EngineMonitor(directory: directory, clock: clock, interval: configuration.health.interval)
        // The engine that the process manager looks after is registered by it, once it knows whose it is.
        for engine in configuration.engines where engine != configuration.managedEngine {
            directory.register(try factory.client(for: engine), slots: engine.parallel)
        }
        let opener = ExchangeOpener(
            resolver: ModelResolver(
                directory: directory,
                monitor: monitor,
                defaults: configuration.defaults.byRole
            ),
            directory: directory,
            admission: admission,
            registry: self.registry,
            clock: clock
        )
        self.clock = clock
        self.directory = directory
        self.monitor = monitor
        self.admission = admission
        self.useCases = HTTPService.UseCases(
            generate: GenerateUseCase(opener: opener),
            chat: ChatUseCase(opener: opener),
            listModels: ListModelsUseCase(directory: directory, monitor: monitor),
            health: HealthUseCase(directory: directory, drain: self.drain)
        )
    }

    /// How many requests run on an engine.
    func runningRequests(on engine: EngineName) -> Int {
        self.admission.running(on: engine)
    }

    /// Ends what waits and what runs: the time for draining is over.
    func endEverything() {
        self.admission.shutDown()
        self.registry.cancelAll(.shuttingDown)
    }
}
