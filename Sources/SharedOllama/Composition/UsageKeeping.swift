import Application
import Infrastructure
import Logging
import ServiceLifecycle

extension ServiceConfiguration.Metrics {
    /// How many names have series of their own.
    var bounds: RequestMetrics.Bounds {
        RequestMetrics.Bounds(projects: self.maxProjects, models: self.maxModels)
    }
}

/// What keeps the records of requests: statistics, buffer, writer, ledger and retention.
struct UsageKeeping: Sendable {
    /// What the ledger has of each project.
    let ledger: any UsageLedger
    /// Takes the records to it.
    let writer: UsageWriter
    /// The statistics in memory.
    let statistics: RequestStatistics
    /// What the ledger tells of requests.
    let reports: ReportsUseCase
    /// Where the records come in.
    let recorder: any RequestRecorder
    /// What runs in the background, started after the engines' supervisor and stopped before it.
    let services: [any Service]

    init(
        _ configuration: ServiceConfiguration.Usage,
        database: ServiceDatabase,
        clock: any ServiceClock,
        metrics: any Metrics,
        logger: Logger
    ) {
        let ledger = SQLiteUsageLedger(database: database)
        let buffer = UsageBuffer(capacity: configuration.maxBufferedRecords, metrics: metrics)
        let keep = Duration.seconds(86_400 * configuration.keepDays)
        let retention = Retention(.init(keep: keep, interval: .seconds(3600), batch: 2000), clock: clock) {
            try await ledger.removeRecords(before: $0, atMost: $1)
        }
        self.ledger = ledger
        self.statistics = RequestStatistics(bounds: .init(requests: configuration.windowRequests), clock: clock)
        self.reports = ReportsUseCase(
            reports: SQLiteRequestReports(database: database),
            ledger: ledger,
            buffer: buffer,
            clock: clock
        )
        self.recorder = RecorderGroup([self.statistics, buffer])
        self.writer = UsageWriter(buffer: buffer, ledger: ledger, clock: clock) { dropped in
            logger.warning(
                "records of requests were lost while the database could not be written",
                metadata: ["lost_since_start": "\(dropped)"]
            )
        }
        self.services = [
            UsageService(writer: self.writer),
            BackgroundService { await retention.run() },
            BackgroundService { await database.watch(clock: clock, interval: .seconds(3)) },
        ]
    }
}
