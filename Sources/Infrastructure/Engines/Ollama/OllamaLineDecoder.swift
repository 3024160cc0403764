import Domain

/// Reads Ollama's NDJSON: one object a line, from `/api/chat` and `/api/generate` alike.
///
/// Source: Ollama's API documentation, and the recorded exchanges in `Tests`.
struct OllamaLineDecoder: EventDecoder {
    /// What a call without an id is named after; old versions of Ollama send none.
    let callIDPrefix: String

    private var toolCalls = 0
    /// What the lines before were like.
    private var known: TokenLine?

    init(callIDPrefix: String) {
        self.callIDPrefix = callIDPrefix
    }

    private struct Line {
        var isDone = false
        var reason: String?
        var error: String?
        var usage = TokenUsage(promptTokens: 0, completionTokens: 0)
        var timings = EngineTimings()
        /// When it was written.
        var time: JSONText?
        /// The text of its token.
        var text: JSONText?
    }

    mutating func decode(_ bytes: [UInt8], in line: Range<Int>, into events: inout [GenerationEvent]) throws {
        guard !line.isEmpty else { return }
        if let text = self.known?.text(bytes, line) {
            if !text.isEmpty { events.append(.text(text)) }
            return
        }
        let count = events.count
        var scanner = JSONScanner(bytes, in: line)
        var read = Line()
        try scanner.object { scanner, key in
            try self.field(key, &scanner, &read, &events)
        }
        try scanner.expectEnd()
        if let error = read.error {
            throw EngineErrors.brokenOff(error)
        }
        guard read.isDone else {
            if events.count == count + 1, let time = read.time, let text = read.text, !text.isEmpty {
                self.known = TokenLine(bytes, line, time: time, text: text)
            }
            return
        }
        let reason = self.toolCalls > 0 ? "tool_calls" : read.reason ?? "stop"
        events.append(
            .finished(GenerationSummary(usage: read.usage, timings: read.timings, reason: .init(rawValue: reason)))
        )
    }

    mutating func finish(into events: inout [GenerationEvent]) {}

    private mutating func field(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        _ line: inout Line,
        _ events: inout [GenerationEvent]
    ) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "message":
            try scanner.object { scanner, key in try self.messageField(key, &scanner, &line, &events) }
        case "response", "thinking": try self.messageField(key, &scanner, &line, &events)
        case "created_at" where scanner.peek() == UInt8(ascii: "\""): line.time = try scanner.string()
        case "done": line.isDone = try scanner.bool()
        case "done_reason": line.reason = try scanner.string().decoded
        case "error": line.error = try scanner.string().decoded
        case "logprobs":
            let elements = try scanner.raw().dropFirst().dropLast()
            if !elements.isEmpty { events.append(.logprobs(elements)) }
        case "prompt_eval_count": line.usage.promptTokens = try scanner.integer() ?? 0
        case "prompt_eval_cached_count": line.usage.cachedTokens = try scanner.integer()
        case "eval_count": line.usage.completionTokens = try scanner.integer() ?? 0
        case "total_duration": line.timings.total = try scanner.nanoseconds()
        case "load_duration": line.timings.load = try scanner.nanoseconds()
        case "prompt_eval_duration": line.timings.promptEvaluation = try scanner.nanoseconds()
        case "eval_duration": line.timings.generation = try scanner.nanoseconds()
        default: try scanner.skip()
        }
    }

    private mutating func messageField(
        _ key: JSONText,
        _ scanner: inout JSONScanner,
        _ line: inout Line,
        _ events: inout [GenerationEvent]
    ) throws {
        if try scanner.skipNull() { return }
        switch key {
        case "content", "response":
            let text = try scanner.string()
            line.text = text
            if !text.isEmpty { events.append(.text(text)) }
        case "thinking":
            let text = try scanner.string()
            if !text.isEmpty { events.append(.thinking(text)) }
        case "tool_calls":
            var calls: [ToolCall] = []
            try scanner.array { scanner in calls.append(try self.toolCall(&scanner)) }
            if !calls.isEmpty { events.append(.toolCalls(calls)) }
        default: try scanner.skip()
        }
    }

    private mutating func toolCall(_ scanner: inout JSONScanner) throws -> ToolCall {
        var id: String?
        var name = ""
        var arguments = "{}"
        try scanner.object { scanner, key in
            switch key {
            case "id": id = try scanner.string().decoded
            case "function":
                try scanner.object { scanner, key in
                    switch key {
                    case "name": name = try scanner.string().decoded
                    case "arguments": arguments = String(decoding: try scanner.raw(), as: UTF8.self)
                    default: try scanner.skip()
                    }
                }
            default: try scanner.skip()
            }
        }
        defer { self.toolCalls += 1 }
        let ownID = id.flatMap { $0.isEmpty ? nil : $0 }
        return ToolCall(id: ownID ?? "call_\(self.callIDPrefix)_\(self.toolCalls)", name: name, arguments: arguments)
    }
}

extension JSONScanner {
    /// Reads a number of nanoseconds.
    fileprivate mutating func nanoseconds() throws -> Duration? {
        try self.integer().map { .nanoseconds($0) }
    }
}
