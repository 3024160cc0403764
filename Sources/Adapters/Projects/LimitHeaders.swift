import Application
import Domain
import HTTPTypes

/// How a project's limits stand, in the headers of an answer: the IETF's draft (`RateLimit-Policy`, `RateLimit`,
/// draft-ietf-httpapi-ratelimit-headers-10) and those that OpenAI's clients know.
enum LimitHeaders {
    static func add(_ standing: LimitStanding, to headers: inout HTTPFields) {
        var (policy, state) = ("", "")
        func tell(_ name: String, _ item: LimitStanding.Item?, unit: String) {
            guard let item else { return }
            if !policy.isEmpty {
                policy += ", "
                state += ", "
            }
            policy += "\"\(name)\";q=\(item.limit);w=\(Int(item.window.inSeconds))\(unit)"
            state += "\"\(name)\";r=\(item.remaining);t=\(LimitHeaders.seconds(item.untilFull))"
        }
        tell("requests", standing.requests, unit: "")
        tell("tokens", standing.tokens, unit: ";qu=\"tokens\"")
        tell("day", standing.day, unit: ";qu=\"tokens\"")
        guard !policy.isEmpty else { return }
        headers[.rateLimitPolicy] = policy
        headers[.rateLimit] = state
        if let item = standing.requests {
            headers[.xRateLimitLimitRequests] = String(item.limit)
            headers[.xRateLimitRemainingRequests] = String(item.remaining)
            headers[.xRateLimitResetRequests] = "\(LimitHeaders.seconds(item.untilFull))s"
        }
        if let item = standing.tokens ?? standing.day {
            headers[.xRateLimitLimitTokens] = String(item.limit)
            headers[.xRateLimitRemainingTokens] = String(item.remaining)
            headers[.xRateLimitResetTokens] = "\(LimitHeaders.seconds(item.untilFull))s"
        }
    }

    private static func seconds(_ duration: Duration) -> Int {
        Int(duration.inSeconds.rounded(.up))
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
