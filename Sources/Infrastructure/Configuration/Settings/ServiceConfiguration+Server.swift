public import Domain

extension ServiceConfiguration {
    /// Where the service listens and what a connection may take.
    public struct Server: Sendable, Equatable {
        /// The host name or IP address to listen at (default: 127.0.0.1).
        public var host = "127.0.0.1"
        /// The TCP port, 0 to 65535; 0 picks a free one (default: 8000).
        public var port = 8000
        /// The longest request body, in bytes, 1 KiB to 1 TiB (default: 32 MiB).
        public var maxBodyBytes = 33_554_432
        /// How long requests in flight may go on once the service stops, 0 s to a day (default: 30 s).
        public var drain = Duration.seconds(30)
        /// How long readiness says no before the listener closes, 0 s to an hour (default: 2 s).
        public var drainNotice = Duration.seconds(2)
        /// How long a connection may be without a request, and a request's head may take, up to a day (default: 75 s).
        public var idle = Duration.seconds(75)
        /// How many connections are open at once, 1 to 1,000,000 (default: 4096).
        public var maxConnections = 4096
        /// The longest head of a request, in bytes, 1 KiB to 16 MiB (default: 64 KiB).
        public var maxHeaderBytes = 65_536
        /// The host names, beside those of this machine, by which callers may name it while it listens on loopback; `*`
        /// stands for any part (default: none).
        public var hosts: [String] = []
        /// The origins from which web pages may call; nil is Ollama's own list (default).
        public var origins: [String]?
        /// The peers whose `X-Forwarded-For` counts (default: none).
        public var trustedProxies: [IPNetwork] = []
        /// How many wrong keys may come from an address in a minute, 1 to 1,000,000 (default: 20).
        public var wrongKeysPerMinute = 20
        /// The files for HTTPS (default: none).
        public var tls = TLS()
        /// How many event loops serve the connections, 1 to 1024; nil leaves it to ``threadCount(cores:)`` (default).
        public var threads: Int?

        /// The defaults.
        public init() {}

        /// How many event loops to run: as configured, else half the cores, so that the engines keep the others.
        public func threadCount(cores: Int) -> Int {
            self.threads ?? max(1, cores / 2)
        }
    }
}
