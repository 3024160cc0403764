extension ServiceConfiguration {
    /// Whether and how traces of requests are exported.
    public struct Tracing: Sendable, Equatable {
        /// A header that a collector gets with every batch.
        public struct Header: Sendable, Equatable {
            /// Its name.
            public let name: String
            /// Its value, which may be a key.
            public let value: Secret
        }

        /// The base URL of a collector that speaks OTLP over HTTP; nil switches tracing off (default: none).
        public var endpoint: String?
        /// What a collector gets with every batch (default: nothing).
        public var headers: [Header] = []
        /// A PEM file with the certificates to trust, instead of the system's (default: none).
        public var caFile: String?
        /// The part of the traces that begin here which is recorded, 0 to 1 (default: 1).
        public var sampleRatio = 1.0
        /// How many spans wait to be exported, 64 to 1,000,000; what comes on top is dropped and counted (default: 8192).
        public var maxQueuedSpans = 8192
        /// How many spans are sent at once, 1 to 8192 (default: 512).
        public var batchSpans = 512
        /// How long a span waits for others, 0.1 s to 5 minutes (default: 5 s).
        public var interval = Duration.seconds(5)
        /// How long a collector may take to answer, and the last batches at the end of the service together, 0.1 s to a
        /// minute (default: 5 s).
        public var timeout = Duration.seconds(5)
        /// How often a batch is tried again, 0 to 100 (default: 4).
        public var retries = 4
        /// What the service is called in traces (default: shared-ollama).
        public var serviceName = "shared-ollama"
        /// Whether prompts and answers are told to the collector (default: no).
        public var content = false
        /// How much of each is told then, in bytes, 256 to 65,536 (default: 8 KiB).
        public var contentBytes = 8192

        /// The defaults.
        public init() {}
    }
}
