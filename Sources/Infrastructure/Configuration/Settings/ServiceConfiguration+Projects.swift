public import Domain

extension ServiceConfiguration {
    /// A project that the settings name.
    public struct ConfiguredProject: Sendable, Equatable {
        /// Its name, role, share, limits and rights.
        public var project: Project
        /// The hashes of its keys; may be empty: keys in the database count as well (default: none).
        public var keyHashes: [KeyHash]
        /// Where it is told of the end of its batches; nil nowhere (default: nil).
        public var webhook: Webhook?

        /// Describes a project.
        public init(_ project: Project, keyHashes: [KeyHash] = [], webhook: Webhook? = nil) {
            self.project = project
            self.keyHashes = keyHashes
            self.webhook = webhook
        }
    }

    /// Where a project is told of the end of its batches.
    public struct Webhook: Sendable, Equatable {
        /// The address: http or https.
        public var url: String
        /// What signatures are made with: any text, or `whsec_` and Base64 as Standard Webhooks has it.
        public var secret: Secret

        /// Describes a webhook.
        public init(url: String, secret: Secret) {
            self.url = url
            self.secret = secret
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
