/// Reads `OLLAMA_HOST` as Ollama does (its source: `envconfig/config.go`, `Host`).
enum OllamaHost {
    /// The URL of the engine that a value names: everything may be left out of it.
    static func url(_ value: String) -> String {
        let text = OllamaHost.trimmed(value)
        var scheme = "http"
        var rest = text[...]
        var defaultPort = "11434"
        if let mark = text.firstRange(of: "://") {
            scheme = String(text[..<mark.lowerBound])
            rest = text[mark.upperBound...]
            if scheme == "http" { defaultPort = "80" }
            if scheme == "https" { defaultPort = "443" }
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var (host, port) = OllamaHost.split(rest[..<slash], defaultPort: defaultPort)
        if UInt16(port) == nil || port.hasPrefix("+") { port = defaultPort }
        host = NetworkHost(host).reachable
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(rest[slash...])"
    }

    /// Without the blanks around it, and the quotes that a careless unit file leaves in.
    private static func trimmed(_ value: String) -> Substring {
        var text = value[...]
        for isDropped in [{ $0.isWhitespace }, { $0 == "\"" || $0 == "'" }, { $0.isWhitespace }]
            as [(Character) -> Bool]
        {
            while let first = text.first, isDropped(first) { text.removeFirst() }
            while let last = text.last, isDropped(last) { text.removeLast() }
        }
        return text
    }

    /// An IPv6 address may stand without brackets as long as it has no port.
    private static func split(_ authority: Substring, defaultPort: String) -> (host: String, port: String) {
        let colons = authority.count { $0 == ":" }
        if authority.hasPrefix("["), let bracket = authority.lastIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<bracket]
            let rest = authority[authority.index(after: bracket)...]
            return (String(host), rest.hasPrefix(":") ? String(rest.dropFirst()) : defaultPort)
        }
        guard colons == 1, let colon = authority.lastIndex(of: ":") else { return (String(authority), defaultPort) }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }
}
