import Application
import Domain
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
