public import Application

extension ServiceConfiguration {
    /// One engine.
    public struct Engine: Sendable, Equatable {
        /// Its name in headers, logs and answers: 1 to 64 of `[A-Za-z0-9._-]` (default: local).
        public var name: EngineName
        /// What it speaks (default: ollama).
        public var kind: EngineKind
        /// Its URL, as it was written.
        public var url: String
        /// Where it listens: what the URL says.
        public var address: EngineAddress
        /// How many requests a model of it runs at once, 1 to 1024; nil asks the engine (default: auto).
        public var parallel: Int?
        /// How many models it may have loaded at once, 1 to 1024; nil asks the engine (default: auto).
        public var maxLoadedModels: Int?
        /// How much of the work it should get beside other engines, 0.01 to 1000 (default: 1).
        public var weight: Double
        /// The key that it wants as a bearer token (default: none).
        public var apiKey: Secret?
        /// A PEM file with the certificates to trust instead of the system's (default: none).
        public var caFile: String?

        /// Describes an engine.
        ///
        /// - Throws: `ServiceError` if the URL is none.
        public init(
            name: String,
            kind: EngineKind = .ollama,
            url: String,
            parallel: Int? = nil,
            maxLoadedModels: Int? = nil,
            weight: Double = 1,
            apiKey: Secret? = nil,
            caFile: String? = nil
        ) throws {
            self.init(
                name: EngineName(name),
                kind: kind,
                url: url,
                address: try EngineAddress(url: url),
                parallel: parallel,
                maxLoadedModels: maxLoadedModels,
                weight: weight,
                apiKey: apiKey,
                caFile: caFile
            )
        }

        init(
            name: EngineName,
            kind: EngineKind,
            url: String,
            address: EngineAddress,
            parallel: Int? = nil,
            maxLoadedModels: Int? = nil,
            weight: Double = 1,
            apiKey: Secret? = nil,
            caFile: String? = nil
        ) {
            self.name = name
            self.kind = kind
            self.url = url
            self.address = address
            self.parallel = parallel
            self.maxLoadedModels = maxLoadedModels
            self.weight = weight
            self.apiKey = apiKey
            self.caFile = caFile
        }
    }

    /// Who named the engines.
    public enum EngineOrigin: Sendable, Equatable {
        /// Nobody: it is the Ollama of this machine at its usual address.
        case standard
        /// `OLLAMA_HOST` did: it is the Ollama that the `ollama` command would talk to.
        case ollamaHost
        /// The file, the environment or a flag.
        case explicit
    }

    /// Whether the engine is one that this service may start: an Ollama of this machine that nobody listed.
    public var mayManageEngine: Bool {
        guard self.engineOrigin != .explicit, let engine = self.engines.first else { return false }
        return NetworkHost(engine.address.host).isLoopback && !engine.address.isSecure
    }
}

extension ServiceConfiguration.Engine {
    /// How much it runs at once, where the settings or this machine say so.
    ///
    /// An Ollama of this machine has three models loaded for each GPU, unless it is told otherwise; of one elsewhere it is
    /// not known how many there are.
    ///
    /// Source: Ollama, `server/sched.go` and `envconfig/config.go` (`OLLAMA_MAX_LOADED_MODELS`).
    public func limits(gpus: Int?) -> EngineLimits {
        let isHere = self.kind == .ollama && NetworkHost(self.address.host).isLoopback
        let usual = isHere ? gpus.map { min(1024, 3 * $0) } : nil
        return EngineLimits(
            parallel: self.parallel,
            maxLoadedModels: self.maxLoadedModels ?? usual,
            weight: self.weight
        )
    }
}
