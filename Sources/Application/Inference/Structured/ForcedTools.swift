import Domain

/// Makes a model call a tool: the tools are described to it, its answer is bound to a schema made of them, and what it
/// writes is told as the call that it is.
///
/// That works with every engine that can bind an answer to a schema, whether it, or the model, knows anything of tools. The
/// schema has `anyOf`, `const` and references to flat definitions only, which all that turn schemas into grammars know.
enum ForcedTools {
    /// A request as engines get it: without tools, and bound to them where one has to be called.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` or `unsupported_field` for a tool whose parameters are no schema,
    ///   `invalid_prompt` if the description of the tools makes the first message too long.
    static func request(for request: ChatRequest) throws -> ChatRequest {
        var result = request
        result.tools = []
        result.toolChoice = .auto
        let tools: [(index: Int, tool: Tool)]
        switch request.toolChoice {
        case .auto, .none: return result
        case .required: tools = Array(request.tools.enumerated()).map { ($0.offset, $0.element) }
        case .named(let name):
            tools = request.tools.enumerated().filter { $0.element.name == name }.map { ($0.offset, $0.element) }
        }
        result.options.format = .schema(try ForcedTools.schema(of: tools))
        result.messages = try ForcedTools.messages(request.messages, describing: tools.map(\.tool))
        return result
    }

    /// What an answer that follows the schema is told as.
    static func events(of result: GenerationResult, ids: any IDGenerator) -> [GenerationEvent] {
        let thinking = result.thinking.map { [GenerationEvent.thinking($0)] } ?? []
        // An engine that has called tools on its own is believed.
        if !result.toolCalls.isEmpty { return thinking + [.toolCalls(result.toolCalls), .finished(result.summary)] }
        // Of a call that was cut nothing can be used.
        guard let call = ForcedTools.call(in: result.text, ids: ids) else {
            return thinking + [.finished(result.summary)]
        }
        let summary = GenerationSummary(
            usage: result.summary.usage,
            timings: result.summary.timings,
            reason: .toolCalls
        )
        return thinking + [.toolCalls([call]), .finished(summary)]
    }

    // MARK: Parts

    private static func call(in text: JSONText, ids: any IDGenerator) -> ToolCall? {
        guard let object = try? JSONParser.parse(Array(text.decoded.utf8)).object, let name = object["name"]?.string,
            let arguments = object["arguments"]?.object
        else { return nil }
        return ToolCall(id: "call_\(ids.next().prefix(24))", name: name, arguments: JSONValue.object(arguments).text)
    }

    private static func schema(of tools: [(index: Int, tool: Tool)]) throws -> JSONSchema {
        var definitions = SchemaDefinitions()
        var forms: [JSONValue] = []
        for (index, tool) in tools {
            var parameters = tool.parameters ?? [:]
            if parameters["type"] == nil {
                parameters = JSONObject([.init(key: "type", value: .string("object"))] + parameters.members)
            }
            do {
                // By itself first, so that a fault is told where the caller wrote it.
                _ = try JSONSchema(parameters, unknownKeywords: .ignored)
                parameters = try definitions.move(parameters)
            } catch {
                throw error.below("/tools/\(index)/function/parameters")
            }
            forms.append(
                .object([
                    "type": .string("object"),
                    "properties": .object([
                        "name": .object(["const": .string(tool.name)]), "arguments": .object(parameters),
                    ]),
                    "required": .array([.string("name"), .string("arguments")]),
                    "additionalProperties": .bool(false),
                ])
            )
        }
        var schema: JSONObject = forms.count == 1 ? forms[0].object ?? [:] : ["anyOf": .array(forms)]
        if !definitions.all.members.isEmpty { schema["$defs"] = .object(definitions.all) }
        // What a tool's author wrote for others is not refused here: it holds as far as it is known.
        return try JSONSchema(schema, unknownKeywords: .ignored)
    }

    /// The conversation with a description of the tools in its system message.
    ///
    /// Many models' templates have a place for one such message only, the first.
    private static func messages(_ messages: [ChatMessage], describing tools: [Tool]) throws -> [ChatMessage] {
        let description = ForcedTools.description(of: tools)
        guard let first = messages.first, first.role == .system else {
            return [try ChatMessage(role: .system, content: description)] + messages
        }
        let content = first.content.isEmpty ? description : first.content + "\n\n" + description
        return [try ChatMessage(role: .system, content: content, images: first.images)] + messages.dropFirst()
    }

    private static func description(of tools: [Tool]) -> String {
        let lines = tools.map { tool in
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("name", tool.name)
                writer.field("description", tool.description)
                writer.field("parameters", tool.parameters.map { JSONValue.object($0) })
            }
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        return """
            Answer by calling \(tools.count == 1 ? "this tool" : "one of these tools"): write one JSON object \
            {"name": the tool's name, "arguments": an object that follows the tool's parameters} and nothing else.
            \(lines.joined(separator: "\n"))
            """
    }
}
