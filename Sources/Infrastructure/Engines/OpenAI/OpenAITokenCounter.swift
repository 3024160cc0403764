import Application
import Domain

/// Counts the tokens of a conversation by llama.cpp's own routes: `/apply-template` makes the prompt that the model would
/// read, and `/tokenize` cuts it.
///
/// Source: llama.cpp, `tools/server/README.md`. Neither takes one of the server's slots; other servers have neither.
struct OpenAITokenCounter {
    /// The longest answer that is read, in bytes.
    private static let limit = 67_108_864

    let transport: EngineTransport

    /// The tokens; nil if the server does not tell.
    func count(_ request: EngineRequest) async throws -> Int? {
        // Neither route knows how many tokens a picture becomes.
        guard case .chat = request.work, !request.work.hasImages else { return nil }
        do {
            let body = OpenAIRequestEncoder(request: request).body()
            guard let rendered = try await self.post("/apply-template", body),
                let prompt = (try? JSONParser.parse(rendered))?.object?["prompt"]?.string,
                let cut = try await self.post("/tokenize", OpenAITokenCounter.question(prompt))
            else { return nil }
            return try OpenAITokenCounter.tokens(in: cut)
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
        } catch is JSONError {
            throw ServiceError(.engineError, "The engine does not answer /tokenize as llama.cpp's server does.")
        }
    }

    /// The body of an answer; nil if it is a refusal.
    private func post(_ path: String, _ body: [UInt8]) async throws -> [UInt8]? {
        let answer = try await self.transport.get(path, body: body, limit: OpenAITokenCounter.limit)
        return answer.head.status == 200 ? answer.body : nil
    }

    /// The prompt is cut as the server cuts one of its own.
    private static func question(_ prompt: String) -> [UInt8] {
        var writer = JSONWriter(capacity: prompt.utf8.count + 64)
        writer.object { writer in
            writer.field("content", prompt)
            writer.field("add_special", true)
            writer.field("parse_special", true)
        }
        return writer.bytes
    }

    /// The length of `tokens`, of which there may be very many.
    private static func tokens(in body: [UInt8]) throws -> Int? {
        var scanner = JSONScanner(body, in: body.indices)
        var count: Int?
        try scanner.object { scanner, key in
            guard key.decoded == "tokens" else { return try scanner.skip() }
            var tokens = 0
            try scanner.array { scanner in
                try scanner.skip()
                tokens += 1
            }
            count = tokens
        }
        return count
    }
}
