import Application
import Domain

/// How a project's limits stand, in the headers of an answer: the IETF's draft (`RateLimit-Policy`, `RateLimit`,
/// draft-ietf-httpapi-ratelimit-headers-10) and those that OpenAI's clients know.
enum LimitHeaders {
    /// Adds to fields that have none of them.
    static func add(_ standing: LimitStanding, to fields: inout FieldLines) {
        guard standing.requests != nil || standing.tokens != nil || standing.day != nil else { return }
        fields.add("ratelimit-policy") { bytes in
            LimitHeaders.each(of: standing, to: &bytes) { bytes, item, unit in
                bytes.append(static: ";q=")
                bytes.append(decimal: item.limit)
                bytes.append(static: ";w=")
                bytes.append(decimal: Int(item.window.inSeconds))
                bytes.append(static: unit)
            }
        }
        fields.add("ratelimit") { bytes in
            LimitHeaders.each(of: standing, to: &bytes) { bytes, item, _ in
                bytes.append(static: ";r=")
                bytes.append(decimal: item.remaining)
                bytes.append(static: ";t=")
                bytes.append(decimal: item.secondsUntilFull)
            }
        }
        if let item = standing.requests {
            fields.add("x-ratelimit-limit-requests") { $0.append(decimal: item.limit) }
            fields.add("x-ratelimit-remaining-requests") { $0.append(decimal: item.remaining) }
            fields.add("x-ratelimit-reset-requests") { $0.append(seconds: item.secondsUntilFull) }
        }
        if let item = standing.tokens ?? standing.day {
            fields.add("x-ratelimit-limit-tokens") { $0.append(decimal: item.limit) }
            fields.add("x-ratelimit-remaining-tokens") { $0.append(decimal: item.remaining) }
            fields.add("x-ratelimit-reset-tokens") { $0.append(seconds: item.secondsUntilFull) }
        }
    }

    /// Appends the limits that there are, each with its name and what `tell` appends.
    private static func each(
        of standing: LimitStanding,
        to bytes: inout [UInt8],
        _ tell: (inout [UInt8], LimitStanding.Item, _ unit: StaticString) -> Void
    ) {
        var isFirst = true
        func add(_ name: StaticString, _ item: LimitStanding.Item?, unit: StaticString) {
            guard let item else { return }
            bytes.append(static: isFirst ? "\"" : ", \"")
            bytes.append(static: name)
            bytes.append(static: "\"")
            tell(&bytes, item, unit)
            isFirst = false
        }
        add("requests", standing.requests, unit: "")
        add("tokens", standing.tokens, unit: ";qu=\"tokens\"")
        add("day", standing.day, unit: ";qu=\"tokens\"")
    }
}

extension LimitStanding.Item {
    fileprivate var secondsUntilFull: Int { Int(self.untilFull.inSeconds.rounded(.up)) }
}

extension [UInt8] {
    fileprivate mutating func append(seconds: Int) {
        self.append(decimal: seconds)
        self.append(UInt8(ascii: "s"))
    }
}

/// The routes whose requests count against limits and have a class.
enum LimitedRoutes {
    private static let paths: Set<String> = [
        "/api/v1/generate", "/api/v1/chat", "/api/v1/chat/completions", "/api/v1/vlm", "/api/v1/vlm/openai",
        "/api/v1/batch/chat", "/api/v1/batch/chat/completions", "/api/v1/batch/vlm", "/api/v1/batch/vlm/completions",
        "/api/v1/embeddings", "/api/generate", "/api/chat", "/api/embed", "/api/embeddings", "/v1/chat/completions",
        "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/audio/transcriptions",
    ]

    /// The class of a request that names none, where that is not its project's.
    static func standardClass(of path: String) -> RequestClass? {
        path.hasPrefix("/api/v1/batch/") ? .batch : nil
    }

    static func contains(_ path: String) -> Bool { LimitedRoutes.paths.contains(path) }
}
