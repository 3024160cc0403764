import Adapters
import Application
import Domain
import Infrastructure
import Logging
import NIOCore
import NIOPosix
import ProcessManager
import ServiceLifecycle
import UnixSignals

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The composition root: the only place that knows all concrete types.
struct ServiceAssembly {
    /// What the service logs to.
    let logger: Logger
    private let configuration: ServiceConfiguration
    private let output: LogOutput
    private let eventLoops: MultiThreadedEventLoopGroup
    private let core: ServiceCore
    private let factory: EngineFactory
    private let warmUp: WarmUp?
    private let memoryKeeper: MemoryKeeper?
    private let reload: ConfigurationReload.Reading
    private let http: HTTPService
    private let supervisor: EngineSupervisor?
    /// Held for as long as the service runs: one owner a data directory.
    private let dataDirectory: DataDirectory
    private let database: ServiceDatabase
    private let usage: UsageKeeping
    private let records: RecordBatcher
    private let requestLog: RequestLogOutput
    private let traces: TraceKeeping?
    private let idempotency: IdempotencyKeeping?
    private let projects: ProjectKeeping
    private let batches: BatchKeeping
    private let batchRunning: BatchRunning

    /// Builds everything; nothing runs yet.
    ///
    /// - Throws: an error whose text is for the person who starts the service.
    ///
    /// `tuning`: what was decided for this machine. `reload`: reads the configuration anew on SIGHUP.
    init(
        configuration: ServiceConfiguration,
        tuning: EngineTuning,
        reload: @escaping ConfigurationReload.Reading
    ) throws {
        self.configuration = configuration
        self.reload = reload
        self.dataDirectory = try DataDirectory(at: configuration.dataDirectory)
        self.output = try LogOutput(configuration.log, environment: ProcessInfo.processInfo.environment)
        self.logger = self.output.logger(label: "shared-ollama")
        // What libraries have to say goes the same way.
        LoggingSystem.bootstrap { [output] label in output.handler(label: label) }
        self.database = try ServiceDatabase(directory: configuration.dataDirectory, logger: self.logger)
        let threads = configuration.server.threadCount(cores: ProcessInfo.processInfo.activeProcessorCount)
        self.eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let clock = SystemClock()
        let exposition = PrometheusFactory()
        let metrics = SwiftMetricsAdapter(factory: exposition)
        self.usage = UsageKeeping(
            configuration.usage,
            database: self.database,
            clock: clock,
            metrics: metrics,
            logger: self.logger
        )
        self.requestLog = try RequestLogOutput(
            configuration.requestLog,
            directory: self.dataDirectory.logs,
            clock: clock,
            metrics: metrics
        )
        self.idempotency = IdempotencyKeeping(configuration.idempotency, database: self.database, clock: clock)
        self.batches = try BatchKeeping(
            configuration,
            database: self.database,
            clock: clock,
            metrics: metrics
        )
        self.traces = try TraceKeeping(
            configuration.tracing,
            clock: clock,
            metrics: metrics,
            eventLoops: self.eventLoops,
            logger: self.logger
        )
        let measure = TokenMeasure()
        let records = RecordBatcher(
            RecorderGroup([
                self.output.recorder(requestLog: self.requestLog.writer),
                RequestMetrics(metrics: metrics, bounds: configuration.metrics.bounds, clock: clock),
            ]),
            clock: clock
        )
        self.records = records
        let telemetry = Telemetry(
            clock: clock,
            recorder: RecorderGroup([self.usage.recorder, measure, records]),
            metrics: metrics,
            tracer: self.traces?.tracer
        )
        self.projects = try ProjectKeeping(
            configuration,
            database: self.database,
            clock: clock,
            logger: self.logger
        )
        let factory = EngineFactory(
            configuration: configuration,
            eventLoops: self.eventLoops,
            counting: DeviceFiles()
        )
        self.factory = factory
        self.core = try ServiceCore(
            configuration: configuration,
            telemetry: telemetry,
            measure: measure,
            factory: factory,
            tuning: tuning,
            pinStore: SQLitePinStore(database: self.database)
        )
        self.batchRunning = BatchRunning(
            configuration,
            core: self.core,
            store: self.batches.store,
            bell: self.batches.bell,
            projects: self.projects.registry,
            metrics: metrics,
            eventLoops: self.eventLoops,
            logger: self.logger
        )
        self.supervisor = EngineSupervision(
            configuration: configuration,
            core: self.core,
            factory: factory,
            plan: tuning.plan,
            logger: self.logger
        ).makeSupervisor()
        let care = EngineCare(
            configuration: configuration,
            core: self.core,
            supervisor: self.supervisor,
            tuning: tuning,
            logger: self.logger
        )
        self.warmUp = care.warmUp
        self.memoryKeeper = care.memoryKeeper
        for warning in tuning.plan.warnings where !tuning.plan.fits {
            self.logger.warning("the plan for the engine does not fit: \(warning)")
        }
        self.http = HTTPService(
            configuration: HTTPService.Configuration(
                host: configuration.server.host,
                port: configuration.server.port,
                limits: ServiceAssembly.limits(configuration),
                noticeAfter: configuration.queues.noticeAfter,
                version: ServiceVersion.current,
                tls: self.projects.tls
            ),
            useCases: self.core.useCases(
                processes: self.supervisor,
                store: self.database.state,
                statistics: self.usage.statistics,
                reports: self.usage.reports,
                idempotency: self.idempotency?.useCase,
                batches: self.batches,
                exposition: records.caughtUp(exposition),
                logs: ReadLogsUseCase(
                    archive: LogFiles(directory: self.dataDirectory.logs, serviceLog: configuration.log.file),
                    clock: clock
                ),
                capture: self.requestLog.exchanges,
                warmUp: self.warmUp
            ),
            callers: HTTPService.Callers(
                door: self.projects.door,
                registry: self.projects.registry,
                wrongKeys: WrongKeys(perMinute: configuration.server.wrongKeysPerMinute, clock: clock),
                limits: self.core.limits
            ),
            telemetry: telemetry,
            ids: RandomIDGenerator(),
            eventLoops: self.eventLoops,
            logger: self.logger,
            onListening: { [host = configuration.server.host, scheme = self.projects.scheme] port in
                let name = host.contains(":") ? "[\(host)]" : host
                StandardOutput.write("listening on \(scheme)://\(name):\(port)\n")
            }
        )
    }

    /// What is done in the background for an engine of ours; nothing where there is none.
    private var engineCare: [any Service] {
        var services: [any Service] = []
        if let warmUp { services.append(BackgroundService { await warmUp.run() }) }
        if let memoryKeeper { services.append(BackgroundService { await memoryKeeper.run() }) }
        return services
    }

    /// Runs until a signal stops it.
    func run() async throws {
        let server = self.configuration.server
        try await self.projects.prepare(limits: self.core.limits, ledger: self.usage.ledger)
        try await self.batches.keeper.recover()
        try await self.core.restorePins()
        // Started from first to last, stopped from last to first: the notice comes first, the engines go last.
        var services: [any Service] = self.supervisor.map { [$0] } ?? []
        services +=
            [BackgroundService { [records = self.records] in await records.run() }] + self.usage.services
            + (self.traces.map { [$0.service] } ?? []) + (self.idempotency?.services ?? [])
            + self.batches.services + [
                self.projects.keyWatching,
                self.reloading,
                BackgroundService { [monitor = self.core.monitor] in await monitor.run() },
                BackgroundService { [core = self.core] in await core.runAdmission() },
                BackgroundService { [core = self.core] in await core.runShared() },
                BackgroundService { [watch = self.engineWatch] in await watch.run() },
            ] + self.engineCare + [
                DrainingService(
                    http: self.http,
                    patience: server.drain,
                    clock: self.core.clock,
                    onDeadline: { [core = self.core] in core.endEverything() }
                ),
                DrainNotice(state: self.core.drain, notice: server.drainNotice, clock: self.core.clock),
                self.batchRunning.announcing,
                // What can wait gives way first.
                self.batchRunning.running,
            ]
        var settings = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: self.logger
        )
        // The drain deadline ends every answer before this; whatever still hangs then is cancelled.
        settings.maximumGracefulShutdownDuration = server.drainNotice + server.drain + .seconds(20)
        let result: Result<Void, any Error>
        do {
            result = .success(try await ServiceGroup(configuration: settings).run())
        } catch {
            result = .failure(error)
        }
        // Also what requests left that ended only when everything was cancelled.
        await self.usage.writer.flush()
        await self.core.stop()
        await self.traces?.stop()
        try? await self.eventLoops.shutdownGracefully()
        self.requestLog.close()
        self.output.writer.close()
        try result.get()
    }

    /// Takes on SIGHUP what can be changed while requests are served.
    private var reloading: any Service {
        ReloadService(
            reload: ConfigurationReload(
                current: self.configuration,
                read: self.reload,
                projects: self.projects,
                core: self.core,
                factory: self.factory,
                batches: self.batchRunning,
                ledger: self.usage.ledger,
                logger: self.logger
            )
        )
    }

    /// Looks for engines that hang.
    private var engineWatch: EngineWatch {
        EngineWatch(
            directory: self.core.directory,
            settings: self.configuration.watchdogSettings,
            processes: self.supervisor,
            clock: self.core.clock,
            ids: RandomIDGenerator(),
            interval: self.configuration.health.interval,
            observer: { [logger = self.logger] event in WatchdogLog.write(event, to: logger) }
        )
    }

    private static func limits(_ configuration: ServiceConfiguration) -> ConnectionLimits {
        ConnectionLimits(
            idle: configuration.server.idle,
            body: configuration.timeouts.body,
            stall: configuration.timeouts.clientStall,
            maxBodyBytes: configuration.server.maxBodyBytes,
            maxHeaderBytes: configuration.server.maxHeaderBytes,
            maxConnections: configuration.server.maxConnections
        )
    }
}
