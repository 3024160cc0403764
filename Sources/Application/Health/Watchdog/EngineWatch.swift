public import Domain

/// What the watchdog does, for the log.
public enum WatchdogEvent: Sendable, Equatable {
    /// An engine answers questions and runs nothing: its loads hang, or all of it does.
    case wedged(EngineName, model: ModelName, onlyLoads: Bool)
    /// An engine that we run is started again.
    case restarted(EngineName)
    /// An engine works again and gets requests.
    case repaired(EngineName)
}

/// Looks for wedged engines again and again, and repairs them: one that we run is started again, any other gets nothing
/// until it answers a generation again.
///
/// Whoever waits in line goes on waiting; requests of whose answer nothing was seen go back there.
public struct EngineWatch: Sendable {
    private let directory: EngineDirectory
    private let settings: WatchdogSettings
    private let processes: (any EngineProcesses)?
    private let clock: any ServiceClock
    private let ids: any IDGenerator
    private let interval: Duration
    private let observer: @Sendable (WatchdogEvent) -> Void

    /// Creates a watch; ``run()`` does the work.
    ///
    /// - Parameters:
    ///   - directory: the engines.
    ///   - settings: the same as the directory's.
    ///   - processes: who can start engines again, if anybody can.
    ///   - clock: the time.
    ///   - ids: names the requests by which engines are tried.
    ///   - interval: the time between two looks.
    ///   - observer: told of everything that is done.
    public init(
        directory: EngineDirectory,
        settings: WatchdogSettings,
        processes: (any EngineProcesses)?,
        clock: any ServiceClock,
        ids: any IDGenerator,
        interval: Duration,
        observer: @escaping @Sendable (WatchdogEvent) -> Void
    ) {
        self.directory = directory
        self.settings = settings
        self.processes = processes
        self.clock = clock
        self.ids = ids
        self.interval = interval
        self.observer = observer
    }

    /// Looks until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: EngineName.self) { group in
            var busy: Set<EngineName> = []
            while !Task.isCancelled {
                for engine in self.directory.engines.map(\.client.identity.name) where !busy.contains(engine) {
                    guard let verdict = self.directory.suspicion(of: engine) else { continue }
                    busy.insert(engine)
                    group.addTask {
                        await self.follow(verdict, engine)
                        return engine
                    }
                }
                // Engines are repaired beside each other: one that takes long must not hide another.
                group.addTask {
                    try? await self.clock.sleep(for: self.interval)
                    return EngineWatch.nobody
                }
                while let done = await group.next() {
                    busy.remove(done)
                    if done == EngineWatch.nobody { break }
                }
            }
            group.cancelAll()
        }
    }

    /// The name of no engine: what the pause between two looks returns.
    private static let nobody = EngineName("")

    // MARK: One engine

    private func follow(_ verdict: Watchdog.Verdict, _ engine: EngineName) async {
        switch verdict {
        case .wedged(let model): await self.repair(engine, model: model, onlyLoads: false)
        case .ask(let asked, let model):
            // Whoever is being answered has proved already what the question would.
            let isAnswering = self.directory.isAnswering(engine, within: self.settings.canary)
            let answers: Bool
            if isAnswering { answers = true } else { answers = await self.answers(engine, asked) }
            guard !Task.isCancelled else { return }
            // The one model that is loaded is the one that was waited for, and it answers.
            if answers, asked == model, !isAnswering { return self.directory.calm(engine) }
            await self.repair(engine, model: model, onlyLoads: answers)
        }
    }

    private func repair(_ engine: EngineName, model: ModelName, onlyLoads: Bool) async {
        self.directory.setWedged(true, engine)
        self.observer(.wedged(engine, model: model, onlyLoads: onlyLoads))
        self.directory.endSilent(on: engine)
        let isManaged = self.directory.engine(engine)?.client.identity.isManaged ?? false
        if isManaged, self.settings.restart, let processes = self.processes {
            await self.untilQuiet(engine)
            guard !Task.isCancelled else { return }
            let before = processes.report(on: engine)?.pid
            if processes.restart(engine) {
                self.observer(.restarted(engine))
                await self.until { processes.report(on: engine).map { $0.pid != nil && $0.pid != before } ?? true }
                return self.takeBack(engine)
            }
        }
        // The model that hung has to answer: any other may do so while the loads still hang.
        while !Task.isCancelled {
            if await self.answers(engine, model, within: self.settings.noProgress) { return self.takeBack(engine) }
            try? await self.clock.sleep(for: self.interval)
        }
    }

    private func takeBack(_ engine: EngineName) {
        guard !Task.isCancelled else { return }
        self.directory.setWedged(false, engine)
        self.observer(.repaired(engine))
    }

    /// Lets those be answered to the end who are being answered, but not for ever.
    private func untilQuiet(_ engine: EngineName) async {
        let deadline = self.clock.now.advanced(by: self.settings.noProgress)
        await self.until {
            self.clock.now >= deadline || !self.directory.isAnswering(engine, within: self.settings.canary)
        }
    }

    private func until(_ condition: @Sendable () -> Bool) async {
        while !Task.isCancelled, !condition() { try? await self.clock.sleep(for: self.interval) }
    }

    // MARK: The canary

    /// Whether a model says something when it is asked for one token.
    private func answers(_ engine: EngineName, _ model: ModelName, within limit: Duration? = nil) async -> Bool {
        let limit = limit ?? self.settings.canary
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.ask(engine, model) }
            group.addTask {
                try? await self.clock.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func ask(_ name: EngineName, _ model: ModelName) async -> Bool {
        guard let engine = self.directory.engine(name) else { return false }
        let resident = self.directory.residentName(of: model, on: name)
        let info = engine.model(model)
        // The question may not shorten the stay of a model that is to stay.
        let keepAlive: KeepAlive? = self.directory.staysForEver(model, on: name) ? .forEver : nil
        // A model that does not generate is asked to be loaded, which it is.
        if let info, !info.capabilities.isEmpty, !info.capabilities.contains(.completion) {
            let load = ModelLoad(
                model: resident ?? engine.engineName(of: model),
                generates: false,
                keepAlive: keepAlive
            )
            return (try? await engine.client.load(load)) != nil
        }
        do {
            var options = GenerationOptions()
            options.maxTokens = 1
            options.temperature = 0
            options.keepAlive = keepAlive
            let request = GenerationRequest(model: nil, prompt: try Prompt("Hi"), system: nil, options: options)
            let stream = try engine.client.stream(
                EngineRequest(
                    work: .generate(request),
                    model: resident ?? engine.engineName(of: model),
                    isLoaded: resident != nil,
                    loadedContext: nil,
                    requestID: RequestID(generated: self.ids.next())
                )
            )
            defer { stream.cancel(.callerLeft) }
            return try await withTaskCancellationHandler {
                try await stream.next() != nil
            } onCancel: {
                stream.cancel(.callerLeft)
            }
        } catch {
            return false
        }
    }
}
