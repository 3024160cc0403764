extension ServiceConfiguration {
    /// What the scheduler goes by beside the queues.
    public struct Scheduler: Sendable, Equatable {
        /// How long work for a loaded model may keep work for another one waiting, 0 s to an hour (default: 30 s).
        public var patience = Duration.seconds(30)
        /// How long a ticket waits until it counts as one class higher, 0.001 s to a year (default: 60 s).
        public var ageing = Duration.seconds(60)

        /// The defaults.
        public init() {}
    }

    /// When an engine, or a model at an engine, is left alone.
    public struct Breaker: Sendable, Equatable {
        /// How many failures in a row open it, 1 to 1000 (default: 5).
        public var failures = 5
        /// How long it stays open until one request may try, 0.1 s to an hour (default: 30 s).
        public var reset = Duration.seconds(30)

        /// The defaults.
        public init() {}
    }

    /// When an engine counts as wedged.
    public struct Watchdog: Sendable, Equatable {
        /// How long a request may run without a byte, 1 s to a day (default: 120 s).
        public var noProgress = Duration.seconds(120)
        /// How long the question to a loaded model may take, 0.1 s to an hour (default: 20 s).
        public var canary = Duration.seconds(20)
        /// Whether an engine that the service started is restarted (default: yes).
        public var restarts = true

        /// The defaults.
        public init() {}
    }
}
