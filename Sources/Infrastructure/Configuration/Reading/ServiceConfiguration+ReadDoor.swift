import Domain

extension ServiceConfiguration.Server {
    /// Reads who may reach the service, and how.
    mutating func readDoor(_ reader: SettingsReader, secrets: SecretSource) {
        reader.read("hosts", into: &self.hosts, atMost: 1000)
        reader.read("origins", into: &self.origins, atMost: 1000)
        for origin in self.origins ?? [] where !Self.isOrigin(origin) {
            reader.fields.fault("origins", "'\(origin.prefix(100))' is no origin such as 'https://app.example' or '*'.")
        }
        var proxies: [String] = []
        reader.read("trusted_proxies", into: &proxies, atMost: 1000)
        self.trustedProxies = proxies.compactMap { text in
            if let network = IPNetwork(text) { return network }
            let detail = "'\(text.prefix(64))' is neither an address nor a network such as '10.0.0.0/8'."
            reader.fields.fault("trusted_proxies", detail)
            return nil
        }
        reader.read("wrong_keys_per_minute", into: &self.wrongKeysPerMinute, in: 1...1_000_000)
        reader.section("tls") { self.tls.read($0, secrets: secrets) }
    }

    /// Scheme and host, as browsers send them; `*` may stand for any part.
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        guard let mark = text.firstRange(of: "://") else { return false }
        let host = text[mark.upperBound...]
        return !text[..<mark.lowerBound].isEmpty && !host.isEmpty
            && !host.contains { $0 == "/" || $0.isWhitespace } || text.hasSuffix("://*")
    }
}

extension ServiceConfiguration.Server.TLS {
    fileprivate mutating func read(_ reader: SettingsReader, secrets: SecretSource) {
        reader.read("certificate", into: &self.certificate)
        reader.read("key", into: &self.key)
        if (self.certificate == nil) != (self.key == nil) {
            let missing = self.key == nil ? "key" : "certificate"
            reader.fields.fault(missing, "HTTPS needs both files: the certificate and its key.")
        }
        if let certificate = self.certificate { secrets.check(certificate, at: "certificate", reader.fields) }
        if let key = self.key { secrets.check(key, at: "key", reader.fields) }
    }
}
