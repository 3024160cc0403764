extension ServiceConfiguration {
    /// The request log: `logs/requests.jsonl` in the data directory, one JSON line a request, and what is captured.
    public struct RequestLog: Sendable, Equatable {
        /// Whether it is written (default: yes).
        public var isEnabled = true
        /// The size at which a file is put aside for a new one, in bytes, 4 KiB to 1 TiB (default: 10 MiB).
        public var maxBytes = 10_485_760
        /// How many files are kept, the present one included, 1 to 1000 (default: 5).
        public var files = 5
        /// What lines that wait to be written may take, in bytes, 64 KiB to 1 GiB; what comes on top is dropped and counted
        /// (default: 4 MiB).
        public var maxBufferedBytes = 4_194_304
        /// How many exchanges are captured whole, from the start of the service on, 0 to 100,000; 0 captures none
        /// (default: 0).
        public var capture = 0
        /// How much is kept of a captured body, in bytes, 1 KiB to 256 KiB (default: 64 KiB).
        public var captureBodyBytes = 65_536

        /// The defaults.
        public init() {}
    }
}
