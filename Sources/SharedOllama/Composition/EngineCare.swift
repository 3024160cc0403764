import Application
import Infrastructure
import Logging
import ProcessManager
import ServiceLifecycle

/// What is done in the background for an Ollama of our own: its models are warmed up, and unloaded in time.
struct EngineCare {
    let configuration: ServiceConfiguration
    let core: ServiceCore
    let supervisor: EngineSupervisor?
    let tuning: EngineTuning
    let logger: Logger

    /// Loads the profile's models when the engine has come; nil where there are none, or no engine may be ours.
    var warmUp: WarmUp? {
        guard let engine = self.configuration.managedEngine, let supervisor, let profile = self.tuning.choice.profile,
            !profile.warmUp.isEmpty
        else { return nil }
        return WarmUp(
            models: profile.warmUp,
            engine: engine.name,
            mayPull: self.configuration.processManager.pull,
            directory: self.core.directory,
            processes: supervisor,
            administer: self.core.administerModels,
            memory: self.core.modelMemory,
            clock: self.core.clock,
            ids: RandomIDGenerator(),
            observer: { [logger = self.logger] progress in Self.log(progress, to: logger) }
        )
    }

    /// Unloads what is idle beyond its time, and the least valuable where memory is short.
    var memoryKeeper: MemoryKeeper? {
        guard self.configuration.managedEngine != nil else { return nil }
        let core = self.core
        return MemoryKeeper(
            directory: core.directory,
            memory: core.modelMemory,
            running: { core.admission.running($0, on: $1) },
            free: FreeMemory(),
            clock: core.clock,
            interval: .seconds(10),
            observer: { [logger = self.logger] unloaded in
                let why =
                    unloaded.isForMemory ? "the machine has too little memory left" : "it was idle beyond its time"
                logger.info(
                    "model unloaded: \(why)",
                    metadata: ["engine": "\(unloaded.engine)", "model": "\(unloaded.model)"]
                )
            }
        )
    }

    private static func log(_ progress: WarmUp.Progress, to logger: Logger) {
        let metadata: Logger.Metadata = ["model": "\(progress.model)", "phase": "\(progress.phase.rawValue)"]
        switch progress.phase {
        case .waiting: break
        case .pulling: logger.info("fetching a model to warm it up", metadata: metadata)
        case .loading: logger.info("loading a model to warm it up", metadata: metadata)
        case .loaded: logger.info("the model is warm", metadata: metadata)
        case .missing:
            logger.warning(
                """
                the engine does not have a model that the profile warms up: fetch it with 'ollama pull \(progress.model)', \
                or set process_manager.pull to true
                """,
                metadata: metadata
            )
        case .failed:
            logger.warning(
                "a model could not be warmed up",
                metadata: metadata.merging(["reason": "\(progress.message ?? "")"]) { $1 }
            )
        }
    }
}
