#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What both wire formats write and read alike.
enum WireParts {
    /// A message of a conversation.
    static func message(_ message: ChatMessage) -> JSONValue {
        JSONValue(members: [
            ("role", .string(message.role.rawValue)),
            ("content", .string(message.content)),
            ("thinking", message.thinking.map(JSONValue.string)),
            ("images", message.images.isEmpty ? nil : .array(message.images.map { .string(WireParts.base64($0)) })),
            ("tool_calls", message.toolCalls.isEmpty ? nil : .array(message.toolCalls.map(WireParts.toolCall))),
            ("tool_call_id", message.toolCallID.map(JSONValue.string)),
            ("tool_name", message.toolName.map(JSONValue.string)),
        ])
    }

    private static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    private static func toolCall(_ call: ToolCall) -> JSONValue {
        // Arguments that are no object are a model's mistake; both sides take objects only.
        let arguments: JSONValue = if case .object = call.arguments { call.arguments } else { [:] }
        return JSONValue(members: [
            ("id", call.id.isEmpty ? nil : .string(call.id)),
            ("type", "function"),
            ("function", ["name": .string(call.name), "arguments": arguments]),
        ])
    }

    /// The tools that may be called; nil where there are none.
    static func tools(_ tools: [Tool]) -> JSONValue? {
        guard !tools.isEmpty else { return nil }
        return .array(
            tools.map { tool in
                let function = JSONValue(members: [
                    ("name", .string(tool.name)), ("description", tool.description.map(JSONValue.string)),
                    ("parameters", tool.parameters),
                ])
                return ["type": "function", "function": function]
            }
        )
    }

    /// The fields `format`, `think` and `keep_alive`, `truncate`, which both formats have beside the sampling options.
    static func fields(_ options: GenerationOptions) -> [(String, JSONValue?)] {
        let format: JSONValue? =
            switch options.format {
            case .json?: "json"
            case .schema(let schema)?: schema
            case nil: nil
            }
        let think: JSONValue? =
            switch options.think {
            case .on?: true
            case .off?: false
            case .level(let level)?: .string(level)
            case nil: nil
            }
        return [
            ("format", format), ("think", think), ("keep_alive", options.keepAlive.map(WireParts.keepAlive)),
            ("truncate", options.truncate.map(JSONValue.bool)),
        ]
    }

    /// Sampling options, whose names both formats share but for one.
    static func sampling(_ options: GenerationOptions, maxTokens name: String) -> [(String, JSONValue?)] {
        [
            ("temperature", options.temperature.map(JSONValue.number)),
            ("top_p", options.topP.map(JSONValue.number)),
            ("top_k", options.topK.map(JSONValue.integer)),
            ("min_p", options.minP.map(JSONValue.number)),
            ("seed", options.seed.map(JSONValue.integer)),
            (name, options.maxTokens.map(JSONValue.integer)),
            ("stop", options.stop.map { .array($0.map(JSONValue.string)) }),
            ("repeat_penalty", options.repeatPenalty.map(JSONValue.number)),
            ("presence_penalty", options.presencePenalty.map(JSONValue.number)),
            ("frequency_penalty", options.frequencyPenalty.map(JSONValue.number)),
            ("num_ctx", options.contextLength.map(JSONValue.integer)),
        ]
    }

    /// How long a model stays in memory: seconds, below zero for ever.
    static func keepAlive(_ keepAlive: KeepAlive) -> JSONValue {
        switch keepAlive {
        case .forever: -1
        case .duration(let duration): .number(duration.inSeconds)
        }
    }

    // MARK: Reading

    /// The tool calls of a message or a piece.
    static func toolCalls(_ value: JSONValue?) throws(SharedOllamaError) -> [ToolCall] {
        var calls: [ToolCall] = []
        for call in value?.array ?? [] {
            guard let name = call["function"]?["name"]?.string else { throw .unreadable("a tool call without a name") }
            let arguments = call["function"]?["arguments"] ?? [:]
            // OpenAI's form has the arguments as a text.
            let parsed = arguments.string.flatMap { try? JSONValue(parsing: $0) }
            calls.append(ToolCall(id: call["id"]?.string ?? "", name: name, arguments: parsed ?? arguments))
        }
        return calls
    }

    /// Text, thoughts and calls as events; what is empty is none.
    static func events(
        text: JSONValue?,
        thinking: JSONValue?,
        calls: JSONValue?
    ) throws(SharedOllamaError)
        -> [AnswerEvent]
    {
        var events: [AnswerEvent] = []
        if let thinking = thinking?.string, !thinking.isEmpty { events.append(.thinking(thinking)) }
        if let text = text?.string, !text.isEmpty { events.append(.text(text)) }
        let calls = try WireParts.toolCalls(calls)
        if !calls.isEmpty { events.append(.toolCalls(calls)) }
        return events
    }

    /// A list of vectors.
    static func vectors(_ value: JSONValue?) throws(SharedOllamaError) -> [[Float]] {
        guard let rows = value?.array else { throw .unreadable("no 'embeddings'") }
        var vectors: [[Float]] = []
        for row in rows {
            let numbers = (row.array ?? []).compactMap { $0.double.map { Float($0) } }
            guard let count = row.array?.count, count == numbers.count else {
                throw .unreadable("a vector that is none")
            }
            vectors.append(numbers)
        }
        return vectors
    }

    /// Rows of models, as both formats list them.
    static func models(_ value: JSONValue) throws(SharedOllamaError) -> [ListedModel] {
        guard let rows = value["models"]?.array else { throw .unreadable("no 'models'") }
        var models: [ListedModel] = []
        for row in rows {
            guard let name = row["name"]?.string else { throw .unreadable("a model without a name") }
            models.append(
                ListedModel(
                    name: name,
                    size: row["size"]?.int ?? 0,
                    digest: row["digest"]?.string ?? "",
                    modifiedAt: row["modified_at"]?.string ?? "",
                    capabilities: (row["capabilities"]?.array ?? []).compactMap(\.string),
                    engines: (row["engines"]?.array ?? []).compactMap(\.string)
                )
            )
        }
        return models
    }
}

extension SharedOllamaError {
    /// An answer that is nothing that the client understands.
    static func unreadable(_ what: String) -> SharedOllamaError {
        SharedOllamaError(.unreadableAnswer, "the answer is not what was expected: \(what)")
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
