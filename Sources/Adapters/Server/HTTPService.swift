public import Application
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle

/// The HTTP door: routes, middleware and server, built of use cases.
public struct HTTPService: Service {
    /// What the routes call.
    public struct UseCases: Sendable {
        /// `POST /api/v1/generate`.
        public var generate: GenerateUseCase
        /// `POST /api/v1/chat`.
        public var chat: ChatUseCase
        /// `POST /api/v1/vlm`.
        public var vlm: VLMUseCase
        /// `POST /v1/messages/count_tokens`.
        public var countTokens: CountTokensUseCase
        /// `POST /api/v1/embeddings`.
        public var embed: EmbedUseCase
        /// `POST /api/v1/batch/chat`.
        public var batchChat: BatchChatUseCase
        /// `POST /api/v1/batch/vlm`.
        public var batchVLM: BatchVLMUseCase
        /// `/api/*` before an engine that understands it.
        public var relay: RelayUseCase
        /// The requests that are on their way.
        public var requests: OpenRequests
        /// `GET /api/v1/models`.
        public var listModels: ListModelsUseCase
        /// Lists in the engines' own words.
        public var modelRows: ModelRowsUseCase
        /// What describes and changes models.
        public var administerModels: AdministerModelsUseCase
        /// What loads and unloads models.
        public var modelMemory: ModelMemoryUseCase
        /// Keeps models in engines' memory.
        public var pinModels: PinModelsUseCase
        /// `GET /api/version`.
        public var engineVersion: EngineVersionUseCase
        /// `GET /api/v1/system/model-profile`.
        public var modelProfile: ModelProfileUseCase
        /// `GET /api/v1/queue/stats`.
        public var queueStats: QueueStatsUseCase
        /// What has become of requests: `GET /api/v1/events`.
        public var statistics: RequestStatistics
        /// Reports from the usage ledger.
        public var reports: ReportsUseCase
        /// `GET /api/v1/metrics`.
        public var metrics: MetricsUseCase
        /// `Idempotency-Key` on inference routes; nil where it is switched off.
        public var idempotency: IdempotencyUseCase?
        /// `/v1/files`.
        public var files: FileUseCase
        /// `/v1/batches`.
        public var batches: BatchUseCase
        /// `POST /api/v1/system/engines/{name}/restart`.
        public var restarting: RestartEngineUseCase
        /// `GET /api/v1/system/logs`.
        public var logs: ReadLogsUseCase
        /// Who keeps whole exchanges of inference routes; nil where nothing is captured.
        public var capture: (any ExchangeCapture)?
        /// The health routes.
        public var health: HealthUseCase
        /// `GET /metrics`.
        public var exposition: ExpositionUseCase

        /// Puts the use cases together.
        public init(
            generate: GenerateUseCase,
            chat: ChatUseCase,
            vlm: VLMUseCase,
            countTokens: CountTokensUseCase,
            embed: EmbedUseCase,
            batchChat: BatchChatUseCase,
            batchVLM: BatchVLMUseCase,
            relay: RelayUseCase,
            requests: OpenRequests,
            listModels: ListModelsUseCase,
            modelRows: ModelRowsUseCase,
            administerModels: AdministerModelsUseCase,
            modelMemory: ModelMemoryUseCase,
            pinModels: PinModelsUseCase,
            engineVersion: EngineVersionUseCase,
            modelProfile: ModelProfileUseCase,
            queueStats: QueueStatsUseCase,
            statistics: RequestStatistics,
            reports: ReportsUseCase,
            metrics: MetricsUseCase,
            idempotency: IdempotencyUseCase?,
            files: FileUseCase,
            batches: BatchUseCase,
            restarting: RestartEngineUseCase,
            logs: ReadLogsUseCase,
            capture: (any ExchangeCapture)?,
            health: HealthUseCase,
            exposition: ExpositionUseCase
        ) {
            self.generate = generate
            self.chat = chat
            self.vlm = vlm
            self.countTokens = countTokens
            self.embed = embed
            self.batchChat = batchChat
            self.batchVLM = batchVLM
            self.relay = relay
            self.requests = requests
            self.listModels = listModels
            self.modelRows = modelRows
            self.administerModels = administerModels
            self.modelMemory = modelMemory
            self.pinModels = pinModels
            self.engineVersion = engineVersion
            self.modelProfile = modelProfile
            self.queueStats = queueStats
            self.statistics = statistics
            self.reports = reports
            self.metrics = metrics
            self.idempotency = idempotency
            self.files = files
            self.batches = batches
            self.restarting = restarting
            self.logs = logs
            self.capture = capture
            self.health = health
            self.exposition = exposition
        }
    }

    /// Where and how to listen.
    public struct Configuration: Sendable {
        /// The host's name or address.
        public var host: String
        /// The port; 0 picks a free one.
        public var port: Int
        /// What one connection may take.
        public var limits: ConnectionLimits
        /// How long a streamed request waits in line before its caller is told so; zero is for ever.
        public var noticeAfter: Duration
        /// The service's own version.
        public var version: String
        /// The certificate for HTTPS; nil serves HTTP.
        public var tls: TLSIdentity?

        /// Creates a configuration.
        public init(
            host: String,
            port: Int,
            limits: ConnectionLimits,
            noticeAfter: Duration = .seconds(3),
            version: String,
            tls: TLSIdentity? = nil
        ) {
            self.tls = tls
            self.host = host
            self.port = port
            self.limits = limits
            self.noticeAfter = noticeAfter
            self.version = version
        }
    }

    /// Who may call, and how much.
    public struct Callers: Sendable {
        /// Who may reach the service at all.
        public var door: Door
        /// The projects and their keys.
        public var registry: ProjectRegistry
        /// The keys that are none.
        public var wrongKeys: WrongKeys
        /// What they may use.
        public var limits: LimitKeeper

        /// Puts the parts together.
        public init(door: Door, registry: ProjectRegistry, wrongKeys: WrongKeys, limits: LimitKeeper) {
            self.door = door
            self.registry = registry
            self.wrongKeys = wrongKeys
            self.limits = limits
        }
    }

    private let server: any Service
    private let executors: EventLoopExecutors

    /// Builds the service.
    ///
    /// `onListening`: told the port once connections are accepted.
    public init(
        configuration: Configuration,
        useCases: UseCases,
        callers: Callers,
        telemetry: Telemetry,
        ids: any IDGenerator,
        eventLoops: any EventLoopGroup,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        let refusals = RefusalTrace(metrics: telemetry.metrics, logger: logger)
        self.executors = EventLoopExecutors(eventLoops)
        let channel = ServiceChannel(
            service: RequestService(
                front: HTTPService.front(configuration, useCases, callers, telemetry, ids, refusals),
                executors: self.executors,
                logger: logger
            ),
            limits: configuration.limits,
            tls: configuration.tls,
            refusals: refusals
        )
        self.server = channel.server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: 1024,
                availableConnectionsDelegate: .maximum(configuration.limits.maxConnections, logger: logger)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? configuration.port) },
            eventLoopGroup: eventLoops,
            logger: logger
        )
    }

    /// Serves until the service is told to stop and all answers are out.
    public func run() async throws {
        do {
            try await self.server.run()
        } catch {
            await self.executors.close()
            throw error
        }
        await self.executors.close()
    }

    /// The front, and the routes behind it.
    static func front(
        _ configuration: Configuration,
        _ useCases: UseCases,
        _ callers: Callers,
        _ telemetry: Telemetry,
        _ ids: any IDGenerator,
        _ refusals: RefusalTrace
    ) -> Front {
        let bodies = RequestBodyReader(limit: configuration.limits.maxBodyBytes)
        func route(_ dialect: Dialect) -> InferenceRoute {
            InferenceRoute(
                dialect: dialect,
                bodies: bodies,
                idempotency: IdempotencyGate(useCase: useCases.idempotency),
                telemetry: telemetry,
                noticeAfter: configuration.noticeAfter
            )
        }
        let native = NativeInferenceOperations(
            generate: useCases.generate,
            chat: useCases.chat,
            vlm: useCases.vlm,
            embed: useCases.embed
        )
        let openAI = OpenAIInferenceOperations(
            generate: useCases.generate,
            chat: useCases.chat,
            vlm: useCases.vlm,
            embed: useCases.embed,
            ids: ids,
            clock: telemetry.clock
        )
        let ollama = OllamaInferenceRoutes(relay: useCases.relay, route: route(.ollama))
        let messages = MessagesRoutes(
            chat: useCases.chat,
            counting: useCases.countTokens,
            route: route(.anthropic),
            ids: ids
        )
        let transcription = TranscriptionRoute(relay: useCases.relay, route: route(.openAI))
        let description = OpenAPIRoutes(
            version: configuration.version,
            maxBodyBytes: configuration.limits.maxBodyBytes,
            ids: ids
        )
        let batches = NativeBatchRoutes(
            chat: useCases.batchChat,
            vlm: useCases.batchVLM,
            bodies: bodies,
            idempotency: IdempotencyGate(useCase: useCases.idempotency),
            clock: telemetry.clock,
            ids: ids
        )
        let dashboard = DashboardRoutes(
            state: DashboardState(
                requests: useCases.requests,
                queueStats: useCases.queueStats,
                statistics: useCases.statistics,
                health: useCases.health,
                batches: useCases.batches,
                version: configuration.version
            ),
            clock: telemetry.clock,
            ids: ids
        )
        func addRoutes(to router: Router<ServiceContext>, links: [RootPage.Link]) -> DirectRoutes {
            let direct = DirectRoutes(router: router)
            description.addRoutes(to: router)
            route(.native).add(native.all, to: direct)
            ollama.addRoutes(to: direct)
            route(.openAI).add(openAI.all, to: direct)
            batches.addRoutes(to: router)
            FileRoutes(files: useCases.files).addRoutes(to: router)
            BatchRoutes(
                batches: useCases.batches,
                bodies: bodies,
                idempotency: IdempotencyGate(useCase: useCases.idempotency)
            ).addRoutes(to: router)
            transcription.addRoutes(to: router)
            messages.addRoutes(to: router, direct)
            NativeQueueRoutes(requests: useCases.requests).addRoutes(to: router)
            NativeModelRoutes(listModels: useCases.listModels).addRoutes(to: router)
            NativeModelOrderRoutes(
                rows: useCases.modelRows,
                administer: useCases.administerModels,
                memory: useCases.modelMemory,
                pins: useCases.pinModels,
                bodies: bodies
            ).addRoutes(to: router)
            NativeQueueStatsRoutes(queueStats: useCases.queueStats).addRoutes(to: router)
            NativeReportRoutes(reports: useCases.reports).addRoutes(to: router)
            NativeMetricsRoutes(metrics: useCases.metrics).addRoutes(to: router)
            NativeSystemRoutes(health: useCases.health).addRoutes(to: router)
            NativeRestartRoutes(restarting: useCases.restarting).addRoutes(to: router)
            NativeLogRoutes(logs: useCases.logs, health: useCases.health).addRoutes(to: router)
            NativeProfileRoutes(profile: useCases.modelProfile).addRoutes(to: router)
            dashboard.addRoutes(to: router)
            HealthRoutes(health: useCases.health, version: configuration.version).addRoutes(to: router)
            MetricsRoute(exposition: useCases.exposition).addRoutes(to: router)
            OpenAIModelRoutes(listModels: useCases.listModels).addRoutes(to: router)
            OllamaModelRoutes(rows: useCases.modelRows, administer: useCases.administerModels, bodies: bodies)
                .addRoutes(to: router)
            OllamaSystemRoutes(
                engineVersion: useCases.engineVersion,
                version: configuration.version,
                links: links
            ).addRoutes(to: router)
            return direct
        }
        // The front knows all routes, so that it can tell a wrong method from a wrong path.
        let catalogue = Router(context: ServiceContext.self)
        _ = addRoutes(to: catalogue, links: [])
        let table = RouteTable(
            routes: catalogue.routes.map { RouteTable.Route(method: $0.method, path: $0.path.description) }
        )
        let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RouterErrors())
        let direct = addRoutes(to: router, links: RootPage.links(in: Set(table.routes.map(\.path))))
        return Front(
            ids: ids,
            routes: table,
            door: callers.door,
            gate: CallerGate(registry: callers.registry, wrongKeys: callers.wrongKeys),
            limits: callers.limits,
            refusals: refusals,
            recorder: ExchangeRecorder(capture: useCases.capture, clock: telemetry.clock),
            handlers: direct.handlers,
            router: router.buildResponder()
        )
    }
}
