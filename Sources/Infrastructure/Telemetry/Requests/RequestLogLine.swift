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
        fields.field("project", record.project.description)
        fields.field("dialect", record.dialect.rawValue)
        fields.field("operation", record.operation.rawValue)
        fields.field("model", record.model?.canonical)
        fields.field("engine", record.engine?.description)
        fields.field("status", record.status)
        switch record.ending {
        case .completed: fields.field("ended", "completed")
        case .failed(let error):
            fields.field("ended", "failed")
            fields.field("error_code", error.code.rawValue)
        case .cancelled(let phase):
            fields.field("ended", "cancelled")
            fields.field("cancelled_phase", phase.rawValue)
        }
        fields.field("queue_wait_ms", record.queueWait?.roundedMilliseconds)
        fields.field("first_event_ms", record.firstEvent?.roundedMilliseconds)
        fields.field("total_ms", record.total.roundedMilliseconds)
        fields.field("overhead_ms", record.overhead?.roundedMilliseconds)
        fields.field("load_ms", record.timings?.load?.roundedMilliseconds)
        fields.field("prompt_ms", record.timings?.promptEvaluation?.roundedMilliseconds)
        fields.field("generation_ms", record.timings?.generation?.roundedMilliseconds)
        fields.field("prompt_tokens", record.usage?.promptTokens)
        fields.field("completion_tokens", record.usage?.completionTokens)
        fields.field("cached_tokens", record.usage?.cachedTokens)
        fields.field("pieces", record.pieces)
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
