extension ServiceConfiguration.Server {
    /// The files for HTTPS.
    public struct TLS: Sendable, Equatable {
        /// The PEM file with the certificate, and behind it those that sign it (default: none).
        public var certificate: String?
        /// The PEM file with its private key (default: none).
        public var key: String?

        /// The defaults: no TLS.
        public init() {}
    }
}
