extension ServiceConfiguration {
    /// What is remembered of requests that have ended.
    public struct Usage: Sendable, Equatable {
        /// How long the usage ledger keeps a record, in days, 1 to 36,500 (default: 400).
        public var keepDays = 400
        /// How many records wait in memory while the database cannot be written, 500 to 1,000,000; what comes on top is
        /// dropped and counted (default: 20,000).
        public var maxBufferedRecords = 20_000
        /// How many of the latest requests the statistics remember one by one, 100 to 10,000,000 (default: 20,000).
        public var windowRequests = 20_000

        /// The defaults.
        public init() {}
    }
    /// What is shown to Prometheus.
    public struct Metrics: Sendable, Equatable {
        /// How many projects have series of their own, 1 to 1000; the others are together `other` (default: 50).
        public var maxProjects = 50
        /// How many models have histograms of their own, 1 to 1000; the others are together `other` (default: 10).
        public var maxModels = 10

        /// The defaults.
        public init() {}
    }
}
