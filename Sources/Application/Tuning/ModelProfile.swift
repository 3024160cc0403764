public import Domain

/// The models and settings for a size of machine.
public struct ModelProfile: Sendable, Hashable {
    /// Which machines it is for.
    public struct Match: Sendable, Hashable {
        /// The instruction sets; empty is any.
        public var architectures: [String] = []
        /// The least memory, in GB as it is sold.
        public var minRAM: Double = 0
        /// The most memory, in GB; nil is any.
        ///
        /// It only tells people for whom the profile was made: a larger machine for which nothing better is there gets it
        /// as well.
        public var maxRAM: Double?
        /// The least memory of GPUs, in GB; 0 is for machines without one as well.
        public var minGPU: Double = 0

        /// Any machine.
        public init() {}
    }

    /// What a model takes, where it is not there to be asked.
    public struct MemoryHint: Sendable, Hashable {
        /// The model.
        public var model: ModelName
        /// Its weights, in GB (10^9 bytes) as Ollama's library lists them.
        public var gigabytes: Double
        /// What its cache is made of, if that is known.
        public var shape: ModelFootprint.Shape?
        /// The longest context that it was trained for, if that is known.
        public var trainedContext: Int?

        /// Describes a model.
        public init(
            model: ModelName,
            gigabytes: Double,
            shape: ModelFootprint.Shape? = nil,
            trainedContext: Int? = nil
        ) {
            self.model = model
            self.gigabytes = gigabytes
            self.shape = shape
            self.trainedContext = trainedContext
        }
    }

    /// Settings of the engine that the profile wishes; nil leaves them to the plan.
    public struct Wishes: Sendable, Hashable {
        /// The context length, in tokens.
        public var context: Int?
        /// The requests that a model runs at once.
        public var parallel: Int?
        /// The models that are loaded at once.
        public var maxLoadedModels: Int?
        /// How keys and values are stored.
        public var cacheType: KVCacheType?
        /// How long a model stays loaded when nobody uses it.
        public var keepAlive: KeepAlive?

        /// None.
        public init() {}
    }

    /// Its name: 1 to 64 of `[A-Za-z0-9._-]`.
    public var name: String
    /// Which machines it is for.
    public var match = Match()
    /// The models of requests that name none.
    public var models = ModelDefaults()
    /// The models that have to be there.
    public var required: [ModelName] = []
    /// The models that are loaded when the service has started.
    public var warmUp: [ModelName] = []
    /// What models take, where they are not there to be asked.
    public var memoryHints: [MemoryHint] = []
    /// What it wishes of the engine.
    public var wishes = Wishes()

    /// An empty profile for any machine.
    public init(name: String) {
        self.name = name
    }

    /// All models that it names, each once: those of requests that name none first.
    public var allModels: [ModelName] {
        var seen: Set<ModelName> = []
        let defaults = ModelRole.allCases.compactMap { self.models[$0]?.name }
        return (defaults + self.required + self.warmUp).filter { seen.insert($0).inserted }
    }

    /// What the models that it names take by its hints.
    public var footprints: [ModelFootprint] {
        self.allModels.compactMap { name in
            guard let hint = self.memoryHints.first(where: { $0.model == name }) else { return nil }
            return ModelFootprint(
                name: name,
                weightBytes: Int(hint.gigabytes * 1_000_000_000),
                shape: hint.shape,
                trainedContext: hint.trainedContext,
                isEmbedding: self.models[.embedding]?.name == name,
                source: "the profile '\(self.name)'"
            )
        }
    }
}
