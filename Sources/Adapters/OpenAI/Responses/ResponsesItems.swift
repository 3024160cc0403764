import Domain

/// The items of a response's output as JSON text.
///
/// Source: OpenAI's API reference.
enum ResponsesItems {
    /// What the model said.
    static func message(id: String, status: String, text: JSONText, logprobs: some Sequence<UInt8>) -> [UInt8] {
        var writer = JSONWriter(capacity: text.escaped.count + 256)
        writer.object { writer in
            ResponsesItems.begin("message", id: id, status: status, &writer)
            writer.field("role", "assistant")
            writer.key("content")
            writer.array { ResponsesItems.textPart(text, logprobs: logprobs, to: &$0) }
        }
        return writer.bytes
    }

    /// A message of which nothing is known yet.
    static func openMessage(id: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            ResponsesItems.begin("message", id: id, status: "in_progress", &writer)
            writer.field("role", "assistant")
            writer.key("content")
            writer.array { _ in }
        }
        return writer.bytes
    }

    /// What the model thought: as its summary, which is where clients look for it.
    ///
    /// `isRepeated`: whether it is also told where clients look for what they are to hand back.
    static func reasoning(id: String, text: JSONText?, isRepeated: Bool) -> [UInt8] {
        var writer = JSONWriter(capacity: 2 * (text?.escaped.count ?? 0) + 256)
        writer.object { writer in
            ResponsesItems.begin("reasoning", id: id, status: nil, &writer)
            writer.key("summary")
            writer.array { writer in
                if let text { ResponsesItems.summaryPart(text, to: &writer) }
            }
            if isRepeated { writer.field("encrypted_content", text) }
        }
        return writer.bytes
    }

    /// A tool that the model asks for; without its arguments while they are still to come.
    static func call(_ call: ToolCall, id: String, isOpen: Bool) -> [UInt8] {
        var writer = JSONWriter(capacity: call.arguments.utf8.count + 256)
        writer.object { writer in
            ResponsesItems.begin("function_call", id: id, status: isOpen ? "in_progress" : "completed", &writer)
            writer.field("call_id", call.id)
            writer.field("name", call.name)
            writer.field("arguments", isOpen ? "" : call.arguments)
        }
        return writer.bytes
    }

    /// The part of a message that holds its text.
    static func textPart(_ text: JSONText, logprobs: some Sequence<UInt8>, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("type", "output_text")
            writer.field("text", text)
            writer.key("annotations")
            writer.array { _ in }
            writer.key("logprobs")
            writer.elements(logprobs)
        }
    }

    /// The part of a summary that holds its text.
    static func summaryPart(_ text: JSONText, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("type", "summary_text")
            writer.field("text", text)
        }
    }

    private static func begin(_ type: String, id: String, status: String?, _ writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("type", type)
        writer.field("status", status)
    }
}

extension JSONWriter {
    /// Writes an array of elements that are JSON text already, commas included.
    mutating func elements(_ json: some Sequence<UInt8>) {
        self.raw([UInt8(ascii: "[")] + json + [UInt8(ascii: "]")])
    }
}
