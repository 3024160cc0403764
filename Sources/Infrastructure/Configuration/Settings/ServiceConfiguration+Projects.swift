public import Domain

extension ServiceConfiguration {
    /// A project that the settings name.
    public struct ConfiguredProject: Sendable, Equatable {
        /// Its name, role, share, limits and rights.
        public var project: Project
        /// The hashes of its keys; may be empty: keys in the database count as well (default: none).
        public var keyHashes: [KeyHash]

        /// Describes a project.
        public init(_ project: Project, keyHashes: [KeyHash] = []) {
            self.project = project
            self.keyHashes = keyHashes
        }
    }

    /// Whether a request may share the generation of an identical one.
    public struct Coalescing: Sendable, Equatable {
        /// Whether it may (default: yes).
        public var isEnabled = true

        /// The defaults.
        public init() {}
    }

    /// Bounds of batch work.
    public struct Batches: Sendable, Equatable {
        /// The part of the slot-seconds that batch requests get whatever else waits, 0 to 0.9 (default: 0.05).
        public var minShare = 0.05
        /// How many chat requests one call may hold, 1 to 10,000 (default: 50).
        public var chatMaxRequests = 50
        /// How many requests about pictures one call may hold, 1 to 10,000 (default: 20).
        public var vlmMaxRequests = 20

        /// The defaults.
        public init() {}
    }
}
