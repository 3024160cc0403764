public import Domain

/// Everything that an operator can set, checked and complete.
///
/// Each property holds its default until it is read.
///
/// ``load(flags:environment:isRoot:readFile:)`` fills it; docs/configuration.md describes every key.
public struct ServiceConfiguration: Sendable, Equatable {
    /// Where the service listens and what a connection may take.
    public var server = Server()
    /// Whether callers from other machines are served without a key (default: no).
    public var allowAnonymous = false
    /// How many names of callers without a key have a share of their own, up to 10,000 (default: 64).
    public var maxUnregisteredProjects = 64
    /// The projects that the settings name (default: none).
    public var projects: [ConfiguredProject] = []
    /// The engines, in order of preference; not empty (default: the Ollama of this machine).
    public var engines = [Engine.local]
    /// Who named the engines.
    public var engineOrigin = EngineOrigin.standard
    /// How many requests run and wait.
    public var queues = Queues()
    /// How long things may take.
    public var timeouts = Timeouts()
    /// What the scheduler goes by beside the queues.
    public var scheduler = Scheduler()
    /// Whether a request may share the generation of an identical one.
    public var coalescing = Coalescing()
    /// When an engine, or a model at an engine, is left alone.
    public var breaker = Breaker()
    /// When an engine counts as wedged.
    public var watchdog = Watchdog()
    /// What images may be, and in which form engines get them.
    public var images = Images()
    /// What is kept of images that have been prepared.
    public var imageCache = ImageCaching()
    /// Bounds of batch work.
    public var batches = Batches()
    /// How often the engines are asked how they are.
    public var health = Health()
    /// Whether the service starts its own Ollama.
    public var processManager = ProcessManager()
    /// Which profile of models and settings this machine gets.
    public var profile = Profile()
    /// The models of requests that name none.
    public var defaults = Defaults()
    /// Bounds on what a caller and an engine send.
    public var limits = Limits()
    /// Whether and how answers are kept for requests with an `Idempotency-Key`.
    public var idempotency = Idempotency()
    /// What is remembered of requests that have ended.
    public var usage = Usage()
    /// What is shown to Prometheus.
    public var metrics = Metrics()
    /// What is logged, and where to.
    public var log = Log()
    /// What is written of each request.
    public var requestLog = RequestLog()
    /// Whether and how traces of requests are exported.
    public var tracing = Tracing()
    /// Where the service keeps its data (default: `$XDG_DATA_HOME/shared-ollama`, as root `/var/lib/shared-ollama`).
    public var dataDirectory = ""

    /// The defaults, with no data directory: that depends on who runs the service.
    public init() {}
}

extension ServiceConfiguration {
    /// How often the engines are asked how they are.
    public struct Health: Sendable, Equatable {
        /// The time between two questions, 0.1 s to an hour (default: 2 s).
        public var interval = Duration.seconds(2)

        /// The defaults.
        public init() {}
    }

    /// Whether the service starts its own Ollama.
    public struct ProcessManager: Sendable, Equatable {
        /// When to start one.
        public enum Mode: String, Sendable, CaseIterable {
            /// Where none answers at the address of the default engine.
            case auto
            /// At every start; it is an error if the address is taken.
            case always
            /// Never.
            case never
        }

        /// When to start one (default: auto).
        public var mode = Mode.auto
        /// The program: a name that is looked for in `PATH`, or a path (default: ollama).
        public var binary = "ollama"
        /// Whether the models that the profile warms up are fetched if they are not there (default: no).
        public var pull = false
        /// How long a model stays loaded after its last request (default: 5m).
        public var keepAlive = ServiceConfiguration.ProcessManager.standardKeepAlive

        static let standardKeepAlive: KeepAlive = {
            guard let keepAlive = try? KeepAlive(duration: "5m") else { preconditionFailure("5m is a duration") }
            return keepAlive
        }()

        /// The defaults.
        public init() {}
    }

    /// The models of requests that name none.
    ///
    /// Nil is chosen by what the engines have.
    public struct Defaults: Sendable, Equatable {
        /// For text (default: none).
        public var textModel: ModelName?
        /// For images (default: none).
        public var visionModel: ModelName?
        /// For embeddings (default: none).
        public var embeddingModel: ModelName?

        /// The defaults.
        public init() {}

        /// The same by role, as the use cases want them.
        public var byRole: ModelDefaults {
            var names: [ModelRole: ModelName] = [:]
            names[.text] = self.textModel
            names[.vision] = self.visionModel
            names[.embedding] = self.embeddingModel
            return ModelDefaults(names)
        }
    }

    /// Bounds on what an engine sends.
    public struct Limits: Sendable, Equatable {
        /// The longest prompt, in tokens by estimate, 0 to 1,000,000,000; 0 is no limit (default: 0).
        public var promptTokens = 0
        /// The longest line of an engine's stream, in bytes, 1 KiB to 1 GiB (default: 8 MiB).
        public var maxEngineLineBytes = 8_388_608
        /// How much of an engine's error is read, in bytes, 1 KiB to 16 MiB (default: 64 KiB).
        public var maxErrorBodyBytes = 65_536

        /// The defaults.
        public init() {}
    }
}
