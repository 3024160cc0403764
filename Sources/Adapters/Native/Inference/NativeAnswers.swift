import Application
import Domain

/// The answers of native inference routes, field by field.
struct NativeAnswers: Sendable {
    /// What the request asked for decides what its answer is called.
    enum Shape: Sendable {
        /// `text`
        case text
        /// `message`
        case message
        /// `message`, and what was done to the images.
        case vlm
    }

    private let summary: GenerationSummary
    private let entry: RequestEntry
    private let model: String
    private let notices: GenerationNotices

    init(_ summary: GenerationSummary, exchange: Exchange<GenerationEvent>) {
        self.summary = summary
        self.entry = exchange.entry
        self.model = exchange.model.spelling
        self.notices = exchange.notices
    }

    /// The body of an answer that is not streamed.
    func body(_ result: GenerationResult, shape: Shape) -> [UInt8] {
        var writer = JSONWriter(capacity: result.text.escaped.count + 768)
        writer.object { writer in
            switch shape {
            case .text: writer.field("text", result.text)
            case .message, .vlm:
                writer.key("message")
                writer.object { NativeAnswers.writeMessage(result, to: &$0) }
            }
            if let logprobs = result.logprobs {
                writer.key("logprobs")
                writer.array { $0.raw(logprobs) }
            }
            self.writeMetrics(to: &writer, shape: shape)
        }
        return writer.bytes
    }

    /// Writes what an answer and the last frame of a stream have in common.
    func writeMetrics(to writer: inout JSONWriter, shape: Shape) {
        let timings = self.summary.timings
        writer.field("model", self.model)
        writer.field("request_id", self.entry.requestID.description)
        writer.field("latency_ms", NativeAnswers.rounded(self.entry.elapsed))
        self.write("model_load_ms", self.entry.loadTime ?? timings.load, to: &writer)
        writer.field("model_warm_start", self.entry.isWarm ?? false)
        writer.field("prompt_eval_count", self.summary.usage.promptTokens)
        writer.field("generation_eval_count", self.summary.usage.completionTokens)
        self.write("total_duration_ms", timings.total, to: &writer)
        writer.field("queue_wait_ms", NativeAnswers.rounded(self.entry.queueWait ?? .zero))
        writer.field("overhead_ms", NativeAnswers.rounded(self.entry.overhead))
        writer.field("done_reason", self.summary.reason.rawValue)
        writer.key("usage")
        writer.object { self.writeUsage(to: &$0) }
        if shape == .vlm { self.writeImages(to: &writer) }
        writer.key("warnings")
        writer.array(self.warnings) { $0.string($1) }
    }

    /// Writes what is told of vectors beside them.
    func writeFigures(ofVectors writer: inout JSONWriter) {
        writer.field("latency_ms", NativeAnswers.rounded(self.entry.elapsed))
        writer.field("prompt_eval_count", self.summary.usage.promptTokens)
        writer.field("request_id", self.entry.requestID.description)
        writer.key("warnings")
        writer.array(self.warnings) { $0.string($1) }
    }

    /// Writes tool calls: OpenAI's shape, arguments as text.
    static func write(_ calls: [ToolCall], to writer: inout JSONWriter) {
        writer.array(calls) { writer, call in
            writer.object { writer in
                writer.field("id", call.id)
                writer.field("type", "function")
                writer.key("function")
                writer.object {
                    $0.field("name", call.name)
                    $0.field("arguments", call.arguments)
                }
            }
        }
    }

    /// Milliseconds with three digits behind the point.
    static func rounded(_ duration: Duration) -> Double {
        (duration.milliseconds * 1000).rounded() / 1000
    }

    // MARK: Parts

    private func writeImages(to writer: inout JSONWriter) {
        let report = self.entry.images
        writer.field("images_processed", report?.count ?? 0)
        writer.nullable("compression_savings_bytes", report?.savedBytes)
        writer.nullable("image_tokens_estimate", report?.tokens)
    }

    private static func writeMessage(_ result: GenerationResult, to writer: inout JSONWriter) {
        writer.field("role", "assistant")
        writer.field("content", result.text)
        if let thinking = result.thinking {
            writer.field("thinking", thinking)
        } else {
            writer.nullField("thinking")
        }
        if result.toolCalls.isEmpty {
            writer.nullField("tool_calls")
        } else {
            writer.key("tool_calls")
            NativeAnswers.write(result.toolCalls, to: &writer)
        }
        writer.nullField("tool_call_id")
    }

    private func writeUsage(to writer: inout JSONWriter) {
        let usage = self.summary.usage
        writer.field("prompt_tokens", usage.promptTokens)
        writer.field("completion_tokens", usage.completionTokens)
        writer.nullable("cached_tokens", usage.cachedTokens)
        writer.nullable("reasoning_tokens", usage.reasoningTokens)
    }

    private func write(_ key: String, _ value: Duration?, to writer: inout JSONWriter) {
        writer.nullable(key, value.map { NativeAnswers.rounded($0) })
    }

    private var warnings: [String] {
        var warnings = self.entry.images?.warnings ?? []
        if let cut = self.notices.truncated {
            warnings.append("The prompt of \(cut.prompt) tokens was cut to fit into a context of \(cut.context).")
        }
        warnings += self.notices.ignoredFields.map { "The field '\($0)' was ignored: this engine has nothing like it." }
        switch self.notices.keepAlive {
        case .lowered(let limit)?:
            let seconds = Int(limit.lengthInSeconds.rounded())
            warnings.append("'keep_alive' was lowered to \(seconds) s; more needs 'keep_alive' in the project's 'may'.")
        case .overruled?: warnings.append("'keep_alive' was ignored: the model is pinned.")
        case nil: break
        }
        return warnings
    }
}
