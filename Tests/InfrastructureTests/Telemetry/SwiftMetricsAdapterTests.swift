import Application
import Metrics
import MetricsTestKit
import Testing

@testable import Infrastructure

@Suite("The metrics")
struct SwiftMetricsAdapterTests {
    @Test("Counters count, by label")
    func counters() throws {
        let factory = TestMetrics()
        let metrics = SwiftMetricsAdapter(factory: factory)
        metrics.increment(.errors, MetricLabel("code", "internal"))
        metrics.increment(.errors, MetricLabel("code", "internal"))
        metrics.add(5, to: .errors, [MetricLabel("code", "cancelled")])
        metrics.increment(.usageDropped)
        #expect(try factory.expectCounter(Metric.errors.name, [("code", "internal")]).totalValue == 2)
        #expect(try factory.expectCounter(Metric.errors.name, [("code", "cancelled")]).totalValue == 5)
        #expect(try factory.expectCounter(Metric.usageDropped.name, []).totalValue == 1)
    }

    @Test("Durations are noted in seconds")
    func durations() throws {
        let factory = TestMetrics()
        let metrics = SwiftMetricsAdapter(factory: factory)
        metrics.observe(.milliseconds(3), in: .queueWait, MetricLabel("class", "normal"))
        #expect(try factory.expectRecorder(Metric.queueWait.name, [("class", "normal")]).values == [0.003])
    }

    @Test("A series has one handler, however often it is used")
    func cached() {
        let factory = TestMetrics()
        let metrics = SwiftMetricsAdapter(factory: factory)
        for _ in 0..<100 { metrics.increment(.cancellations, MetricLabel("phase", "queued")) }
        #expect(factory.counters.count == 1)
    }

    @Test("There are never more than a thousand series, whatever the labels")
    func bounded() {
        let factory = TestMetrics()
        let metrics = SwiftMetricsAdapter(factory: factory)
        for number in 0..<1200 { metrics.increment(.requests, MetricLabel("ending", "\(number)")) }
        #expect(factory.counters.count == SwiftMetricsAdapter.maximumSeries)
    }

    @Test("A label that is forgotten takes its series with it, and makes room for others")
    func forgotten() {
        let exposition = PrometheusFactory()
        let metrics = SwiftMetricsAdapter(factory: exposition)
        for project in ["old", "new"] {
            metrics.increment(.projectRequests, MetricLabel("project", project), MetricLabel("ending", "completed"))
        }
        metrics.forget(MetricLabel("project", "old"))
        let text = String(decoding: exposition.text(with: []), as: UTF8.self)
        #expect(!text.contains("project=\"old\""))
        #expect(text.contains("project=\"new\",ending=\"completed\"} 1\n"))
        metrics.increment(.projectRequests, MetricLabel("project", "old"), MetricLabel("ending", "completed"))
        let again = String(decoding: exposition.text(with: []), as: UTF8.self)
        #expect(again.contains("project=\"old\",ending=\"completed\"} 1\n"))
    }
}
