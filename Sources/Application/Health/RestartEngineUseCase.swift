import Domain
import Synchronization

/// Starts an engine of ours anew, when it has finished what it has.
public final class RestartEngineUseCase: Sendable {
    /// How it went.
    public struct Restarted: Sendable, Equatable {
        /// Whether all requests that ran came to their end before.
        public let isDrained: Bool
        /// How long they were waited for.
        public let waited: Duration
    }

    private let directory: EngineDirectory
    private let processes: (any EngineProcesses)?
    private let running: @Sendable (EngineName) -> Int
    private let clock: any ServiceClock
    private let patience: Duration
    private let underWay = Mutex<Set<EngineName>>([])

    /// The time between two looks.
    private static let pause = Duration.milliseconds(50)
    /// How long the old process may take to go.
    private static let ending = Duration.seconds(60)

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - directory: the engines.
    ///   - processes: who runs engines on this machine, if anybody does.
    ///   - running: how many requests run on an engine.
    ///   - clock: the time.
    ///   - patience: how long requests that run may go on.
    public init(
        directory: EngineDirectory,
        processes: (any EngineProcesses)?,
        running: @escaping @Sendable (EngineName) -> Int,
        clock: any ServiceClock,
        patience: Duration
    ) {
        self.directory = directory
        self.processes = processes
        self.running = running
        self.clock = clock
        self.patience = patience
    }

    /// Gives the engine nothing new, waits for what it runs, and starts it anew.
    ///
    /// What has not come to its end in time is cut. If the caller leaves before that, the engine stays as it is.
    ///
    /// - Throws: ``ServiceError`` `not_found`; `not_supported_by_engine` for an engine that is not ours; `conflict` while
    ///   it is being restarted already.
    public func restart(_ name: EngineName) async throws -> Restarted {
        guard self.directory.engine(name) != nil else { throw ServiceError.noSuchEngine(name) }
        guard let processes, let before = processes.report(on: name) else {
            throw ServiceError(
                .notSupportedByEngine,
                "The engine '\(name)' was not started by this service, so it is not restarted by it either.",
                isRetryable: false
            )
        }
        guard self.underWay.withLock({ $0.insert(name).inserted }) else {
            throw ServiceError(.conflict, "The engine '\(name)' is being restarted already.", retryAfter: .seconds(5))
        }
        defer { _ = self.underWay.withLock { $0.remove(name) } }
        self.directory.setDraining(true, name)
        defer { self.directory.setDraining(false, name) }
        let start = self.clock.now
        try await self.until(self.patience) { self.running(name) == 0 }
        let result = Restarted(isDrained: self.running(name) == 0, waited: self.clock.now - start)
        guard processes.restart(name) else { throw ServiceError.noSuchEngine(name) }
        // While the old one answers, the engine must not be taken for the new one.
        try? await self.until(RestartEngineUseCase.ending) {
            processes.report(on: name).map { $0.pid != before.pid || $0.pid == nil } ?? true
        }
        return result
    }

    /// Waits until something is so, or the time is over.
    private func until(_ limit: Duration, _ condition: @Sendable () -> Bool) async throws {
        let deadline = self.clock.now.advanced(by: limit)
        while !condition(), self.clock.now < deadline {
            try await self.clock.sleep(for: RestartEngineUseCase.pause)
        }
    }
}
