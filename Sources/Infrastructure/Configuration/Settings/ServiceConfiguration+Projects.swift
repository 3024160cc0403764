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
}
