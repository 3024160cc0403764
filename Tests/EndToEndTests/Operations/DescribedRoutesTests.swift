import Application
import Hummingbird
import Infrastructure
import Logging
import NIOPosix
import TestSupport
import Testing

@testable import Adapters
@testable import SharedOllama

@Suite("The description of the API and the routes")
struct DescribedRoutesTests {
    private static let limits = ConnectionLimits(
        idle: .seconds(1),
        body: .seconds(1),
        stall: .seconds(1),
        maxBodyBytes: 1,
        maxHeaderBytes: 1,
        maxConnections: 1
    )

    /// The routes that the service has, as `METHOD /path`; what a path leaves open is in braces.
    private static func routes() throws -> Set<String> {
        let clock = ManualClock()
        let telemetry = Telemetry(clock: clock, recorder: RecordingRecorder(), metrics: RecordingMetrics())
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        var configuration = ServiceConfiguration()
        configuration.dataDirectory = directory.path
        let database = try ServiceDatabase(directory: directory.path, logger: Logger(label: "test"))
        let eventLoops = MultiThreadedEventLoopGroup.singleton
        let core = try ServiceCore(
            configuration: configuration,
            telemetry: telemetry,
            measure: TokenMeasure(),
            factory: EngineFactory(configuration: configuration, eventLoops: eventLoops, counting: NoDevices()),
            tuning: try EngineTuning(
                configuration,
                machine: MachineFile.parse("memory_mib: 8000", path: "machine.yaml"),
                environment: [:]
            ),
            pinStore: NoPins()
        )
        let registry = ProjectRegistry(
            .init(projects: [], maxUnregistered: 1, allowsAnonymous: false, isLocal: true),
            hashing: PlainHashing(),
            clock: clock
        )
        let front = HTTPService.front(
            HTTPService.Configuration(host: "localhost", port: 0, limits: Self.limits, version: "1"),
            core.useCases(
                processes: nil,
                store: StoreState(),
                statistics: RequestStatistics(bounds: .init(requests: 1), clock: clock),
                reports: ReportsUseCase(
                    reports: NoReports(),
                    ledger: MemoryLedger(),
                    buffer: UsageBuffer(capacity: 1, metrics: telemetry.metrics),
                    clock: clock
                ),
                idempotency: nil,
                batches: try BatchKeeping(configuration, database: database, clock: clock, metrics: telemetry.metrics),
                exposition: PrometheusFactory(),
                logs: ReadLogsUseCase(archive: LogFiles(directory: directory.path, serviceLog: nil), clock: clock)
            ),
            HTTPService.Callers(
                door: Door(.init(isLocal: true)),
                registry: registry,
                wrongKeys: WrongKeys(perMinute: 1, clock: clock),
                limits: core.limits
            ),
            telemetry,
            RandomIDGenerator(),
            RefusalTrace(metrics: telemetry.metrics, logger: Logger(label: "test"))
        )
        return Set(front.routes.routes.map { "\($0.method.rawValue) \($0.path)" })
    }

    @Test("Every route is described, and every description is of a route")
    func same() throws {
        let described = Set(APIDocument.parts.flatMap(\.operations).map { "\($0.method.uppercased()) \($0.route)" })
        let routes = try Self.routes()
        #expect(routes.count > 30)
        #expect(routes.subtracting(described) == [], "routes without a description")
        #expect(described.subtracting(routes) == [], "descriptions without a route")
    }
}

/// A ledger that nobody asks.
private struct NoReports: RequestReports {
    func requests(_ span: ReportSpan) async throws -> RequestReport {
        RequestReport(start: span.since, end: span.until)
    }
    func speed(_ span: ReportSpan) async throws -> SpeedReport { SpeedReport() }
}

private struct NoPins: PinStore {
    func pins() async throws -> [ModelPin] { [] }

    func add(_ pin: ModelPin) async throws {}

    func remove(_ pin: ModelPin) async throws {}
}

/// A machine without GPUs.
private struct NoDevices: GPUCounting {
    func count() -> Int? { nil }
}
