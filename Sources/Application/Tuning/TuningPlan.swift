public import Domain

/// How an engine is to be started on a machine, what its models then take, and why.
public struct TuningPlan: Sendable, Hashable {
    /// One variable of the engine.
    public struct Setting: Sendable, Hashable {
        /// Which.
        public let variable: EngineVariable
        /// Its value; nil leaves it to Ollama.
        public let value: String?
        /// Why, in a sentence.
        public let reason: String
        /// Whether the user has set it and the plan only goes by it.
        public let isUsers: Bool
    }

    /// What one model takes when it is loaded.
    public struct Cost: Sendable, Hashable {
        /// The model.
        public let model: ModelFootprint
        /// The context of each of its requests, in tokens.
        public let context: Int
        /// Its requests at once.
        public let parallel: Int
        /// The weights, in bytes.
        public let weightBytes: Int
        /// Keys and values of all its requests, in bytes.
        public let cacheBytes: Int
        /// The runner and its buffers, in bytes.
        public let runnerBytes: Int

        /// All of it, in bytes.
        public var totalBytes: Int { self.weightBytes + self.cacheBytes + self.runnerBytes }
    }

    /// The machine.
    public let machine: Machine
    /// The memory that models may take.
    public let memory: ModelMemory
    /// The requests that one model runs at once: the scheduler's slots.
    public let parallel: Int
    /// The models that are loaded at once: the scheduler's bound on them.
    public let maxLoadedModels: Int
    /// The context of each request, in tokens; nil leaves it to Ollama.
    public let context: Int?
    /// How keys and values are stored.
    public let cacheType: KVCacheType
    /// The variables, each with its reason.
    public let settings: [Setting]
    /// What the models take, the largest first.
    public let costs: [Cost]
    /// What is good to know though it stops nothing.
    public let warnings: [String]
    /// Whether all models that are loaded at once are wholly in the memory that is meant for them.
    public let fits: Bool

    /// What the models take that are loaded at once, in bytes.
    public var neededBytes: Int {
        self.costs.prefix(self.maxLoadedModels).reduce(0) { $0 + $1.totalBytes }
    }

    /// The variables with which the engine is started, without those that the user has set or that are left to Ollama.
    public var environment: [String: String] {
        let own = self.settings.filter { !$0.isUsers }
        return Dictionary(own.compactMap { setting in setting.value.map { (setting.variable.rawValue, $0) } }) { $1 }
    }
}

/// What a plan is asked for.
public struct TuningWish: Sendable {
    /// A value that somebody has set, and who.
    public struct Fixed<Value: Sendable>: Sendable {
        /// The value.
        public let value: Value
        /// Where it was set, such as `--context`.
        public let origin: String

        /// A value with its origin.
        public init(_ value: Value, by origin: String) {
            self.value = value
            self.origin = origin
        }
    }

    /// The models to be run; those that are used most first.
    ///
    /// Empty: none is known.
    public var models: [ModelFootprint]
    /// The profile of the machine, whose wishes count where they fit.
    public var profile: ModelProfile?
    /// The context that every request must have.
    public var context: Fixed<Int>?
    /// The requests that a model must run at once.
    public var parallel: Fixed<Int>?
    /// The models that must be loaded at once.
    public var maxLoadedModels: Fixed<Int>?
    /// How long a model stays loaded when nobody uses it.
    public var keepAlive: Fixed<KeepAlive>
    /// How long a load may take.
    public var loadTimeout: Duration
    /// Where the engine listens: host and port.
    public var host: String
    /// The variables with which the engine would be started anyhow: what the user has set among them counts.
    public var environment: [String: String]

    /// Puts a wish together.
    public init(
        models: [ModelFootprint],
        profile: ModelProfile? = nil,
        context: Fixed<Int>? = nil,
        parallel: Fixed<Int>? = nil,
        maxLoadedModels: Fixed<Int>? = nil,
        keepAlive: Fixed<KeepAlive>,
        loadTimeout: Duration = .seconds(600),
        host: String = "127.0.0.1:11434",
        environment: [String: String] = [:]
    ) {
        self.models = models
        self.profile = profile
        self.context = context
        self.parallel = parallel
        self.maxLoadedModels = maxLoadedModels
        self.keepAlive = keepAlive
        self.loadTimeout = loadTimeout
        self.host = host
        self.environment = environment
    }
}

/// Why what was asked for cannot be had.
public struct TuningRefusal: Error, Sendable, Hashable {
    /// Why, in a sentence.
    public let reason: String
    /// The plan that is nearest to what was asked for and can be had; nil if there is none.
    public let nearest: TuningPlan?
}
