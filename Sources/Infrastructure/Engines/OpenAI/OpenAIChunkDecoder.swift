import Domain

/// Reads the server-sent events of a streamed chat completion.
///
/// Source: OpenAI's API reference; `timings` is llama.cpp's own. Tool calls come in pieces and are put together here.
struct OpenAIChunkDecoder: EventDecoder {
    private struct PartialCall {
        var id = ""
        var name = ""
        var arguments: [UInt8] = []
    }

    /// Tool calls that one answer may hold.
    private static let maximumCalls = 128

    private var calls: [PartialCall] = []
    private var reason: String?
    private var usage: TokenUsage?
    private var timings = EngineTimings()
    private var isDone = false

    mutating func decode(_ bytes: [UInt8], in line: Range<Int>, into events: inout [GenerationEvent]) throws {
        guard let data = OpenAIChunkDecoder.data(bytes, line), !self.isDone else { return }
        if bytes[data].elementsEqual("[DONE]".utf8) {
            self.isDone = true
            return self.end(into: &events)
        }
        var scanner = JSONScanner(bytes, in: data)
        try scanner.object { scanner, key in try self.field(key, &scanner, &events) }
        try scanner.expectEnd()
    }

    /// A server that closes without `[DONE]` has still finished if it said why it stopped.
    mutating func finish(into events: inout [GenerationEvent]) {
        guard !self.isDone, self.reason != nil else { return }
        self.isDone = true
        self.end(into: &events)
    }

    // MARK: Parts

    /// The data of an event's line; nil for comments, empty lines and other fields.
    private static func data(_ bytes: [UInt8], _ line: Range<Int>) -> Range<Int>? {
        let prefix = "data:".utf8
        guard line.count >= prefix.count, bytes[line].starts(with: prefix) else { return nil }
        let start = line.lowerBound + prefix.count
        let isSpace = start < line.upperBound && bytes[start] == 0x20
        let range = (isSpace ? start + 1 : start)..<line.upperBound
        return range.isEmpty ? nil : range
    }

    private mutating func end(into events: inout [GenerationEvent]) {
        if !self.calls.isEmpty {
            events.append(.toolCalls(self.calls.enumerated().map(OpenAIChunkDecoder.call)))
        }
        events.append(
            .finished(
                GenerationSummary(
                    usage: self.usage ?? TokenUsage(promptTokens: 0, completionTokens: 0),
                    timings: self.timings,
                    reason: .init(rawValue: self.calls.isEmpty ? self.reason ?? "stop" : "tool_calls")
                )
            )
        )
    }

    private static func call(_ index: Int, _ call: PartialCall) -> ToolCall {
        let arguments = call.arguments.isEmpty ? "{}" : String(decoding: call.arguments, as: UTF8.self)
        return ToolCall(id: call.id.isEmpty ? "call_\(index)" : call.id, name: call.name, arguments: arguments)
    }

    private mutating func field(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        _ events: inout [GenerationEvent]
    ) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "choices":
            var isFirst = true
            try scanner.array { scanner in
                // One choice is asked for; others would be a lie.
                guard isFirst else { return try scanner.skip() }
                isFirst = false
                try scanner.object { scanner, key in try self.choiceField(key, &scanner, &events) }
            }
        case "usage": try self.usage(&scanner)
        case "timings": try self.timings(&scanner)
        case "error":
            let error = try JSONParser.value(&scanner)
            let message = error.object?["message"]?.string ?? error.string ?? "no reason given"
            throw EngineErrors.brokenOff(message)
        default: try scanner.skip()
        }
    }

    private mutating func choiceField(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        _ events: inout [GenerationEvent]
    ) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "delta": try scanner.object { scanner, key in try self.deltaField(key, &scanner, &events) }
        case "finish_reason": self.reason = try scanner.string().decoded
        case "logprobs":
            try scanner.object { scanner, key in
                guard "content" ~= key, try !scanner.skipNull() else { return try scanner.skip() }
                let elements = try scanner.raw().dropFirst().dropLast()
                if !elements.isEmpty { events.append(.logprobs(elements)) }
            }
        default: try scanner.skip()
        }
    }

    private mutating func deltaField(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        _ events: inout [GenerationEvent]
    ) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "content":
            let text = try scanner.string()
            if !text.isEmpty { events.append(.text(text)) }
        case "reasoning_content", "reasoning":
            let text = try scanner.string()
            if !text.isEmpty { events.append(.thinking(text)) }
        case "tool_calls":
            try scanner.array { scanner in try self.toolCall(&scanner) }
        default: try scanner.skip()
        }
    }

    private mutating func toolCall(_ scanner: inout JSONScanner) throws {
        let piece = try JSONParser.value(&scanner).object
        let index = piece?["index"]?.integer ?? self.calls.count
        guard (0..<OpenAIChunkDecoder.maximumCalls).contains(index) else { throw scanner.error("too many tool calls") }
        while self.calls.count <= index { self.calls.append(PartialCall()) }
        if let id = piece?["id"]?.string { self.calls[index].id = id }
        let function = piece?["function"]?.object
        if let name = function?["name"]?.string { self.calls[index].name = name }
        if let arguments = function?["arguments"]?.string { self.calls[index].arguments += Array(arguments.utf8) }
    }

    private mutating func usage(_ scanner: inout JSONScanner) throws {
        let usage = try JSONParser.value(&scanner).object
        self.usage = TokenUsage(
            promptTokens: usage?["prompt_tokens"]?.integer ?? 0,
            completionTokens: usage?["completion_tokens"]?.integer ?? 0,
            cachedTokens: usage?["prompt_tokens_details"]?.object?["cached_tokens"]?.integer,
            reasoningTokens: usage?["completion_tokens_details"]?.object?["reasoning_tokens"]?.integer
        )
    }

    private mutating func timings(_ scanner: inout JSONScanner) throws {
        let timings = try JSONParser.value(&scanner).object
        func milliseconds(_ key: String) -> Duration? {
            guard case .number(let number)? = timings?[key] else { return nil }
            return .nanoseconds(Int64(max(0, min(number.double, 1e12)) * 1_000_000))
        }
        let (prompt, generation) = (milliseconds("prompt_ms"), milliseconds("predicted_ms"))
        let total = prompt.flatMap { prompt in generation.map { prompt + $0 } }
        self.timings = EngineTimings(total: total, promptEvaluation: prompt, generation: generation)
    }
}
