import Domain

/// Reads an answer full of vectors: Ollama's `/api/embed` and OpenAI's `/v1/embeddings`.
///
/// It is one JSON object, which is read when all of it is there. Vectors are passed on as they were written.
struct EmbeddingsDecoder: EventDecoder {
    /// The largest answer, in bytes.
    static let limit = 134_217_728

    private var body: [UInt8] = []
    private var usage = TokenUsage(promptTokens: 0, completionTokens: 0)
    private var timings = EngineTimings()

    mutating func decode(_ bytes: [UInt8], in line: Range<Int>, into events: inout [GenerationEvent]) throws {
        guard self.body.count + line.count <= EmbeddingsDecoder.limit else { throw LineSplitter.LineTooLong() }
        // A line break between two tokens of JSON means nothing, and within one there is none.
        self.body.append(contentsOf: bytes[line])
    }

    mutating func finish(into events: inout [GenerationEvent]) throws {
        var scanner = JSONScanner(self.body, in: 0..<self.body.count)
        try scanner.object { scanner, key in try self.field(key, &scanner, &events) }
        try scanner.expectEnd()
        let summary = GenerationSummary(usage: self.usage, timings: self.timings, reason: .stop)
        events.append(.finished(summary))
    }

    private mutating func field(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        _ events: inout [GenerationEvent]
    ) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "embeddings": try scanner.array { events.append(.embedding(try $0.raw())) }
        case "data":
            try scanner.array { scanner in
                try scanner.object { scanner, key in
                    guard "embedding" ~= key else { return try scanner.skip() }
                    events.append(.embedding(try scanner.raw()))
                }
            }
        case "usage":
            self.usage.promptTokens = try JSONParser.value(&scanner).object?["prompt_tokens"]?.integer ?? 0
        case "prompt_eval_count": self.usage.promptTokens = try scanner.integer() ?? 0
        case "total_duration": self.timings.total = try scanner.integer().map { .nanoseconds($0) }
        case "load_duration": self.timings.load = try scanner.integer().map { .nanoseconds($0) }
        default: try scanner.skip()
        }
    }
}
