import Domain

/// Where an engine listens.
public struct EngineAddress: Sendable, Hashable {
    /// The host's name or IP address, without brackets.
    public let host: String
    /// The TCP port.
    public let port: Int
    /// Whether to speak TLS.
    public let isSecure: Bool
    /// What stands before every path: empty, or a path without a slash at its end.
    public let basePath: String

    /// Reads a URL: `http://` or `https://`, a host, optionally a port and a path.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` that says what is wrong with the URL.
    public init(url: String) throws {
        let (scheme, rest) = EngineAddress.split(url, at: "://")
        // First of all, so that no text below can repeat a password.
        guard !(rest ?? scheme).prefix(while: { $0 != "/" }).contains("@") else {
            throw ServiceError(
                .invalidRequest,
                "The engine's URL must not hold a user or a password; use api_key_file."
            )
        }
        guard let rest, scheme == "http" || scheme == "https" else {
            throw ServiceError(.invalidRequest, "'\(url)' is not a URL that starts with http:// or https://.")
        }
        self.isSecure = scheme == "https"
        let (authority, path) = EngineAddress.split(rest, at: "/")
        let defaultPort = self.isSecure ? 443 : 80
        guard let (host, port) = EngineAddress.hostAndPort(authority, defaultPort: defaultPort) else {
            throw ServiceError(.invalidRequest, "'\(url)' has no valid host and port.")
        }
        self.host = host
        self.port = port
        let trimmed = (path ?? "").split(separator: "/").joined(separator: "/")
        self.basePath = trimmed.isEmpty ? "" : "/\(trimmed)"
    }

    /// The value of the `Host` header.
    var hostHeader: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        return "\(name):\(self.port)"
    }

    private static func split(_ text: String, at separator: String) -> (String, String?) {
        guard let range = text.firstRange(of: separator) else { return (text, nil) }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    private static func hostAndPort(_ authority: String, defaultPort: Int) -> (String, Int)? {
        var host = authority[...]
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<bracket]
            let rest = authority[authority.index(after: bracket)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else { return nil }
        // An IPv6 address stands in brackets, both of them.
        let isBracketed = authority.hasPrefix("[") && authority.contains("]")
        guard isBracketed || !host.contains(where: { ":[]".contains($0) }) else { return nil }
        guard let portText else { return (String(host), defaultPort) }
        guard let port = Int(portText), (1...65_535).contains(port) else { return nil }
        return (String(host), port)
    }
}
