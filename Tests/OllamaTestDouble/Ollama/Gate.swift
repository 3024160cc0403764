/// Ollama's defence of a browser's user: it answers only to names of this machine and to known origins.
struct Gate {
    private static let allowedHeaders = [
        "Authorization", "Content-Type", "User-Agent", "Accept", "X-Requested-With", "Openai-Beta", "X-Stainless-Arch",
        "X-Stainless-Async", "X-Stainless-Custom-Poll-Interval", "X-Stainless-Helper-Method", "X-Stainless-Lang",
        "X-Stainless-Os", "X-Stainless-Package-Version", "X-Stainless-Poll-Helper", "X-Stainless-Retry-Count",
        "X-Stainless-Runtime", "X-Stainless-Runtime-Version", "X-Stainless-Timeout",
    ]

    private let extraOrigins: [String]
    private let listensBeyondLoopback: Bool

    init(_ configuration: OllamaTestDouble.Configuration) {
        extraOrigins = configuration.origins
        listensBeyondLoopback = configuration.host == "0.0.0.0" || configuration.host == "::"
    }

    /// Whether the request goes on to the routes; otherwise it is answered already.
    func admits(_ exchange: Exchange) async throws -> Bool {
        let request = exchange.request
        if let origin = request.header("Origin"), !origin.isEmpty {
            let isPreflight = request.method == "OPTIONS"
            guard allows(origin: origin) else {
                let headers = isPreflight ? [HeaderField("Allow", "POST")] : []
                try await exchange.send(403, headers)
                return false
            }
            if isPreflight {
                try await exchange.send(204, preflight(origin))
                return false
            }
            exchange.extraHeaders = [
                HeaderField("Access-Control-Allow-Origin", origin), HeaderField("Vary", "Origin"),
            ]
        }
        guard allows(host: request.header("Host") ?? "") else {
            try await exchange.send(403)
            return false
        }
        return true
    }

    private func preflight(_ origin: String) -> [HeaderField] {
        [
            HeaderField("Access-Control-Allow-Headers", Self.allowedHeaders.joined(separator: ",")),
            HeaderField("Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"),
            HeaderField("Access-Control-Allow-Origin", origin),
            HeaderField("Access-Control-Max-Age", "43200"),
            HeaderField("Allow", "POST"),
            HeaderField("Vary", "Origin"),
            HeaderField("Vary", "Access-Control-Request-Method"),
            HeaderField("Vary", "Access-Control-Request-Headers"),
        ]
    }

    private func allows(origin: String) -> Bool {
        if extraOrigins.contains("*") || extraOrigins.contains(origin) { return true }
        guard let scheme = origin.firstRange(of: "://") else { return false }
        let name = String(origin[..<scheme.lowerBound])
        if ["app", "file", "tauri", "vscode-webview", "vscode-file"].contains(name) { return true }
        guard ["http", "https"].contains(name) else { return false }
        return ["localhost", "127.0.0.1", "0.0.0.0"].contains(Self.withoutPort(String(origin[scheme.upperBound...])))
    }

    private func allows(host: String) -> Bool {
        let name = Self.withoutPort(host).lowercased()
        if listensBeyondLoopback || name.isEmpty || name == "localhost" || Self.isAddress(name) { return true }
        return [".localhost", ".local", ".internal"].contains { name.hasSuffix($0) }
    }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    private static func isAddress(_ name: String) -> Bool {
        if name.contains(":") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
