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
    let admission: SchedulerAdmission
    let limits: LimitKeeper
    private let pinStore: any PinStore
    private let keepAlive: KeepAlive
    private let tuning: EngineTuning
    private let engineMetrics: EngineMetrics
    /// How long requests that run may go on before an engine is restarted.
    private let drainPatience: Duration
    private let counting: CountTokensUseCase
    private let resolver: ModelResolver
    private let opener: ExchangeOpener
    private let images: ImageKeeping
    /// Runs items of batches.
    let items: InferenceItems
    private let batches: ServiceConfiguration.Batches
    private let requests = OpenRequests()

    init(
        configuration: ServiceConfiguration,
        telemetry: Telemetry,
        measure: TokenMeasure,
        factory: EngineFactory,
        tuning: EngineTuning,
        pinStore: any PinStore
    ) throws {
        let clock = telemetry.clock
        let limits = LimitKeeper(clock: clock, promptTokens: configuration.limits.promptTokens)
        let admission = SchedulerAdmission(
            settings: configuration.schedulerSettings,
            clock: clock
        )
        let engineMetrics = EngineMetrics(metrics: telemetry.metrics)
        self.engineMetrics = engineMetrics
        let directory = EngineDirectory(
            clock: clock,
            breaker: configuration.breakerSettings,
            watchdog: configuration.watchdogSettings
        ) { event in
            admission.apply(event)
            engineMetrics.note(event)
        }
        let monitor = EngineMonitor(directory: directory, clock: clock, interval: configuration.health.interval)
        // The engine that the process manager looks after is registered by it, once it knows whose it is.
        for engine in configuration.engines where engine != configuration.managedEngine {
            directory.register(try factory.client(for: engine), limits: factory.limits(of: engine))
        }
        let resolver = ModelResolver(
            directory: directory,
            monitor: monitor,
            defaults: configuration.defaults.byRole,
            profile: tuning.choice.profile?.models ?? ModelDefaults()
        )
        self.counting = CountTokensUseCase(resolver: resolver, directory: directory, measure: measure)
        self.resolver = resolver
        let images = try ImageKeeping(configuration, eventLoops: factory.eventLoops, clock: clock)
        self.images = images
        self.opener = ExchangeOpener(
            resolver: resolver,
            directory: directory,
            admission: admission,
            requests: self.requests,
            limits: limits,
            clock: clock,
            ids: RandomIDGenerator(),
            keepAlive: tuning.keepAlive,
            images: ImagePreparation(pipeline: images.pipeline, directory: directory),
            coalesces: configuration.coalescing.isEnabled
        )
        self.items = InferenceItems(
            InferenceItems.UseCases(
                generate: GenerateUseCase(opener: self.opener),
                chat: ChatUseCase(opener: self.opener),
                vlm: VLMUseCase(opener: self.opener),
                embed: EmbedUseCase(opener: self.opener)
            ),
            telemetry: telemetry,
            ids: RandomIDGenerator()
        )
        self.batches = configuration.batches
        self.clock = clock
        self.limits = limits
        self.keepAlive = tuning.keepAlive
        self.tuning = tuning
        self.pinStore = pinStore
        self.drainPatience = configuration.server.drain
        self.directory = directory
        self.monitor = monitor
        self.admission = admission
    }

    /// Lets time pass for those who wait, and has engines load what they wait for, until cancelled.
    func runAdmission() async {
        await self.admission.run(loader: self.engineMetrics.counting(self.loader))
    }

    private var loader: ModelLoader { ModelLoader(directory: self.directory, keepAlive: self.keepAlive) }

    /// Takes back the models that were pinned before the service was started.
    ///
    /// - Throws: an error of the store.
    func restorePins() async throws {
        try await self.pinModels.restore()
    }

    /// What describes and changes models.
    var administerModels: AdministerModelsUseCase {
        AdministerModelsUseCase(directory: self.directory, monitor: self.monitor)
    }

    /// What loads and unloads models.
    var modelMemory: ModelMemoryUseCase {
        ModelMemoryUseCase(
            resolver: self.resolver,
            directory: self.directory,
            admission: self.admission,
            mover: self.loader,
            running: { [admission] in admission.running($0, on: $1) }
        )
    }

    private var pinModels: PinModelsUseCase {
        PinModelsUseCase(
            memory: self.modelMemory,
            directory: self.directory,
            mover: self.loader,
            store: self.pinStore
        )
    }

    /// Runs the generations that identical requests share, until cancelled.
    func runShared() async {
        await self.opener.runShared()
    }

    /// The use cases.
    ///
    /// - Parameters:
    ///   - processes: who runs engines on this machine, if anybody does.
    ///   - store: whether what must survive a restart can be written.
    ///   - statistics: what has become of requests.
    ///   - reports: what the ledger tells of requests.
    ///   - idempotency: who keeps answers for requests with a key, if anybody does.
    ///   - batches: who keeps files and durable batches.
    ///   - exposition: what has been counted.
    ///   - logs: who reads logs.
    ///   - capture: who keeps whole exchanges, if anybody does.
    ///   - warmUp: who loads the profile's models, if anybody does.
    /// - Returns: what the routes call.
    func useCases(
        processes: (any EngineProcesses)?,
        store: StoreState,
        statistics: RequestStatistics,
        reports: ReportsUseCase,
        idempotency: IdempotencyUseCase?,
        batches: BatchKeeping,
        exposition: any MetricsExposition,
        logs: ReadLogsUseCase,
        capture: (any ExchangeCapture)? = nil,
        warmUp: WarmUp? = nil
    ) -> HTTPService.UseCases {
        let health = HealthUseCase(
            directory: self.directory,
            store: store,
            drain: self.drain,
            processes: processes,
            running: { [admission] in admission.running(on: $0) }
        )
        return HTTPService.UseCases(
            generate: GenerateUseCase(opener: self.opener),
            chat: ChatUseCase(opener: self.opener),
            vlm: VLMUseCase(opener: self.opener),
            countTokens: self.counting,
            embed: EmbedUseCase(opener: self.opener),
            batchChat: BatchChatUseCase(runner: self.items, maxRequests: self.batches.chatMaxRequests),
            batchVLM: BatchVLMUseCase(runner: self.items, maxRequests: self.batches.vlmMaxRequests),
            relay: RelayUseCase(opener: self.opener),
            requests: self.requests,
            listModels: ListModelsUseCase(directory: self.directory, monitor: self.monitor),
            modelRows: ModelRowsUseCase(directory: self.directory, monitor: self.monitor),
            administerModels: self.administerModels,
            modelMemory: self.modelMemory,
            pinModels: self.pinModels,
            engineVersion: EngineVersionUseCase(directory: self.directory, monitor: self.monitor),
            modelProfile: ModelProfileUseCase(choice: self.tuning.choice, plan: self.tuning.plan, warmUp: warmUp),
            queueStats: QueueStatsUseCase(queues: self.admission, statistics: statistics),
            statistics: statistics,
            reports: reports,
            metrics: MetricsUseCase(requests: statistics, pipeline: self.images.pipeline),
            idempotency: idempotency,
            files: batches.files,
            batches: batches.batches,
            restarting: RestartEngineUseCase(
                directory: self.directory,
                processes: processes,
                running: { [admission] in admission.running(on: $0) },
                clock: self.clock,
                patience: self.drainPatience
            ),
            logs: logs,
            capture: capture,
            health: health,
            exposition: ExpositionUseCase(
                exposition: exposition,
                sources: [
                    QueueReadings(queues: self.admission),
                    EngineReadings(health: health),
                    BatchReadings(store: batches.store),
                    ImageReadings(pipeline: self.images.pipeline),
                    ProcessReadings(version: ServiceVersion.current, startedAt: self.clock.wallTime),
                ]
            )
        )
    }

    /// Ends what is not needed once all requests have ended.
    func stop() async {
        await self.images.stop()
    }

    /// How many requests run on an engine.
    func runningRequests(on engine: EngineName) -> Int {
        self.admission.running(on: engine)
    }

    /// Ends what waits and what runs: the time for draining is over.
    func endEverything() {
        self.admission.shutDown()
        self.requests.cancelAll(.shuttingDown)
    }
}

extension ServiceConfiguration {
    /// What the scheduler goes by.
    var schedulerSettings: SchedulerSettings {
        var settings = SchedulerSettings()
        settings.chat = self.queues.chat.limits
        settings.vlm = self.queues.vlm.limits
        settings.patience = self.scheduler.patience
        settings.ageing = self.scheduler.ageing
        settings.batchShare = self.batches.minShare
        settings.maxWaitingBytes = self.queues.maxWaitingBytes
        // A model that failed to load is left alone for as long as its breaker says.
        settings.loadRetry = self.breaker.reset
        // A load that still has time is not taken for one whose end nobody reports.
        settings.changeLimit = max(settings.changeLimit, self.timeouts.load * 2)
        return settings
    }
}

extension ServiceConfiguration.Queue {
    fileprivate var limits: SchedulerSettings.Queue {
        SchedulerSettings.Queue(
            maxConcurrent: self.maxConcurrent,
            maxQueueSize: self.maxQueueSize,
            timeout: self.timeout
        )
    }
}
