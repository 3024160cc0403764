import Application
import Domain
import HTTPTypes

/// What all that is told of one response has in common.
///
/// Source: OpenAI's API reference, the object `response`.
struct ResponsesAnswer: Sendable {
    /// The response's id without its prefix.
    let id: String
    /// When it was begun, in seconds since 1970.
    let created: Int
    /// The model, as the caller spelt it.
    let model: String
    /// What of the request is repeated.
    let settings: ResponsesSettings

    /// How far a response has come.
    enum State {
        /// It is being made.
        case inProgress
        /// It has come to its end at a time, in seconds since 1970.
        case finished(GenerationSummary, at: Int)
        /// It has failed.
        case failed(ServiceError)
    }

    /// The id of an item: those that follow one another in one answer are told apart by their place.
    func itemID(_ prefix: String, _ index: Int) -> String { "\(prefix)_\(self.id)_\(index)" }

    /// Writes the object `response`.
    ///
    /// `items`: the items of its output so far, each JSON text.
    func write(_ state: State, items: [[UInt8]], to writer: inout JSONWriter) {
        var (status, completed, usage): (String, JSONValue, TokenUsage?) = ("in_progress", .null, nil)
        var (failure, incomplete): (ServiceError?, Bool) = (nil, false)
        switch state {
        case .inProgress: break
        case .finished(let summary, let time):
            incomplete = summary.reason == .length
            status = ResponsesAnswer.status(of: summary)
            if !incomplete { completed = .number(JSONNumber(time)) }
            usage = summary.usage
        case .failed(let error): (status, failure) = ("failed", error)
        }
        writer.object { writer in
            writer.field("id", "resp_\(self.id)")
            writer.field("object", "response")
            writer.field("created_at", self.created)
            writer.field("completed_at", completed)
            writer.field("status", status)
            let details: JSONValue = incomplete ? .object(["reason": .string("max_output_tokens")]) : .null
            writer.field("incomplete_details", details)
            writer.field("model", self.model)
            writer.key("output")
            writer.array(items) { $0.raw($1) }
            writer.key("error")
            ResponsesAnswer.write(failure, to: &writer)
            self.settings.write(to: &writer)
            writer.key("usage")
            ResponsesAnswer.write(usage, to: &writer)
        }
    }

    /// The status of a response, and of the item that it ends in.
    static func status(of summary: GenerationSummary) -> String {
        summary.reason == .length ? "incomplete" : "completed"
    }

    /// OpenAI's word for what went wrong: its set is closed.
    private static func code(of error: ServiceError) -> String {
        switch StatusTable.status(of: error).code {
        case 429: "rate_limit_exceeded"
        case 500...: "server_error"
        default: "invalid_prompt"
        }
    }

    private static func write(_ error: ServiceError?, to writer: inout JSONWriter) {
        guard let error else { return writer.null() }
        writer.object { writer in
            writer.field("code", ResponsesAnswer.code(of: error))
            writer.field("message", error.message)
        }
    }

    private static func write(_ usage: TokenUsage?, to writer: inout JSONWriter) {
        guard let usage else { return writer.null() }
        writer.object { writer in
            writer.field("input_tokens", usage.promptTokens)
            writer.field("output_tokens", usage.completionTokens)
            writer.field("total_tokens", usage.promptTokens + usage.completionTokens)
            writer.key("input_tokens_details")
            writer.object { $0.field("cached_tokens", usage.cachedTokens ?? 0) }
            writer.key("output_tokens_details")
            writer.object { $0.field("reasoning_tokens", usage.reasoningTokens ?? 0) }
        }
    }
}
