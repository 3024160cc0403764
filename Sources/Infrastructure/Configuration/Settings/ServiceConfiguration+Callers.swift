extension ServiceConfiguration {
    /// Whether the service can be reached from this machine alone.
    public var isLocal: Bool { NetworkHost(self.server.host).isLoopback }

    /// Whether the service starts only if there is a key in its database: other machines reach it, the settings have no
    /// keys, and not everybody may call.
    public var needsStoredKey: Bool {
        !self.isLocal && !self.allowAnonymous && self.projects.allSatisfy(\.keyHashes.isEmpty)
    }

    /// What to say where there is no such key.
    public static let storedKeyMissing = ConfigurationError(problems: [
        ConfigurationProblem(
            key: "server.host",
            origin: nil,
            detail: "Other machines reach this address, and there are no keys. Make one with "
                + "'shared-ollama keys create NAME', set allow_anonymous: true to serve everybody, or "
                + "server.host: 127.0.0.1."
        )
    ])
}
