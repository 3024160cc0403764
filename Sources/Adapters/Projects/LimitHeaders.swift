import Application
import Domain
import HTTPTypes

/// How a project's limits stand, in the headers of an answer: the IETF's draft (`RateLimit-Policy`, `RateLimit`,
/// draft-ietf-httpapi-ratelimit-headers-10) and those that OpenAI's clients know.
enum LimitHeaders {
    /// Adds to headers that have none of them.
    static func add(_ standing: LimitStanding, to headers: inout HTTPFields) {
        var (policy, state) = (ASCIIText(), ASCIIText())
        func tell(_ name: StaticString, _ item: LimitStanding.Item?, unit: StaticString) {
            guard let item else { return }
            if !policy.isEmpty {
                policy.add(", ")
                state.add(", ")
            }
            policy.add("\"")
            policy.add(name)
            policy.add("\";q=")
            policy.add(item.limit)
            policy.add(";w=")
            policy.add(Int(item.window.inSeconds))
            policy.add(unit)
            state.add("\"")
            state.add(name)
            state.add("\";r=")
            state.add(item.remaining)
            state.add(";t=")
            state.add(LimitHeaders.seconds(item.untilFull))
        }
        tell("requests", standing.requests, unit: "")
        tell("tokens", standing.tokens, unit: ";qu=\"tokens\"")
        tell("day", standing.day, unit: ";qu=\"tokens\"")
        guard !policy.isEmpty else { return }
        func add(_ name: HTTPField.Name, _ value: String) { headers.append(HTTPField(name: name, value: value)) }
        add(.rateLimitPolicy, policy.text)
        add(.rateLimit, state.text)
        if let item = standing.requests {
            add(.xRateLimitLimitRequests, String(item.limit))
            add(.xRateLimitRemainingRequests, String(item.remaining))
            add(.xRateLimitResetRequests, "\(LimitHeaders.seconds(item.untilFull))s")
        }
        if let item = standing.tokens ?? standing.day {
            add(.xRateLimitLimitTokens, String(item.limit))
            add(.xRateLimitRemainingTokens, String(item.remaining))
            add(.xRateLimitResetTokens, "\(LimitHeaders.seconds(item.untilFull))s")
        }
    }

    private static func seconds(_ duration: Duration) -> Int {
        Int(duration.inSeconds.rounded(.up))
    }
}

/// A text of words and numbers that is put together with every request.
private struct ASCIIText {
    private var bytes: [UInt8] = []

    init() {
        self.bytes.reserveCapacity(120)
    }

    var isEmpty: Bool { self.bytes.isEmpty }

    var text: String { String(decoding: self.bytes, as: UTF8.self) }

    mutating func add(_ word: StaticString) {
        word.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
    }

    mutating func add(_ number: Int) {
        var rest = number.magnitude
        if number < 0 { self.bytes.append(UInt8(ascii: "-")) }
        let start = self.bytes.count
        repeat {
            self.bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self.bytes[start...].reverse()
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
