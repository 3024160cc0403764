/// Where an engine listens.
public struct LocalEngineAddress: Sendable, Hashable {
    /// The host: a name or an address, IPv6 without brackets.
    public let host: String
    /// The port, 1 to 65535.
    public let port: Int

    /// Where Ollama listens if nobody says otherwise.
    public static let ollamaDefault = LocalEngineAddress(host: "127.0.0.1", port: 11434)

    /// Names an address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads the address out of `http://HOST[:PORT][/]`; the port is 80 if not given.
    ///
    /// - Returns: nil for anything else: another scheme or a path cannot be an engine that we start.
    public init?(url: String) {
        guard url.lowercased().hasPrefix("http://") else { return nil }
        var rest = url.dropFirst("http://".count)
        if rest.last == "/" { rest = rest.dropLast() }
        guard !rest.contains(where: { "/?#@".contains($0) }) else { return nil }
        var host = rest
        var port: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { return nil }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = rest.firstIndex(of: ":") {
            host = rest[..<colon]
            port = rest[rest.index(after: colon)...]
        }
        guard !host.isEmpty, let number = port.map({ Int($0) }) ?? 80, (1...65535).contains(number) else { return nil }
        self.init(host: String(host), port: number)
    }

    /// The base URL of an engine there.
    public var url: String { "http://\(self.authority)" }

    /// Host and port as one text, as `OLLAMA_HOST` wants them.
    public var authority: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        let host = self.host.lowercased()
        return host == "localhost" || host == "::1" || Self.isLoopbackIPv4(host)
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.first == 127 && !parts.contains(nil)
    }
}
