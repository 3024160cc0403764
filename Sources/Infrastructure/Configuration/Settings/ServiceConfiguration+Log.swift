public import Logging

extension ServiceConfiguration {
    /// What is logged, and where to.
    public struct Log: Sendable, Equatable {
        /// The least level that is logged (default: info).
        public var level = Logger.Level.info
        /// The file to write to instead of standard error (default: none).
        public var file: String?
        /// The size at which the file is put aside for a new one, in bytes, 4 KiB to 1 TiB (default: 10 MiB).
        public var maxBytes = 10_485_760
        /// How many files are kept, the present one included, 1 to 1000 (default: 5).
        public var files = 5

        /// The defaults.
        public init() {}
    }
}
