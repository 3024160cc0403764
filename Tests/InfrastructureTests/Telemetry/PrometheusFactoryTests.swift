import Application
import Metrics
import Testing

@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Prometheus' text format")
struct PrometheusFactoryTests {
    private let factory = PrometheusFactory(metrics: [])

    private var text: String { String(decoding: self.factory.text(with: []), as: UTF8.self) }

    @Test("A counter and a gauge are a line each, below their kind")
    func simple() {
        Counter(label: "a_total", dimensions: [("x", "1")], factory: self.factory).increment(by: 3)
        Counter(label: "a_total", dimensions: [("x", "0")], factory: self.factory).increment()
        Meter(label: "b", factory: self.factory).set(1.5)
        #expect(
            self.text == """
                # TYPE a_total counter
                a_total{x="0"} 1
                a_total{x="1"} 3
                # TYPE b gauge
                b 1.5

                """
        )
    }

    @Test("A histogram counts up to each bound, bounds included, and all at the end")
    func histogram() throws {
        let factory = PrometheusFactory()
        let recorder = Recorder(label: Metric.overhead.name, factory: factory)
        for value in [0.000_05, 0.000_06, 0.002, 99] { recorder.record(value) }
        let text = String(decoding: factory.text(with: []), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("shared_ollama_overhead_seconds") }
        #expect(lines.first == "shared_ollama_overhead_seconds_bucket{le=\"5e-05\"} 1")
        #expect(lines.contains("shared_ollama_overhead_seconds_bucket{le=\"0.0001\"} 2"))
        #expect(lines.contains("shared_ollama_overhead_seconds_bucket{le=\"0.0025\"} 3"))
        #expect(lines.contains("shared_ollama_overhead_seconds_bucket{le=\"2.5\"} 3"))
        #expect(lines.contains("shared_ollama_overhead_seconds_bucket{le=\"+Inf\"} 4"))
        #expect(lines.last == "shared_ollama_overhead_seconds_count 4")
        let sum = try #require(lines.first { $0.contains("_sum ") }?.split(separator: " ").last.flatMap { Double($0) })
        #expect(abs(sum - 99.002_11) < 0.000_001)
    }

    @Test("A timer's nanoseconds are shown in seconds")
    func timer() {
        Timer(label: "t_seconds", factory: self.factory).recordNanoseconds(2_000_000_000)
        #expect(self.text.contains("t_seconds_sum 2\n"))
        #expect(self.text.contains("t_seconds_bucket{le=\"5\"} 1\n"))
    }

    @Test("What would break a line is escaped")
    func escaped() {
        Counter(label: "a_total", dimensions: [("x", "a\"b\\c\nd")], factory: self.factory).increment()
        #expect(self.text.contains("a_total{x=\"a\\\"b\\\\c\\nd\"} 1\n"))
    }

    @Test("The same name and labels are the same series; the same name of another kind is not shown")
    func kinds() {
        for _ in 0..<2 { Counter(label: "a_total", factory: self.factory).increment() }
        Meter(label: "a_total", factory: self.factory).set(77)
        #expect(self.text == "# TYPE a_total counter\na_total 2\n")
    }

    @Test("A family has no more than a thousand series")
    func bounded() {
        for number in 0..<1100 {
            Counter(label: "a_total", dimensions: [("x", "\(number)")], factory: self.factory).increment()
        }
        #expect(self.text.split(separator: "\n").count == 1 + PrometheusFactory.maximumSeries)
    }

    @Test("A series that is destroyed is not shown any more")
    func destroyed() {
        let counter = Counter(label: "a_total", factory: self.factory)
        counter.increment()
        counter.destroy()
        #expect(!self.text.contains("a_total 1"))
    }

    @Test("What is looked up stands beside what is counted, and a counter without labels begins at zero")
    func readings() {
        let factory = PrometheusFactory()
        let label = MetricLabel("engine", "local")
        let text = String(decoding: factory.text(with: [MetricReading(.engineUp, 1, label)]), as: UTF8.self)
        #expect(text.contains("# TYPE shared_ollama_engine_up gauge\nshared_ollama_engine_up{engine=\"local\"} 1\n"))
        #expect(text.contains("\nshared_ollama_usage_records_dropped_total 0\n"))
        for metric in Metric.all {
            #expect(text.contains("# HELP \(metric.name) "))
            #expect(text.contains("# TYPE \(metric.name) \(metric.kind.rawValue)\n"))
        }
    }

    @Test("What many threads count at once is all counted")
    func concurrent() async {
        let metrics = SwiftMetricsAdapter(factory: self.factory)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        metrics.increment(.usageDropped)
                        metrics.observe(.seconds(1), in: .overhead)
                    }
                }
            }
        }
        #expect(self.text.contains("\(Metric.usageDropped.name) 8000\n"))
        #expect(self.text.contains("\(Metric.overhead.name)_count 8000\n"))
    }

    @Test("The process is told about itself")
    func process() {
        let readings = ProcessReadings(version: "1.2.3", startedAt: .now).readings
        #expect(readings.contains(MetricReading(.buildInfo, 1, MetricLabel("version", "1.2.3"))))
        let values = Dictionary(readings.map { ($0.metric, $0.value) }) { first, _ in first }
        #expect(values[.processStart, default: 0] > 1_600_000_000)
        #expect(values[.processCPU, default: 0] > 0)
        #expect(values[.processMaxFiles, default: 0] > 0)
        #if os(Linux)
        #expect(values[.processMemory, default: 0] > 1_000_000)
        #expect(values[.processVirtualMemory, default: 0] >= values[.processMemory, default: 0])
        #expect(values[.processOpenFiles, default: 0] > 0)
        #endif
    }
}
