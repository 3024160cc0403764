/// The origins from which web pages may call.
struct OriginList: Sendable, Equatable {
    /// Ollama's own list: this machine under its usual names, and programs that show web pages of their own
    /// (its source: `envconfig/config.go`, `AllowedOrigins`).
    static let standard = OriginList(
        ["localhost", "127.0.0.1", "0.0.0.0"].flatMap { host in
            ["http://\(host)", "https://\(host)", "http://\(host):*", "https://\(host):*"]
        } + ["app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*"]
    )

    private let patterns: [Wildcard]
    /// Whether every origin may.
    let allowsAll: Bool

    init(_ patterns: [String]) {
        self.patterns = patterns.map { Wildcard($0) }
        self.allowsAll = patterns.contains("*")
    }

    /// Whether pages of an origin may call.
    func allows(_ origin: String) -> Bool {
        self.allowsAll || self.patterns.contains { $0.matches(origin) }
    }
}

/// A text in which `*` stands for any characters; case does not count.
struct Wildcard: Sendable, Equatable {
    private let parts: [String]

    init(_ pattern: String) {
        self.parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    }

    func matches(_ text: String) -> Bool {
        let text = text.lowercased()
        guard self.parts.count > 1, let head = self.parts.first, let tail = self.parts.last else {
            return text == self.parts.first
        }
        guard text.hasPrefix(head), text.utf8.count >= head.utf8.count + tail.utf8.count, text.hasSuffix(tail) else {
            return false
        }
        var rest = text.dropFirst(head.count).dropLast(tail.count)
        for part in self.parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
