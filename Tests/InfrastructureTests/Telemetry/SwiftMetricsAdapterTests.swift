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
        metrics.increment(.requests, MetricLabel("ending", "completed"))
        metrics.increment(.requests, MetricLabel("ending", "completed"))
        metrics.increment(.requests, MetricLabel("ending", "failed"))
        metrics.increment(.requests, nil)
        let name = MetricName.requests.rawValue
        #expect(try factory.expectCounter(name, [("ending", "completed")]).totalValue == 2)
        #expect(try factory.expectCounter(name, [("ending", "failed")]).totalValue == 1)
        #expect(try factory.expectCounter(name, []).totalValue == 1)
    }

    @Test("Gauges keep the last value")
    func gauges() throws {
        let factory = TestMetrics()
        let metrics = SwiftMetricsAdapter(factory: factory)
        metrics.set(.queued, to: 3, nil)
        metrics.set(.queued, to: 1.5, nil)
        #expect(try factory.expectMeter(MetricName.queued.rawValue).lastValue == 1.5)
    }

    @Test("Durations are recorded in nanoseconds")
    func timers() throws {
        let factory = TestMetrics()
        let metrics = SwiftMetricsAdapter(factory: factory)
        metrics.record(.duration, .milliseconds(3), MetricLabel("operation", "chat"))
        let timer = try factory.expectTimer(MetricName.duration.rawValue, [("operation", "chat")])
        #expect(timer.values == [3_000_000])
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
}
