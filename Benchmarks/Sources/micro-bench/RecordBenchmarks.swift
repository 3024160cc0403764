import Application
import Domain
import GRDB
import Logging

extension Benchmark {
    /// What is kept of a request.
    static var ofRecords: [Benchmark] {
        [
            Benchmark("record-metrics") {
                let metrics = SwiftMetricsAdapter(factory: PrometheusFactory())
                let bounds = RequestMetrics.Bounds(projects: 100, models: 100)
                return try Benchmark.recording(
                    by: RequestMetrics(metrics: metrics, bounds: bounds, clock: SteppingClock())
                )
            },
            Benchmark("record-statistics") {
                // So few that the oldest has to go long before the end.
                let bounds = RequestStatistics.Bounds(requests: 256)
                return try Benchmark.recording(by: RequestStatistics(bounds: bounds, clock: SteppingClock()))
            },
            Benchmark("record-log-line") {
                let record = RequestRecord.sample(project: try ProjectName("project-42"), model: try Inputs.model)
                return {
                    JSONLogLine.render(
                        time: RequestRecord.sampleTime,
                        level: .info,
                        logger: nil,
                        message: "request completed",
                        content: RequestLogLine(record: record)
                    ).count
                }
            },
            Benchmark("ledger-row") {
                // All in one transaction that never ends: the disk is not what is measured.
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                let database = try DatabaseQueue(configuration: configuration)
                try Migration.migrator([.usage]).migrate(database)
                let record = RequestRecord.sample(project: try ProjectName("project-42"), model: try Inputs.model)
                let places = UsageRow.names.map { _ in "?" }.joined(separator: ", ")
                let sql = "INSERT INTO usage (\(UsageRow.names.joined(separator: ", "))) VALUES (\(places))"
                let statement = try database.writeWithoutTransaction { database in
                    try database.beginTransaction()
                    return try database.makeStatement(sql: sql)
                }
                return {
                    try database.unsafeReentrantWrite { database in
                        try statement.execute(for: [record]) { UsageRow.bind($0, to: &$1) }
                        return database.changesCount
                    }
                }
            },
        ]
    }

    /// Records of a hundred projects in turn.
    private static func recording(by recorder: some RequestRecorder) throws -> () throws -> Int {
        let model = try Inputs.model
        let records = try Inputs.projects.map { RequestRecord.sample(project: $0.name, model: model) }
        var turn = 0
        return {
            turn = (turn + 1) % records.count
            recorder.record(records[turn])
            return turn
        }
    }
}
