extension ServiceConfiguration {
    /// How many requests run and wait.
    public struct Queues: Sendable, Equatable {
        /// Requests without images.
        public var chat = Queue()
        /// Requests with images (default: up to 200 wait, for 150 s).
        public var vlm = Queue(maxQueueSize: 200, timeout: .seconds(150))
        /// What the bodies of all waiting requests may take together, in bytes, up to 1 TiB (default: 256 MiB).
        public var maxWaitingBytes = 268_435_456
        /// After how long a wait a stream's head is sent, 0 s (never) to an hour (default: 3000 ms).
        public var noticeAfter = Duration.milliseconds(3000)

        /// The defaults.
        public init() {}
    }

    /// How many requests of one kind run and wait.
    public struct Queue: Sendable, Equatable {
        /// How many run at once on all engines, 1 to 100,000; nil is as many as the engines have slots (default: auto).
        public var maxConcurrent: Int?
        /// How many may wait, up to 1,000,000 (default: 1000).
        public var maxQueueSize = 1000
        /// How long one may wait, 0.001 s to a year (default: 120 s).
        public var timeout = Duration.seconds(120)

        /// The defaults of text, unless something else is said.
        public init(maxQueueSize: Int = 1000, timeout: Duration = .seconds(120)) {
            self.maxQueueSize = maxQueueSize
            self.timeout = timeout
        }
    }

    /// How long things may take: each 0.001 s to a year.
    public struct Timeouts: Sendable, Equatable {
        /// Connecting to an engine (default: 5 s).
        public var connect = Duration.seconds(5)
        /// The engine's first byte, where it has to load the model first (default: 600 s).
        public var load = Duration.seconds(600)
        /// The engine's first event, where the model was loaded already (default: 120 s).
        public var firstToken = Duration.seconds(120)
        /// The time between two events of an engine (default: 60 s).
        public var idle = Duration.seconds(60)
        /// A whole answer of an engine (default: 1800 s).
        public var total = Duration.seconds(1800)
        /// A short question to an engine: a probe, a list, a count of tokens (default: 3 s).
        public var probe = Duration.seconds(3)
        /// An engine that fetches, makes or sends a model and says nothing: it may check all of its files (default: 600 s).
        public var modelIdle = Duration.seconds(600)
        /// A caller's whole request body (default: 60 s).
        public var body = Duration.seconds(60)
        /// A caller that does not take what is written to it (default: 30 s).
        public var clientStall = Duration.seconds(30)

        /// The defaults.
        public init() {}
    }
}
