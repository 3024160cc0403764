extension ServiceConfiguration {
    /// Whether and how answers are kept for requests with an `Idempotency-Key`.
    public struct Idempotency: Sendable, Equatable {
        /// Whether the header means anything (default: yes).
        public var enabled = true
        /// How long an answer is kept, in hours, 1 to 8760 (default: 24).
        public var keepHours = 24
        /// The largest body of an answer that is kept, in bytes, 1 KiB to 1 GiB (default: 1 MiB).
        public var maxBytes = 1_048_576
        /// How many answers of a project are kept, 1 to 1,000,000; the oldest go (default: 1000).
        public var maxRecords = 1000
        /// What the answers of a project may take together, in bytes, 1 KiB to 1 TiB; the oldest go (default: 64 MiB).
        public var maxProjectBytes = 67_108_864

        /// The defaults.
        public init() {}
    }
}
