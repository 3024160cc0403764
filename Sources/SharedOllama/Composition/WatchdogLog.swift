import Application
import Infrastructure
import Logging

extension ServiceConfiguration {
    /// When an engine, or a model on it, is left alone for a while.
    var breakerSettings: BreakerSettings {
        BreakerSettings(failures: self.breaker.failures, reset: self.breaker.reset)
    }

    /// When an engine counts as wedged.
    var watchdogSettings: WatchdogSettings {
        WatchdogSettings(
            noProgress: self.watchdog.noProgress,
            canary: self.watchdog.canary,
            restart: self.watchdog.restarts
        )
    }
}

/// Tells the log what the watchdog does.
enum WatchdogLog {
    static func write(_ event: WatchdogEvent, to logger: Logger) {
        switch event {
        case .wedged(let engine, let model, let onlyLoads):
            logger.error(
                "engine_wedged: the engine answers questions and runs nothing",
                metadata: [
                    "engine": "\(engine)", "model": "\(model)", "hangs": "\(onlyLoads ? "loads" : "everything")",
                ]
            )
        case .restarted(let engine): logger.warning("the engine is started again", metadata: ["engine": "\(engine)"])
        case .repaired(let engine):
            logger.info("the engine works again and gets requests", metadata: ["engine": "\(engine)"])
        }
    }
}
