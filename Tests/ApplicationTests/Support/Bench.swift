import Application
import Domain
import TestSupport

/// A whole application around scripted engines.
struct Bench {
    let clock = ManualClock()
    let recorder = RecordingRecorder()
    let metrics = RecordingMetrics()
    let requests = OpenRequests()
    let admission: SchedulerAdmission
    let directory: EngineDirectory
    let monitor: EngineMonitor
    let opener: ExchangeOpener
    let chat: ChatUseCase
    let generate: GenerateUseCase
    let limits: LimitKeeper

    init(
        _ engines: [ScriptedEngine],
        slots: Int = 1,
        queue: Int = 10,
        timeout: Duration = .seconds(120),
        coalesces: Bool = false
    ) {
        var settings = SchedulerSettings()
        settings.chat = .init(maxQueueSize: queue, timeout: timeout)
        settings.maxWaitingBytes = 1000
        let admission = SchedulerAdmission(settings: settings, clock: self.clock)
        self.admission = admission
        self.limits = LimitKeeper(clock: self.clock)
        self.directory = EngineDirectory(clock: self.clock) { admission.apply($0) }
        for engine in engines { self.directory.register(engine, limits: EngineLimits(parallel: slots)) }
        self.monitor = EngineMonitor(directory: self.directory, clock: self.clock, interval: .seconds(2))
        let opener = ExchangeOpener(
            resolver: ModelResolver(directory: self.directory, monitor: self.monitor, defaults: ModelDefaults()),
            directory: self.directory,
            admission: admission,
            requests: self.requests,
            limits: self.limits,
            clock: self.clock,
            ids: CountedIDs(),
            coalesces: coalesces
        )
        self.opener = opener
        self.chat = ChatUseCase(opener: opener)
        self.generate = GenerateUseCase(opener: opener)
    }

    /// Runs the body while the monitor asks the engines, and stops it afterwards.
    func whileMonitoring<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.monitor.run() }
            group.addTask { await self.opener.runShared() }
            group.addTask {
                await self.admission.run(loader: ModelLoader(directory: self.directory))
            }
            defer { group.cancelAll() }
            await self.monitor.refresh()
            return try await body()
        }
    }

    func call(_ id: String = "r1", bytes: Int = 10, isStreamed: Bool = false) -> Call {
        let counting = RequestMetrics(metrics: self.metrics, bounds: .init(projects: 9, models: 9), clock: self.clock)
        let telemetry = Telemetry(
            clock: self.clock,
            recorder: RecorderGroup([self.recorder, counting]),
            metrics: self.metrics
        )
        let entry = RequestEntry(
            requestID: RequestID(generated: id),
            project: .default,
            dialect: .native,
            operation: .chat,
            telemetry: telemetry,
            statusOf: { _ in 599 }
        )
        return Call(
            entry: entry,
            bodyBytes: bytes,
            project: Project(name: entry.project),
            isStreamed: isStreamed
        )
    }

    static func chatRequest(model: String? = "smollm2") throws -> ChatRequest {
        try ChatRequest(
            model: model.map { try ModelName($0) },
            messages: [ChatMessage(role: .user, content: "hi")],
            options: GenerationOptions()
        )
    }

    /// A report of an engine that has these models, the first of them loaded.
    static func report(_ models: [String] = ["smollm2"], loaded: Int = 1, slots: Int? = nil) throws -> EngineReport {
        let infos = try models.map {
            ModelInfo(
                name: try ModelName($0),
                engineName: $0,
                modifiedAt: "2026-01-0\($0.count % 9 + 1)",
                capabilities: [.completion]
            )
        }
        return EngineReport(
            version: "1",
            models: infos,
            loaded: infos.prefix(loaded).map { LoadedModel(name: $0.name) },
            slots: slots
        )
    }

    /// A whole answer of this text.
    static func answer(
        _ text: String,
        _ reason: GenerationSummary.Reason = .stop,
        prompt: Int = 5,
        completion: Int = 3
    ) -> [ScriptedEngine.Step] {
        let usage = TokenUsage(promptTokens: prompt, completionTokens: completion)
        return [
            .event(.text(JSONText(text))),
            .event(.finished(.init(usage: usage, timings: EngineTimings(), reason: reason))),
        ]
    }

    /// A whole answer: some pieces of text and the end.
    static func answer(_ pieces: Int = 3) -> [ScriptedEngine.Step] {
        let texts = (0..<pieces).map { ScriptedEngine.Step.event(.text(JSONText("t\($0) "))) }
        let usage = TokenUsage(promptTokens: 5, completionTokens: pieces)
        return texts + [.event(.finished(.init(usage: usage, timings: EngineTimings(), reason: .stop)))]
    }
}
