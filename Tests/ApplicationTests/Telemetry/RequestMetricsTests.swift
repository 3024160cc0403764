import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Metrics of requests")
struct RequestMetricsTests {
    private let clock = ManualClock()
    private let metrics = RecordingMetrics()

    private func counting(projects: Int = 10, models: Int = 10) -> RequestMetrics {
        RequestMetrics(metrics: self.metrics, bounds: .init(projects: projects, models: models), clock: self.clock)
    }

    private func record(project: String = "search", model: String? = "smollm2") throws -> RequestRecord {
        let record = RequestRecord(
            requestID: RequestID(generated: "r"),
            project: try ProjectName(project),
            dialect: .openAI,
            operation: .chat,
            arrivedAt: self.clock.wallTime
        )
        record.model = try model.map { try ModelName($0) }
        return record
    }

    @Test("A request that came to its end is counted once everywhere, in base units")
    func completed() throws {
        let record = try self.record()
        record.engine = EngineName("local")
        record.requestClass = .interactive
        record.queueWait = .milliseconds(250)
        record.firstEvent = .milliseconds(500)
        record.total = .seconds(2)
        record.overhead = .microseconds(300)
        record.usage = TokenUsage(promptTokens: 7, completionTokens: 4, cachedTokens: 3)
        self.counting().record(record)
        let model = MetricLabel("gen_ai_request_model", "smollm2:latest")
        let operation = MetricLabel("gen_ai_operation_name", "chat")
        #expect(
            self.metrics.labels(.requests) == [
                [
                    MetricLabel("operation", "chat"), MetricLabel("dialect", "openai"),
                    MetricLabel("ending", "completed"),
                ]
            ]
        )
        #expect(self.metrics.count(.projectRequests, "search") == 1)
        #expect(self.metrics.count(.tokens, "input") == 7)
        #expect(self.metrics.count(.tokens, "output") == 4)
        #expect(self.metrics.count(.tokens, "cached") == 3)
        #expect(self.metrics.values(.duration, operation, model) == [2])
        #expect(self.metrics.values(.queueWait, MetricLabel("class", "interactive")) == [0.25])
        #expect(self.metrics.values(.timeToFirstToken, model) == [0.75])
        #expect(self.metrics.values(.overhead) == [0.0003])
        #expect(self.metrics.values(.tokenUsage, operation, MetricLabel("gen_ai_token_type", "input")) == [7])
        #expect(self.metrics.values(.tokenUsage, operation, MetricLabel("gen_ai_token_type", "output")) == [4])
        // From the first piece to the end, without our own time, over the three tokens that followed.
        let perToken = try #require(self.metrics.values(.timePerOutputToken, model).first)
        #expect(abs(perToken - (2 - 0.75 - 0.0003) / 3) < 0.000_001)
    }

    @Test("Where the engine tells how long it generated, that makes the time for a token")
    func engineTimes() throws {
        let record = try self.record()
        record.firstEvent = .milliseconds(1)
        record.total = .seconds(100)
        record.usage = TokenUsage(promptTokens: 1, completionTokens: 10)
        record.timings = EngineTimings(generation: .seconds(2))
        self.counting().record(record)
        #expect(
            self.metrics.values(.timePerOutputToken, MetricLabel("gen_ai_request_model", "smollm2:latest")) == [0.2]
        )
    }

    @Test("A request that failed is counted by its code, and is no measure of how fast answers are")
    func failed() throws {
        let record = try self.record(model: nil)
        record.ending = .failed(ServiceError(.queueFull, "full"))
        record.queueWait = .seconds(1)
        record.firstEvent = .seconds(1)
        self.counting().record(record)
        #expect(self.metrics.count(.errors, "queue_full") == 1)
        #expect(self.metrics.count(.requests, "failed") == 1)
        #expect(self.metrics.labels(.queueWait) == [])
        #expect(self.metrics.labels(.timeToFirstToken) == [])
        let unknown = MetricLabel("gen_ai_request_model", "unknown")
        #expect(self.metrics.values(.duration, MetricLabel("gen_ai_operation_name", "chat"), unknown).count == 1)
    }

    @Test("A cancelled request is counted by the phase in which it was")
    func cancelled() throws {
        let record = try self.record()
        record.ending = .cancelled(.decoding)
        self.counting().record(record)
        #expect(self.metrics.count(.cancellations, "decoding") == 1)
    }

    @Test("A share of a generation books a share of its tokens")
    func shared() throws {
        let record = try self.record()
        record.share = 0.5
        record.usage = TokenUsage(promptTokens: 10, completionTokens: 20)
        self.counting().record(record)
        #expect(self.metrics.count(.tokens, "input") == 5)
        #expect(self.metrics.count(.tokens, "output") == 10)
    }

    @Test("Predecessor 30: ten thousand names of projects and models make no more series than there are places")
    func bounded() throws {
        let counting = self.counting(projects: 3, models: 2)
        for number in 0..<10_000 { counting.record(try self.record(project: "p\(number)", model: "m\(number)")) }
        let projects = Set(
            self.metrics.labels(.projectRequests).flatMap { $0 }.filter { $0.name == "project" }.map(\.value)
        )
        #expect(projects == ["p0", "p1", "p2", "other"])
        let models = Set(self.metrics.labels(.duration).compactMap(\.last?.value))
        #expect(models == ["m0:latest", "m1:latest", "other"])
        #expect(self.metrics.count(.projectRequests, "other") == 9997)
        #expect(self.metrics.forgotten == [])
    }

    @Test("A name that was not used for an hour gives its place and its series to a new one")
    func replaced() throws {
        let counting = self.counting(projects: 1, models: 1)
        counting.record(try self.record(project: "old", model: "old"))
        self.clock.advance(by: .seconds(3600))
        counting.record(try self.record(project: "new", model: "new"))
        #expect(
            self.metrics.forgotten == [
                MetricLabel("project", "old"), MetricLabel("gen_ai_request_model", "old:latest"),
            ]
        )
        #expect(self.metrics.count(.projectRequests, "new") == 1)
    }
}

@Suite("Metrics of engines")
struct EngineMetricsTests {
    private let metrics = RecordingMetrics()

    @Test("Loads are counted by whose they were, with the time of ours")
    func loads() throws {
        let counting = EngineMetrics(metrics: self.metrics)
        let (model, engine) = (try ModelName("m"), EngineName("local"))
        counting.note(.loaded(model, engine, took: .seconds(3)))
        counting.note(.loaded(model, engine, took: nil))
        counting.note(.loadFailed(model, engine, ServiceError(.modelUnavailable, "no")))
        counting.note(.unloaded(model, engine))
        for outcome in ["service", "other", "failed"] { #expect(self.metrics.count(.modelLoads, outcome) == 1) }
        #expect(self.metrics.count(.modelUnloads, "local") == 1)
        #expect(self.metrics.values(.modelLoad, MetricLabel("engine", "local")) == [3])
        counting.note(.removed(engine))
        #expect(self.metrics.forgotten == [MetricLabel("engine", "local")])
    }

    @Test("A swap is an unload that the scheduler wanted and the engine did")
    func swaps() async throws {
        let loader = ScriptedMover()
        let mover = EngineMetrics(metrics: self.metrics).counting(loader)
        let (model, engine) = (try ModelName("m"), EngineName("local"))
        _ = await mover.load(model, as: model, on: engine)
        _ = await mover.unload(model, on: engine)
        #expect(self.metrics.count(.modelSwaps, "local") == 1)
        loader.fails.withLock { $0 = true }
        #expect(await mover.unload(model, on: engine) != nil)
        #expect(self.metrics.count(.modelSwaps, "local") == 1)
    }

    @Test("Every metric's name, labels and buckets keep Prometheus' rules, and no two are the same")
    func names() {
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
        for metric in Metric.all {
            let letters = metric.name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
            #expect(letters, "\(metric.name)")
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect((metric.kind == .histogram) == !metric.buckets.isEmpty, "\(metric.name)")
            #expect(metric.buckets == metric.buckets.sorted(), "\(metric.name)")
            #expect(!metric.labels.contains("le"), "\(metric.name)")
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
        }
    }
}

/// Moves at once, or says that it cannot.
private final class ScriptedMover: ModelMover {
    let fails = Mutex(false)

    func load(_ model: ModelName, as runner: ModelName, on engine: EngineName) async -> ServiceError? { nil }

    func unload(_ model: ModelName, on engine: EngineName) async -> ServiceError? {
        self.fails.withLock { $0 } ? ServiceError(.modelUnavailable, "no") : nil
    }
}
