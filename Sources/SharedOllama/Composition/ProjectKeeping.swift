import Adapters
import Application
import Infrastructure
import Logging
import ServiceLifecycle

/// Who may call: the projects, their keys, and the door in front of them.
struct ProjectKeeping: Sendable {
    /// The projects and their keys.
    let registry: ProjectRegistry
    /// Who may reach the service at all.
    let door: Door
    /// The certificate for HTTPS, if there is one.
    let tls: TLSIdentity?
    /// `http` or `https`.
    var scheme: String { self.tls == nil ? "http" : "https" }
    private let watch: KeyWatch
    private let configuration: ServiceConfiguration
    private let logger: Logger

    /// Reads the certificate; the keys of the database are read by ``prepare(limits:ledger:)``.
    ///
    /// - Throws: ``ConfigurationError`` if the certificate cannot be used.
    init(
        _ configuration: ServiceConfiguration,
        database: ServiceDatabase,
        clock: any ServiceClock,
        logger: Logger
    ) throws {
        let store = SQLiteKeyStore(database: database)
        self.configuration = configuration
        self.logger = logger
        self.registry = ProjectRegistry(
            configuration.registrySettings,
            hashing: LibCryptoHashing(),
            clock: clock
        )
        self.door = Door(configuration.doorSettings)
        self.tls = try ProjectKeeping.identity(configuration.server.tls)
        self.watch = KeyWatch(registry: self.registry, store: store, clock: clock) { error in
            logger.error("the keys in the database cannot be read; those known go on to count: \(error)")
        }
    }

    /// Looks for changes of the keys in the database.
    var keyWatching: any Service {
        BackgroundService { [watch = self.watch] in await watch.run() }
    }

    /// Reads the keys and what has been used today, and refuses to serve everybody unasked.
    ///
    /// - Throws: ``ConfigurationError`` if other machines reach the service and there is no key; an error of the store.
    func prepare(limits: LimitKeeper, ledger: any UsageLedger) async throws {
        try await self.watch.refresh()
        try await limits.load(self.registry.configured, from: ledger)
        guard !self.configuration.needsStoredKey || self.registry.hasKeys else {
            throw ServiceConfiguration.storedKeyMissing
        }
        if !self.configuration.isLocal, self.registry.hasKeys, self.tls == nil {
            self.logger.warning(
                "keys go over the network without encryption; set server.tls, or use a proxy with HTTPS"
            )
        }
    }

    /// Takes the projects, the door and the certificate of another configuration.
    ///
    /// - Throws: ``ConfigurationError`` if the certificate cannot be used; then nothing has changed.
    func adopt(_ configuration: ServiceConfiguration) throws {
        let files = configuration.server.tls
        if let tls = self.tls, let certificate = files.certificate, let key = files.key {
            do {
                try tls.reload(certificate: certificate, key: key)
            } catch {
                throw ProjectKeeping.unusable(error)
            }
        }
        self.registry.replace(configuration.registrySettings)
        self.door.replace(configuration.doorSettings)
    }

    private static func identity(_ files: ServiceConfiguration.Server.TLS) throws -> TLSIdentity? {
        guard let certificate = files.certificate, let key = files.key else { return nil }
        do {
            return try TLSIdentity(certificate: certificate, key: key)
        } catch {
            throw self.unusable(error)
        }
    }

    private static func unusable(_ error: any Error) -> ConfigurationError {
        ConfigurationError(problems: [
            ConfigurationProblem(key: "server.tls", origin: nil, detail: "The files cannot be used: \(error).")
        ])
    }
}

extension ServiceConfiguration {
    /// What the registry of projects wants to know.
    fileprivate var registrySettings: ProjectRegistry.Settings {
        ProjectRegistry.Settings(
            projects: self.projects.map { .init(project: $0.project, keyHashes: $0.keyHashes) },
            maxUnregistered: self.maxUnregisteredProjects,
            allowsAnonymous: self.allowAnonymous,
            isLocal: self.isLocal
        )
    }

    /// What the door wants to know.
    fileprivate var doorSettings: Door.Settings {
        Door.Settings(
            isLocal: self.isLocal,
            hosts: self.server.hosts,
            origins: self.server.origins,
            trustedProxies: self.server.trustedProxies
        )
    }
}
