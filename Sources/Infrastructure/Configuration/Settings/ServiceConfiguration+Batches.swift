extension ServiceConfiguration {
    /// Bounds of batch work.
    public struct Batches: Sendable, Equatable {
        /// The part of the slot-seconds that batch requests get whatever else waits, 0 to 0.9 (default: 0.05).
        public var minShare = 0.05
        /// How often engines may fail an item of a stored batch until that is its result, 1 to 100 (default: 5).
        public var maxAttempts = 5
        /// How many chat requests one call may hold, 1 to 10,000 (default: 50).
        public var chatMaxRequests = 50
        /// How many requests about pictures one call may hold, 1 to 10,000 (default: 20).
        public var vlmMaxRequests = 20
        /// The longest file that may be uploaded, in bytes, 1 KiB to 1 TiB (default: 200 MiB).
        public var maxFileBytes = 209_715_200
        /// What all files and results may take together, in bytes, 1 MiB to 1 PiB (default: 10 GiB).
        public var maxStorageBytes = 10_737_418_240
        /// How many uploaded files a project may have, 1 to 1,000,000 (default: 1000).
        public var maxFilesPerProject = 1000
        /// How many lines the file of a batch may have, 1 to 1,000,000 (default: 50,000).
        public var maxLines = 50_000
        /// How many batches of a project may be without an end, 1 to 100,000 (default: 100).
        public var maxOpenBatches = 100
        /// The longest completion window, in days, 1 to 365 (default: 30).
        public var maxWindowDays = 30
        /// How long files, and batches that have ended, are kept, in days, 1 to 36,500 (default: 30).
        public var retentionDays = 30

        /// The defaults.
        public init() {}
    }
}
