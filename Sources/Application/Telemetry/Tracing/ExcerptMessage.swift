import Domain

/// A message as a trace tells it, whoever said it.
///
/// Source: OpenTelemetry, semantic conventions for generative AI, schemas of `gen_ai.input.messages` and
/// `gen_ai.output.messages`.
struct ExcerptMessage: Sendable {
    /// A part of a message.
    enum Part: Sendable {
        case text(String)
        case reasoning(String)
        case toolCall(ToolCall)
        case toolResponse(id: String?, String)
        /// A picture, of which nothing else is told.
        case image
    }

    let role: String
    var parts: [Part]

    /// The message with the beginning of what is too long; nil if nothing of it has room.
    func cut(to budget: inout Int, _ isCut: inout Bool) -> ExcerptMessage? {
        var kept: [Part] = []
        for part in self.parts {
            guard let fitting = part.cut(to: &budget, &isCut) else { continue }
            kept.append(fitting)
        }
        return kept.isEmpty && !self.parts.isEmpty ? nil : ExcerptMessage(role: self.role, parts: kept)
    }

    /// Writes it as JSON.
    func write(to writer: inout JSONWriter, finishReason: String? = nil) {
        writer.object { writer in
            writer.field("role", self.role)
            writer.key("parts")
            writer.array(self.parts) { $1.write(to: &$0) }
            writer.field("finish_reason", finishReason)
        }
    }
}

extension ExcerptMessage.Part {
    fileprivate func cut(to budget: inout Int, _ isCut: inout Bool) -> ExcerptMessage.Part? {
        func cut(_ text: String) -> String? {
            let (piece, isShort) = text.cut(to: budget)
            // Nothing older follows behind a gap.
            budget = isShort ? 0 : budget - piece.utf8.count
            isCut = isCut || isShort
            return isShort && piece.isEmpty ? nil : String(piece)
        }
        switch self {
        case .text(let text): return cut(text).map { .text($0) }
        case .reasoning(let text): return cut(text).map { .reasoning($0) }
        case .toolResponse(let id, let text): return cut(text).map { .toolResponse(id: id, $0) }
        case .toolCall(let call):
            // Half of its arguments would be no JSON.
            let size = call.name.utf8.count + call.arguments.utf8.count
            guard size <= budget else {
                isCut = true
                budget = 0
                return nil
            }
            budget -= size
            return self
        case .image: return self
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .text(let text):
                writer.field("type", "text")
                writer.field("content", text)
            case .reasoning(let text):
                writer.field("type", "reasoning")
                writer.field("content", text)
            case .toolCall(let call):
                writer.field("type", "tool_call")
                if !call.id.isEmpty { writer.field("id", call.id) }
                writer.field("name", call.name)
                writer.field(
                    "arguments",
                    (try? JSONParser.parse(Array(call.arguments.utf8))) ?? .string(call.arguments)
                )
            case .toolResponse(let id, let text):
                writer.field("type", "tool_call_response")
                writer.field("id", id)
                writer.field("response", text)
            case .image: writer.field("type", "image")
            }
        }
    }
}
