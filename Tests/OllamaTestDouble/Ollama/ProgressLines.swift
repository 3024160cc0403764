/// The answers of create, pull and push: lines of progress with success or failure at the end, or only the end.
enum ProgressLines {
    static func send(
        _ lines: [JSONValue],
        endingWith error: EngineError?,
        _ body: JSONValue,
        _ exchange: Exchange,
        pace: Duration
    ) async throws {
        let end: JSONValue = error.map { ["error": .string($0.message)] } ?? ["status": "success"]
        guard body["stream"]?.flag ?? true else {
            if pace > .zero { try await Task.sleep(for: pace * lines.count) }
            return try await exchange.send(error?.status ?? 200, [.bareJSON], body: Array(end.encoded().utf8))
        }
        try await exchange.begin(200, [.lines])
        for line in lines + [end] {
            try await exchange.frame(Array((line.encoded() + "\n").utf8), tokens: 0)
            if pace > .zero { try await Task.sleep(for: pace) }
        }
        try await exchange.end()
    }
}
