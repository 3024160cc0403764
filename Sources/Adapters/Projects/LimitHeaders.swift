import Application
import Domain
import HTTPTypes

/// How a project's limits stand, in the headers of an answer: the IETF's draft (`RateLimit-Policy`, `RateLimit`,
/// draft-ietf-httpapi-ratelimit-headers-10) and those that OpenAI's clients know.
enum LimitHeaders {
    static func add(_ standing: LimitStanding, to headers: inout HTTPFields) {
        let items = [("requests", standing.requests), ("tokens", standing.tokens), ("day", standing.day)]
        let known = items.compactMap { name, item in item.map { (name: name, item: $0) } }
        guard !known.isEmpty else { return }
        headers[.rateLimitPolicy] =
            known.map {
                "\"\($0.name)\";q=\($0.item.limit);w=\(Int($0.item.window.inSeconds))\($0.name == "requests" ? "" : ";qu=\"tokens\"")"
            }
            .joined(separator: ", ")
        headers[.rateLimit] =
            known.map { "\"\($0.name)\";r=\($0.item.remaining);t=\(LimitHeaders.seconds($0.item.untilFull))" }
            .joined(separator: ", ")
        LimitHeaders.add(standing.requests, "requests", to: &headers)
        LimitHeaders.add(standing.tokens ?? standing.day, "tokens", to: &headers)
    }

    private static func add(_ item: LimitStanding.Item?, _ unit: String, to headers: inout HTTPFields) {
        guard let item else { return }
        headers[.known("x-ratelimit-limit-\(unit)")] = String(item.limit)
        headers[.known("x-ratelimit-remaining-\(unit)")] = String(item.remaining)
        headers[.known("x-ratelimit-reset-\(unit)")] = "\(LimitHeaders.seconds(item.untilFull))s"
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
