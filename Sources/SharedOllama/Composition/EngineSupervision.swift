import Application
import Domain
import Infrastructure
import Logging
import ProcessManager

/// Builds the supervisor of this machine's own engine, if the configuration leaves one to us.
struct EngineSupervision {
    let configuration: ServiceConfiguration
    let core: ServiceCore
    let factory: EngineFactory
    /// How an Ollama that we start is started.
    let plan: TuningPlan
    let logger: Logger

    /// The supervisor, or nil where the engines are the user's own affair.
    func makeSupervisor() -> EngineSupervisor? {
        guard let engine = self.configuration.managedEngine,
            let address = LocalEngineAddress(url: engine.url),
            let mode = SupervisorMode(rawValue: self.configuration.processManager.mode.rawValue)
        else { return nil }
        let data = self.configuration.dataDirectory
        var settings = EngineSupervisor.Settings(
            mode: mode,
            address: address,
            environment: ProcessCommand.inheritedEnvironment(home: data),
            guardInvocation: GuardInvocation(executable: OwnBinary.path)
        )
        settings.name = engine.name
        settings.binary = self.configuration.processManager.binary
        settings.adoptedLimits = self.factory.limits(of: engine)
        // The scheduler has the slots that the engine was started with.
        settings.launchedLimits = EngineLimits(
            parallel: self.plan.parallel,
            maxLoadedModels: self.plan.maxLoadedModels,
            weight: engine.weight
        )
        settings.ollamaVariables = self.plan.environment
        settings.bundled = BundledEngine.locate(in: data)
        settings.ollamaLog = self.log("ollama.log")
        settings.bundledLog = self.log("bundled-engine.log")
        return EngineSupervisor(settings: settings, dependencies: self.dependencies)
    }

    private func log(_ name: String) -> RotatingLog {
        RotatingLog(
            path: "\(self.configuration.dataDirectory)/logs/\(name)",
            maxBytes: self.configuration.log.maxBytes,
            files: self.configuration.log.files
        )
    }

    private var dependencies: EngineSupervisor.Dependencies {
        let (core, factory, logger) = (self.core, self.factory, self.logger)
        return EngineSupervisor.Dependencies(
            directory: core.directory,
            clock: core.clock,
            makeClient: { identity, url in factory.localClient(identity: identity, url: url) },
            runningRequests: { core.runningRequests(on: $0) },
            refresh: { await core.monitor.refresh() },
            observer: { event in
                SupervisorLog.write(event, to: logger)
                if case .process(let name, .crashLoop) = event {
                    core.directory.setFault("engine_crash_loop", of: name)
                }
            }
        )
    }
}

extension ServiceConfiguration {
    /// The engine that the process manager looks after: this machine's own that nobody listed, or, where the
    /// configuration insists on starting one, the only one that is listed.
    var managedEngine: Engine? {
        guard self.engines.count == 1, let engine = self.engines.first, engine.kind == .ollama else { return nil }
        return self.mayManageEngine || self.processManager.mode == .always ? engine : nil
    }
}

/// Tells the log what the supervisor does.
private enum SupervisorLog {
    static func write(_ event: SupervisorEvent, to logger: Logger) {
        switch event {
        case .adopted(let name, let url):
            logger.info("using the engine that is there", metadata: ["engine": "\(name)", "url": "\(url)"])
        case .launching(let name, let url):
            logger.info("starting an engine", metadata: ["engine": "\(name)", "url": "\(url)"])
        case .process(let name, let event): self.write(event, of: name, to: logger)
        case .draining(let name): logger.info("the engine gets nothing new", metadata: ["engine": "\(name)"])
        case .undrained(let name): logger.info("the engine gets requests again", metadata: ["engine": "\(name)"])
        case .removed(let name): logger.info("the engine is taken out", metadata: ["engine": "\(name)"])
        case .nothingToRun:
            logger.warning(
                "no engine answers and there is none to start: install Ollama, or run scripts/serve for the bundled one"
            )
        }
    }

    private static func write(_ event: ProcessEvent, of name: EngineName, to logger: Logger) {
        switch event {
        case .starting: logger.debug("engine process starting", metadata: ["engine": "\(name)"])
        case .ready(let pid):
            var metadata: Logger.Metadata = ["engine": "\(name)"]
            if let pid { metadata["pid"] = "\(pid)" }
            if name == EngineName("bundled") {
                metadata["note"] = "this is the small bundled model; install Ollama and pull a model for real work"
            }
            logger.info("engine ready", metadata: metadata)
        case .exited(let status, let pause):
            logger.warning(
                "engine process ended",
                metadata: ["engine": "\(name)", "status": "\(status)", "restart_in_ms": "\(Int(pause.milliseconds))"]
            )
        case .crashLoop(let status, let lines):
            logger.error(
                "engine_crash_loop: the engine ended too often",
                metadata: [
                    "engine": "\(name)", "status": "\(status)", "last_lines": .array(lines.suffix(5).map { "\($0)" }),
                ]
            )
        case .incident(let incident):
            logger.warning(
                "\(incident.kind.rawValue): \(incident.kind.advice)",
                metadata: ["engine": "\(name)", "line": "\(incident.line)"]
            )
        case .stopped: logger.info("engine stopped", metadata: ["engine": "\(name)"])
        }
    }
}
