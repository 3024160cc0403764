/// What a model takes of a machine's memory, and how that grows with the context.
public struct ModelFootprint: Sendable, Hashable {
    /// What the cache of a model's layers is made of.
    public struct Shape: Sendable, Hashable {
        /// The layers that attend (`block_count`).
        public var layers: Int
        /// The heads of keys and values (`attention.head_count_kv`), added up over the layers.
        public var keyValueHeads: Int
        /// The elements of a key of one head (`attention.key_length`).
        public var keyLength: Int
        /// The elements of a value of one head (`attention.value_length`).
        public var valueLength: Int

        /// Describes a shape.
        ///
        /// `keyValueHeads`: those of all layers together.
        public init(layers: Int, keyValueHeads: Int, keyLength: Int, valueLength: Int) {
            self.layers = layers
            self.keyValueHeads = keyValueHeads
            self.keyLength = keyLength
            self.valueLength = valueLength
        }

        /// A shape whose layers are all alike.
        public init(layers: Int, keyValueHeadsPerLayer: Int, headLength: Int) {
            self.init(
                layers: layers,
                keyValueHeads: layers * keyValueHeadsPerLayer,
                keyLength: headLength,
                valueLength: headLength
            )
        }
    }

    /// The model.
    public var name: ModelName
    /// The weights, in bytes, projectors included.
    public var weightBytes: Int
    /// What its cache is made of; nil where that is not known.
    ///
    /// An embedding model has no cache that lasts.
    public var shape: Shape?
    /// The longest context that it was trained for, in tokens, if that is known.
    public var trainedContext: Int?
    /// Whether it turns text into vectors only.
    public var isEmbedding: Bool
    /// Whether Ollama runs one request of it at a time whatever it is told.
    public var runsOneAtATime: Bool
    /// Where the figures come from, for people.
    public var source: String

    /// Describes a model.
    public init(
        name: ModelName,
        weightBytes: Int,
        shape: Shape?,
        trainedContext: Int? = nil,
        isEmbedding: Bool = false,
        runsOneAtATime: Bool = false,
        source: String
    ) {
        self.name = name
        self.weightBytes = weightBytes
        self.shape = shape
        self.trainedContext = trainedContext
        self.isEmbedding = isEmbedding
        self.runsOneAtATime = runsOneAtATime
        self.source = source
    }

    /// What a runner takes beside weights and cache: its libraries, and the buffers in which it computes.
    ///
    /// A runner with a model of 100 MB was seen to take 245 MB without a GPU; with one the driver's context and the
    /// buffers of a batch of 512 tokens come on top.
    public static func overheadBytes(onGPU: Bool) -> Int { (onGPU ? 640 : 256) * .mebibyte }

    /// The bytes that one token takes in the cache.
    ///
    /// Keys and values of all heads of all layers. Layers that attend to a window only take less: this is the upper
    /// bound. Where the shape is not known, it is taken from models of that size: 32 KiB in `f16` for each GiB of
    /// weights, at least 32 KiB.
    public func cacheBytesPerToken(_ type: KVCacheType) -> Int {
        if self.isEmbedding { return 0 }
        guard let shape else {
            let f16 = max(32_768, self.weightBytes / .gibibyte * 32_768)
            return f16 / 64 * type.bytesPerBlock
        }
        let elements = shape.keyValueHeads * (shape.keyLength + shape.valueLength)
        return (elements * type.bytesPerBlock + 31) / 32
    }

    /// How many tokens each request of the model has, if it is loaded with a context: no more than it was trained for.
    public func context(_ wished: Int) -> Int {
        self.trainedContext.map { Swift.min($0, wished) } ?? wished
    }

    /// How many requests of the model run at once.
    public func parallel(_ wished: Int) -> Int {
        self.runsOneAtATime || self.isEmbedding ? 1 : wished
    }

    /// What the cache takes: the context is there once for each request that runs at once.
    ///
    /// Source: Ollama's FAQ, "How does Ollama handle concurrent requests?": required memory scales by
    /// `OLLAMA_NUM_PARALLEL` × `OLLAMA_CONTEXT_LENGTH`.
    public func cacheBytes(context: Int, parallel: Int, type: KVCacheType) -> Int {
        self.cacheBytesPerToken(type) * self.context(context) * self.parallel(parallel)
    }

    /// What the model takes loaded: weights, cache and the runner.
    public func loadedBytes(context: Int, parallel: Int, type: KVCacheType, onGPU: Bool) -> Int {
        self.weightBytes + self.cacheBytes(context: context, parallel: parallel, type: type)
            + ModelFootprint.overheadBytes(onGPU: onGPU)
    }
}
