public import Application

extension EngineSupervisor {
    /// What the supervisor is told once.
    public struct Settings: Sendable {
        /// What it may do.
        public var mode: SupervisorMode
        /// The default local engine's name.
        public var name = EngineName("local")
        /// Where the default local engine listens, or is made to listen.
        public var address: LocalEngineAddress
        /// The `ollama` program: a path, or a name that is looked for on `PATH`.
        public var binary = "ollama"
        /// Variables for the Ollama that we start, such as `OLLAMA_NUM_PARALLEL`: they count before those of the
        /// environment.
        ///
        /// `OLLAMA_HOST` is set by the supervisor.
        public var ollamaVariables: [String: String] = [:]
        /// How much an Ollama that we start runs at once.
        ///
        /// An adopted one has ``adoptedLimits``.
        public var launchedLimits = EngineLimits()
        /// How much an Ollama that is not ours runs at once.
        public var adoptedLimits = EngineLimits()
        /// The environment that children inherit, without the service's own variables.
        public var environment: [String: String]
        /// The bundled engine; nil if it is not installed.
        public var bundled: BundledEngine?
        /// The bundled engine's name.
        public var bundledName = EngineName("bundled")
        /// How to run our binary as the guard.
        public var guardInvocation: GuardInvocation
        /// Where an Ollama that we start writes.
        public var ollamaLog: RotatingLog?
        /// Where the bundled engine writes.
        public var bundledLog: RotatingLog?
        /// How soon engines are started again.
        public var restarts = RestartPolicy()
        /// The time between SIGTERM and SIGKILL for engines that are stopped.
        public var grace = Duration.seconds(10)
        /// The time between two looks at the engines.
        public var interval = Duration.seconds(2)

        /// Creates settings with the usual names and times.
        public init(
            mode: SupervisorMode,
            address: LocalEngineAddress,
            environment: [String: String],
            guardInvocation: GuardInvocation
        ) {
            self.mode = mode
            self.address = address
            self.environment = environment
            self.guardInvocation = guardInvocation
        }
    }

    /// What the supervisor needs from others.
    public struct Dependencies: Sendable {
        /// Makes a client for an engine.
        public typealias MakeClient = @Sendable (EngineIdentity, _ url: String) -> any EngineClient

        /// Where engines are registered.
        public var directory: EngineDirectory
        /// The time.
        public var clock: any ServiceClock
        /// Makes the clients.
        public var makeClient: MakeClient
        /// How many requests run on an engine: a draining one is stopped when there are none.
        public var runningRequests: @Sendable (EngineName) -> Int
        /// Called after the directory has changed: the moment to ask all engines how they are.
        public var refresh: @Sendable () async -> Void
        /// Told of everything that happens, from any task.
        ///
        /// Must return at once.
        public var observer: @Sendable (SupervisorEvent) -> Void

        /// Puts them together.
        public init(
            directory: EngineDirectory,
            clock: any ServiceClock,
            makeClient: @escaping MakeClient,
            runningRequests: @escaping @Sendable (EngineName) -> Int = { _ in 0 },
            refresh: @escaping @Sendable () async -> Void = {},
            observer: @escaping @Sendable (SupervisorEvent) -> Void = { _ in }
        ) {
            self.directory = directory
            self.clock = clock
            self.makeClient = makeClient
            self.runningRequests = runningRequests
            self.refresh = refresh
            self.observer = observer
        }
    }
}

/// Something that has happened to the engines of the service, for the log.
public enum SupervisorEvent: Sendable, Equatable {
    /// An engine that is not ours is used.
    case adopted(EngineName, url: String)
    /// An engine is started.
    case launching(EngineName, url: String)
    /// Something has happened to the process of an engine of ours.
    case process(EngineName, ProcessEvent)
    /// The engine gets nothing new, because a better one is there.
    case draining(EngineName)
    /// The engine gets requests again.
    case undrained(EngineName)
    /// The engine is taken out.
    case removed(EngineName)
    /// No engine answers, and there is none that could be started.
    case nothingToRun
}

/// Why the engines cannot be run as configured.
public struct SupervisorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence for the person who started the service.
    public let description: String

    init(_ refusal: SupervisorRefusal, _ settings: EngineSupervisor.Settings) {
        let address = settings.address.authority
        switch refusal {
        case .foreignInstance:
            self.description =
                "an Ollama that this service did not start already answers at \(address), and process_manager.mode is "
                + "'always': stop it, or use mode 'auto' to share it"
        case .noBinary:
            self.description =
                "process_manager.mode is 'always', but there is no program '\(settings.binary)': install Ollama, or set "
                + "process_manager.binary to its path"
        case .notLoopback:
            self.description =
                "process_manager.mode is 'always', but \(address) is not this machine's loopback address: an engine "
                + "that the service starts listens on loopback only"
        }
    }
}
