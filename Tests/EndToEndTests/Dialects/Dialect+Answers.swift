extension Dialect {
    /// Reads an answer, whole or streamed.
    func read(_ answer: Answer, stream: Bool) throws -> Said {
        stream ? try self.readStream(answer) : self.readWhole(answer.json ?? .null)
    }

    // MARK: Whole

    private func readWhole(_ json: JSON) -> Said {
        switch self {
        case .native: return Self.message(json["message"], reason: json["done_reason"])
        case .ollama: return Self.message(json["message"], reason: json["done_reason"])
        case .openAI:
            return Self.message(json["choices"]?[0]?["message"], reason: json["choices"]?[0]?["finish_reason"])
        case .responses:
            var said = Said()
            for item in json["output"]?.elements ?? [] { Self.add(responseItem: item, to: &said) }
            said.reason = Self.responseReason(json, said)
            return said
        case .anthropic:
            var said = Said(reason: Self.reason(json["stop_reason"]))
            for block in json["content"]?.elements ?? [] {
                said.text += block["text"]?.string ?? ""
                said.thinking += block["thinking"]?.string ?? ""
                guard block["type"] == "tool_use" else { continue }
                said.tool = block["name"]?.string
                said.arguments = block["input"]
            }
            return said
        }
    }

    private static func message(_ message: JSON?, reason: JSON?) -> Said {
        var said = Said(text: message?["content"]?.string ?? "", reason: Self.reason(reason))
        said.thinking = (message?["thinking"] ?? message?["reasoning"])?.string ?? ""
        Self.add(call: message?["tool_calls"]?[0], to: &said)
        return said
    }

    private static func add(call: JSON?, to said: inout Said) {
        guard let function = call?["function"], let name = function["name"]?.string else { return }
        said.tool = name
        let text = function["arguments"]?.string
        said.arguments = text.map { (try? JSON(parsing: $0)) ?? .null } ?? function["arguments"]
        // Ollama ends a call as it ends any answer.
        if said.reason.isEmpty || said.reason == "stop" { said.reason = "tools" }
    }

    private static func add(responseItem item: JSON, to said: inout Said) {
        switch item["type"]?.string {
        case "message": said.text += (item["content"]?.elements ?? []).compactMap { $0["text"]?.string }.joined()
        case "reasoning": said.thinking += (item["summary"]?.elements ?? []).compactMap { $0["text"]?.string }.joined()
        case "function_call":
            said.tool = item["name"]?.string
            said.arguments = try? JSON(parsing: item["arguments"]?.string ?? "")
        default: break
        }
    }

    private static func responseReason(_ json: JSON, _ said: Said) -> String {
        if json["incomplete_details"]?["reason"] == "max_output_tokens" { return "length" }
        return said.tool == nil ? "stop" : "tools"
    }

    private static func reason(_ reason: JSON?) -> String {
        switch reason?.string {
        case "tool_calls", "tool_use": "tools"
        case "length", "max_tokens": "length"
        case "stop", "end_turn": "stop"
        case let other: other ?? ""
        }
    }

    // MARK: Streams

    private func readStream(_ answer: Answer) throws -> Said {
        switch self {
        case .native: return Self.nativeStream(answer)
        case .ollama: return try Self.ollamaStream(answer)
        case .openAI: return Self.openAIStream(answer)
        case .responses:
            // The last event holds what all of them said; the deltas have to say the same.
            let events = answer.frames.map(\.json)
            let said = self.readWhole(events.last?["response"] ?? .null)
            func joined(_ type: String) -> String {
                events.filter { $0["type"]?.string == type }.compactMap { $0["delta"]?.string }.joined()
            }
            var told = said
            told.text = joined("response.output_text.delta")
            told.thinking = joined("response.reasoning_summary_text.delta")
            if said.tool != nil { told.arguments = try JSON(parsing: joined("response.function_call_arguments.delta")) }
            return told
        case .anthropic: return try Self.anthropicStream(answer)
        }
    }

    private static func nativeStream(_ answer: Answer) -> Said {
        var said = Said()
        for frame in answer.frames.map(\.json) {
            said.text += frame["chunk"]?.string ?? ""
            said.thinking += frame["thinking"]?.string ?? ""
            if let reason = frame["done_reason"] { said.reason = Self.reason(reason) }
            Self.add(call: frame["tool_calls"]?[0], to: &said)
        }
        return said
    }

    private static func ollamaStream(_ answer: Answer) throws -> Said {
        var said = Said()
        for line in answer.text.split(separator: "\n") {
            let frame = try JSON(parsing: String(line))
            said.text += frame["message"]?["content"]?.string ?? ""
            said.thinking += frame["message"]?["thinking"]?.string ?? ""
            if let reason = frame["done_reason"] { said.reason = said.tool == nil ? Self.reason(reason) : "tools" }
            Self.add(call: frame["message"]?["tool_calls"]?[0], to: &said)
        }
        return said
    }

    private static func openAIStream(_ answer: Answer) -> Said {
        var (said, arguments) = (Said(), "")
        for frame in answer.frames.map(\.json) {
            let choice = frame["choices"]?[0]
            said.text += choice?["delta"]?["content"]?.string ?? ""
            said.thinking += choice?["delta"]?["reasoning"]?.string ?? ""
            let call = choice?["delta"]?["tool_calls"]?[0]?["function"]
            said.tool = said.tool ?? call?["name"]?.string
            arguments += call?["arguments"]?.string ?? ""
            if let reason = choice?["finish_reason"], reason != .null { said.reason = Self.reason(reason) }
        }
        if said.tool != nil { said.arguments = try? JSON(parsing: arguments) }
        return said
    }

    private static func anthropicStream(_ answer: Answer) throws -> Said {
        var (said, arguments) = (Said(), "")
        for frame in answer.frames.map(\.json) {
            let delta = frame["delta"]
            said.text += delta?["text"]?.string ?? ""
            said.thinking += delta?["thinking"]?.string ?? ""
            arguments += delta?["partial_json"]?.string ?? ""
            if let reason = delta?["stop_reason"] { said.reason = Self.reason(reason) }
            if frame["content_block"]?["type"] == "tool_use" { said.tool = frame["content_block"]?["name"]?.string }
        }
        if said.tool != nil { said.arguments = try JSON(parsing: arguments) }
        return said
    }
}
