/// What the scheduler goes by.
public struct SchedulerSettings: Sendable, Equatable {
    /// The limits of one queue.
    public struct Queue: Sendable, Equatable {
        /// Requests of the queue that run at once; nil leaves it to the slots.
        public var maxConcurrent: Int?
        /// Requests that may wait.
        public var maxQueueSize: Int
        /// How long a request may wait.
        public var timeout: Duration

        /// Creates limits.
        public init(maxConcurrent: Int? = nil, maxQueueSize: Int = 1000, timeout: Duration = .seconds(120)) {
            self.maxConcurrent = maxConcurrent
            self.maxQueueSize = maxQueueSize
            self.timeout = timeout
        }
    }

    /// The limits of text.
    public var chat = Queue()
    /// The limits of requests with images.
    public var vlm = Queue(maxQueueSize: 200, timeout: .seconds(150))
    /// The bytes that may wait in both.
    public var maxWaitingBytes = 268_435_456
    /// How long work for a loaded model may keep work of the same class for another model waiting.
    public var patience: Duration = .seconds(30)
    /// How long a ticket waits until it counts as one class higher, and again until the next.
    public var ageing: Duration = .seconds(60)
    /// The part of the slot-seconds that batch tickets get whatever else waits; 0 to below 1.
    public var batchShare = 0.05
    /// How long tickets wait for an engine that no longer answers to come back.
    public var engineGrace: Duration = .seconds(15)
    /// How long a model that failed to load is left alone on that engine.
    public var loadRetry: Duration = .seconds(30)
    /// How long an engine may take to load or unload a model.
    ///
    /// Whoever asks it has shorter deadlines; what has said nothing by then is taken for failed, so that a report that is
    /// lost blocks nobody for ever.
    public var changeLimit: Duration = .seconds(3600)

    /// Starts with the defaults of the service.
    public init() {}

    /// The limits of a queue.
    public subscript(queue: RequestQueue) -> Queue {
        get { queue == .chat ? self.chat : self.vlm }
        set { if queue == .chat { self.chat = newValue } else { self.vlm = newValue } }
    }
}

/// How much an engine does at once.
public struct EngineCapacity: Sendable, Equatable {
    /// Requests per model.
    public var parallel: Int
    /// Models that are loaded at once.
    public var maxLoadedModels: Int
    /// Requests of all models together; nil leaves it to the models.
    public var total: Int?
    /// How much of the work it should get beside other engines; above 0.
    public var weight: Double

    /// Creates a capacity.
    public init(parallel: Int = 1, maxLoadedModels: Int = 1, total: Int? = nil, weight: Double = 1) {
        self.parallel = max(0, parallel)
        self.maxLoadedModels = max(1, maxLoadedModels)
        self.total = total
        self.weight = weight.isFinite && weight > 0 ? weight : 1
    }
}
