import Application
import Domain

/// What the log says of one request.
///
/// Nothing of a prompt or an answer is in it.
struct RequestLogLine: LogContent {
    let record: RequestRecord

    func write(to fields: inout some LogFields) {
        let record = self.record
        fields.field("request_id", record.requestID.description)
        fields.field("trace_id", record.traceID?.description)
        fields.field("project", record.project.description)
        fields.field("dialect", record.dialect.rawValue)
        fields.field("operation", record.operation.rawValue)
        fields.field("model", record.model?.canonical)
        fields.field("class", record.requestClass?.rawValue)
        fields.field("queue", record.queue?.rawValue)
        fields.field("engine", record.engine?.description)
        fields.field("status", record.status)
        fields.field("ended", record.ending.word)
        if case .failed(let error) = record.ending { fields.field("error_code", error.code.rawValue) }
        fields.field("cancelled_phase", record.cancelledPhase?.rawValue)
        fields.field("queue_wait_ms", record.queueWait?.roundedMilliseconds)
        fields.field("first_event_ms", record.firstEvent?.roundedMilliseconds)
        fields.field("total_ms", record.total.roundedMilliseconds)
        fields.field("overhead_ms", record.overhead?.roundedMilliseconds)
        fields.field("load_ms", (record.loadTime ?? record.timings?.load)?.roundedMilliseconds)
        fields.field("prompt_ms", record.timings?.promptEvaluation?.roundedMilliseconds)
        fields.field("generation_ms", record.timings?.generation?.roundedMilliseconds)
        fields.field("prompt_tokens", record.usage?.promptTokens)
        fields.field("completion_tokens", record.usage?.completionTokens)
        fields.field("cached_tokens", record.usage?.cachedTokens)
        fields.field("reasoning_tokens", record.usage?.reasoningTokens)
        fields.field("pieces", record.pieces)
        if record.share < 1 { fields.field("share", record.share) }
        fields.field("warm", record.warm)
        fields.field("reason", record.reason?.rawValue)
    }
}

extension Duration {
    /// In milliseconds, to the microsecond: more digits would only be noise.
    fileprivate var roundedMilliseconds: Double {
        Double((self.nanoseconds + 500) / 1000) / 1000
    }
}
