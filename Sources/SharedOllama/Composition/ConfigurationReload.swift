import Application
import Domain
import Infrastructure
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Reads the configuration anew and takes of it what can change while requests are served: projects, limits, the door,
/// certificates and engines.
///
/// What is wrong with it is logged, and everything stays as it was.
final class ConfigurationReload: Sendable {
    /// Reads the configuration, or says all that is wrong with it.
    typealias Reading =
        @Sendable () throws(ConfigurationError) -> (configuration: ServiceConfiguration, warnings: [String])

    private let current: Mutex<ServiceConfiguration>
    private let read: Reading
    private let projects: ProjectKeeping
    private let core: ServiceCore
    private let factory: EngineFactory
    private let batches: BatchRunning
    private let ledger: any UsageLedger
    private let logger: Logger

    init(
        current: ServiceConfiguration,
        read: @escaping Reading,
        projects: ProjectKeeping,
        core: ServiceCore,
        factory: EngineFactory,
        batches: BatchRunning,
        ledger: any UsageLedger,
        logger: Logger
    ) {
        self.current = Mutex(current)
        self.read = read
        self.projects = projects
        self.core = core
        self.factory = factory
        self.batches = batches
        self.ledger = ledger
        self.logger = logger
    }

    /// Reads and takes the configuration once.
    func run() async {
        do {
            let (configuration, warnings) = try self.read()
            for warning in warnings { self.logger.warning("\(warning)") }
            try await self.countToday(of: configuration)
            try self.projects.adopt(configuration)
            let old = self.current.withLock { current in
                defer { current = configuration }
                return current
            }
            self.core.admission.change(configuration.projects(after: old))
            self.batches.reload(configuration)
            try self.exchangeEngines(old, configuration)
            if old.afterRestart != configuration.afterRestart {
                self.logger.warning("some of what has changed in the configuration counts only after a restart")
            }
            self.logger.notice("the configuration has been read anew")
            await self.core.monitor.refresh()
        } catch let error as ConfigurationError {
            for problem in error.problems {
                self.logger.error("the configuration is refused, the old one stays: \(problem)")
            }
        } catch {
            self.logger.error("the configuration is refused, the old one stays: \(error)")
        }
    }

    /// Reads what projects that get a limit of a day have used today already.
    private func countToday(of new: ServiceConfiguration) async throws {
        let old = self.current.withLock { $0.projects.filter { $0.project.tokensPerDay != nil }.map(\.project.name) }
        let projects = new.projects.map(\.project).filter { !old.contains($0.name) }
        try await self.core.limits.load(projects, from: self.ledger)
    }

    /// Adds and replaces engines, and takes out those that are gone; what they run goes on.
    ///
    /// An engine that the service itself looks after is left alone.
    private func exchangeEngines(_ old: ServiceConfiguration, _ new: ServiceConfiguration) throws {
        guard old.hasListedEngines, new.engineOrigin == .explicit else { return }
        let changed = new.engines.filter { !old.engines.contains($0) }
        let resized = changed.filter { engine in old.engines.contains { $0.isSamePlace(as: engine) } }
        let clients = try changed.filter { !resized.contains($0) }
            .map { engine in (try self.factory.client(for: engine), self.factory.limits(of: engine)) }
        // First what comes, so that there is no moment without an engine.
        for engine in resized { self.core.directory.setLimits(self.factory.limits(of: engine), of: engine.name) }
        for (client, limits) in clients { self.core.directory.register(client, limits: limits) }
        for engine in old.engines where !new.engines.contains(where: { $0.name == engine.name }) {
            self.core.directory.remove(engine.name)
        }
    }
}

extension ServiceConfiguration.Engine {
    /// Whether it is the same server, asked in the same way, whatever its limits are.
    fileprivate func isSamePlace(as other: Self) -> Bool {
        var same = other
        same.parallel = self.parallel
        same.maxLoadedModels = self.maxLoadedModels
        same.weight = self.weight
        return self == same
    }
}

extension ServiceConfiguration {
    /// Whether the engines are the user's own affair, so that a reload may exchange them.
    fileprivate var hasListedEngines: Bool { self.engineOrigin == .explicit && self.managedEngine == nil }

    /// The projects as they are after another configuration; one that is no longer listed has nothing special any more.
    fileprivate func projects(after old: ServiceConfiguration) -> [Project] {
        let listed = self.projects.map(\.project)
        let names = Set(listed.map(\.name))
        return listed + old.projects.filter { !names.contains($0.project.name) }.map { Project(name: $0.project.name) }
    }

    /// The configuration without what a reload takes.
    fileprivate var afterRestart: ServiceConfiguration {
        var rest = self
        rest.projects = []
        rest.maxUnregisteredProjects = 0
        rest.allowAnonymous = false
        rest.server.hosts = []
        rest.server.origins = nil
        rest.server.trustedProxies = []
        if self.server.tls.certificate != nil { rest.server.tls = .reloadable }
        if self.hasListedEngines { rest.engines = [] }
        return rest
    }
}

extension ServiceConfiguration.Server.TLS {
    /// Stands for any pair of files.
    fileprivate static var reloadable: Self {
        var files = Self()
        files.certificate = "-"
        return files
    }
}

/// Reloads on SIGHUP.
struct ReloadService: Service {
    let reload: ConfigurationReload

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            await self.reload.run()
        }
    }
}
