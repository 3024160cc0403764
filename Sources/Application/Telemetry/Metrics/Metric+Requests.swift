extension Metric {
    // MARK: What becomes of requests

    /// Inference requests that ended.
    public static let requests = Metric(
        "shared_ollama_requests_total",
        .counter,
        "Inference requests that ended, by what they asked for, the wire format and how they ended.",
        labels: ["operation", "dialect", "ending"]
    )
    /// The same by project.
    public static let projectRequests = Metric(
        "shared_ollama_project_requests_total",
        .counter,
        "Inference requests that ended, by project and how they ended; projects beyond metrics.max_projects are 'other'.",
        labels: ["project", "ending"]
    )
    /// Failed requests by code.
    public static let errors = Metric(
        "shared_ollama_errors_total",
        .counter,
        "Inference requests that failed, by error code.",
        labels: ["code"]
    )
    /// Requests that were refused before a route had made a record of them, by code.
    public static let refusals = Metric(
        "shared_ollama_refused_requests_total",
        .counter,
        "Requests that were refused before they came to a route, by error code.",
        labels: ["code"]
    )
    /// Requests that were cancelled, by phase.
    public static let cancellations = Metric(
        "shared_ollama_cancellations_total",
        .counter,
        "Inference requests that were cancelled, by the phase in which they were.",
        labels: ["phase"]
    )
    /// Tokens by project.
    public static let tokens = Metric(
        "shared_ollama_tokens_total",
        .counter,
        "Tokens that are booked to projects: of prompts (input), of these those that engines still knew (cached), and of answers (output).",
        labels: ["project", "type"]
    )
    /// Records of requests that were lost because the store could not be written for too long.
    public static let usageDropped = Metric(
        "shared_ollama_usage_records_dropped_total",
        .counter,
        "Records of requests that are missing in the usage ledger because it could not be written for too long."
    )

    /// Lines that are missing in the request log.
    public static let requestLogDropped = Metric(
        "shared_ollama_request_log_lines_dropped_total",
        .counter,
        "Lines that are missing in the request log (requests, exchanges) because it could not be written as fast as it grew.",
        labels: ["log"]
    )

    /// Spans that a collector has taken.
    public static let traceSpansExported = Metric(
        "shared_ollama_trace_spans_exported_total",
        .counter,
        "Spans of traces that the collector has taken."
    )
    /// Spans that are missing in traces.
    public static let traceSpansDropped = Metric(
        "shared_ollama_trace_spans_dropped_total",
        .counter,
        "Spans that are missing in traces: the queue was full (queue_full), the collector could not be reached or would not have them (export_failed), or disliked them (rejected).",
        labels: ["reason"]
    )

    static let ofRequests = [
        requests, projectRequests, errors, refusals, cancellations, tokens, usageDropped, requestLogDropped,
        traceSpansExported, traceSpansDropped,
    ]

    // MARK: How long they take

    /// How long requests took.
    ///
    /// Source: OpenTelemetry, semantic conventions for generative AI metrics, `gen_ai.server.request.duration`.
    public static let duration = Metric(
        "gen_ai_server_request_duration_seconds",
        .histogram,
        "Inference requests from their arrival to their end, queue included.",
        labels: ["gen_ai_operation_name", "gen_ai_request_model"],
        buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
    )
    /// How long callers waited for the first piece of an answer.
    ///
    /// Source: the same, `gen_ai.server.time_to_first_token`.
    public static let timeToFirstToken = Metric(
        "gen_ai_server_time_to_first_token_seconds",
        .histogram,
        "Waiting for a slot, loading and prefill, up to the first piece of an answer that came to its end.",
        labels: ["gen_ai_request_model"],
        buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    )
    /// How long a token took after the first.
    ///
    /// Source: the same, `gen_ai.server.time_per_output_token`.
    public static let timePerOutputToken = Metric(
        "gen_ai_server_time_per_output_token_seconds",
        .histogram,
        "The engine's time for a token of an answer that came to its end.",
        labels: ["gen_ai_request_model"],
        buckets: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
    )
    /// How many tokens requests and answers have.
    ///
    /// Source: the same, `gen_ai.client.token.usage`.
    public static let tokenUsage = Metric(
        "gen_ai_client_token_usage",
        .histogram,
        "Tokens of a prompt (input) and of an answer (output), where the engine counted them.",
        labels: ["gen_ai_operation_name", "gen_ai_token_type"],
        buckets: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864]
    )
    /// How long requests waited for a slot.
    public static let queueWait = Metric(
        "shared_ollama_queue_wait_seconds",
        .histogram,
        "Waiting for a slot of requests that got one, by class.",
        labels: ["class"],
        buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
    )
    /// The time that the service itself took.
    public static let overhead = Metric(
        "shared_ollama_overhead_seconds",
        .histogram,
        "The service's own time for a request: no waiting for a slot, an engine or the caller.",
        buckets: [0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5]
    )
    /// How long engines took to load models for us.
    public static let modelLoad = Metric(
        "shared_ollama_model_load_seconds",
        .histogram,
        "Loading a model that the service had an engine load, by engine.",
        labels: ["engine"],
        buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640]
    )

    static let ofTime = [duration, timeToFirstToken, timePerOutputToken, tokenUsage, queueWait, overhead, modelLoad]
}
