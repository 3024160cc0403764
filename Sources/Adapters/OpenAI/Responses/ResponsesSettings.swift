import Domain

/// What of a request its answer repeats.
///
/// Source: OpenAI's API reference; where a number must stand and the caller gave none, it is OpenAI's default.
struct ResponsesSettings: Sendable {
    /// Whether thoughts are also told in the form in which clients that keep the conversation hand them back.
    let tellsReasoning: Bool
    private let instructions: String?
    private let tools: [Tool]
    private let strict: [Bool?]
    private let toolChoice: JSONValue
    private let format: JSONValue
    private let reasoning: JSONValue
    private let metadata: JSONValue
    private let parallelToolCalls: Bool
    private let labels: [(key: String, value: String?)]
    private let options: GenerationOptions

    /// Reads what is repeated and nothing else.
    init(_ reader: FieldReader, tools: [Tool], options: GenerationOptions, include: [String]) {
        self.tellsReasoning = include.contains("reasoning.encrypted_content")
        self.instructions = reader.value("instructions")?.string
        self.tools = tools
        self.strict = reader.value("tools")?.array?.map { ResponsesSettings.bool($0.object?["strict"]) } ?? []
        self.toolChoice = reader.value("tool_choice") ?? .string("auto")
        self.format = reader.value("text")?.object?["format"] ?? .object(["type": .string("text")])
        self.reasoning = reader.value("reasoning") ?? .null
        self.metadata = .object(reader.object("metadata") { _ in reader.value("metadata")?.object } ?? [:])
        self.parallelToolCalls = reader.bool("parallel_tool_calls") ?? true
        self.labels = ["safety_identifier", "prompt_cache_key", "user"].map { ($0, reader.string($0)) }
        self.options = options
    }

    /// Writes the fields, but for those that change while an answer is made.
    func write(to writer: inout JSONWriter) {
        writer.nullField("previous_response_id")
        writer.value("instructions", self.instructions)
        writer.key("tools")
        writer.array(zip(self.tools, self.strict)) { writer, tool in
            writer.object { writer in
                writer.field("type", "function")
                writer.field("name", tool.0.name)
                writer.value("description", tool.0.description)
                writer.field("strict", tool.1.map(JSONValue.bool) ?? .null)
                writer.field("parameters", tool.0.parameters.map(JSONValue.object) ?? .null)
            }
        }
        writer.field("tool_choice", self.toolChoice)
        writer.field("truncation", self.options.truncate == false ? "disabled" : "auto")
        writer.field("parallel_tool_calls", self.parallelToolCalls)
        writer.key("text")
        writer.object { $0.field("format", self.format) }
        writer.field("top_p", self.options.topP ?? 1)
        writer.field("presence_penalty", self.options.presencePenalty ?? 0)
        writer.field("frequency_penalty", self.options.frequencyPenalty ?? 0)
        writer.field("top_logprobs", self.options.topLogprobs ?? 0)
        writer.field("temperature", self.options.temperature ?? 1)
        writer.field("reasoning", self.reasoning)
        writer.field("max_output_tokens", self.options.maxTokens.map { .number(JSONNumber($0)) } ?? JSONValue.null)
        writer.nullField("max_tool_calls")
        writer.field("store", false)
        writer.field("background", false)
        writer.field("service_tier", "default")
        writer.field("metadata", self.metadata)
        for label in self.labels { writer.value(label.key, label.value) }
    }

    private static func bool(_ value: JSONValue?) -> Bool? {
        guard case .bool(let bool)? = value else { return nil }
        return bool
    }
}

extension JSONWriter {
    /// Writes a field with a string, or with null.
    fileprivate mutating func value(_ key: String, _ string: String?) {
        self.field(key, string.map(JSONValue.string) ?? .null)
    }
}
