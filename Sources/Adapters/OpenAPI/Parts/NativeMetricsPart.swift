extension APIPart {
    /// What has become of requests, in the native dialect.
    static let nativeMetrics = APIPart(
        tag: "native: metrics",
        text: "Figures of requests that have ended. A project sees its own, an admin all.",
        operations: [
            APIOperation(
                method: "get",
                path: "/api/v1/metrics",
                id: "nativeMetrics",
                summary: "What has become of requests, and how the cache of images does",
                details: "Each request for inference is counted once. The cache of images is everybody's.",
                parameters: ["WindowMinutes"],
                answers: [.json("MetricsAnswer", "The figures.")],
                failures: [422]
            )
        ],
        schemas: #"""
            {
              "Counts": {"description": "How many there were, by name.", "type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
              "MetricsAnswer": {
                "type": "object",
                "required": ["total_requests", "successful_requests", "failed_requests", "requests_by_model", "requests_by_operation",
                  "average_latency_ms", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms", "errors_by_type", "first_request_time",
                  "last_request_time", "image_cache"],
                "properties": {
                  "total_requests": {"type": "integer", "minimum": 0}, "successful_requests": {"type": "integer", "minimum": 0},
                  "failed_requests": {"description": "Those included whose caller left.", "type": "integer", "minimum": 0},
                  "requests_by_model": {"$ref": "#/components/schemas/Counts"}, "requests_by_operation": {"$ref": "#/components/schemas/Counts"},
                  "average_latency_ms": {"type": "number"}, "p50_latency_ms": {"type": "number"}, "p95_latency_ms": {"type": "number"},
                  "p99_latency_ms": {"type": "number"}, "errors_by_type": {"$ref": "#/components/schemas/Counts"},
                  "first_request_time": {"type": ["string", "null"], "format": "date-time"},
                  "last_request_time": {"type": ["string", "null"], "format": "date-time"},
                  "image_cache": {
                    "type": "object", "required": ["entries", "bytes", "hits", "misses", "hit_rate", "savings_bytes", "images_processed"],
                    "properties": {
                      "entries": {"type": "integer", "minimum": 0}, "bytes": {"type": "integer", "minimum": 0}, "hits": {"type": "integer", "minimum": 0},
                      "misses": {"type": "integer", "minimum": 0}, "hit_rate": {"type": "number", "minimum": 0, "maximum": 1},
                      "savings_bytes": {"description": "How much less engines were sent than callers sent.", "type": "integer", "minimum": 0},
                      "images_processed": {"description": "Images of requests, those included that the cache had.", "type": "integer", "minimum": 0}
                    }
                  }
                }
              }
            }
            """#,
        parameters: #"""
            {"WindowMinutes": {"name": "window_minutes", "in": "query", "description": "How long ago they ended at most; absent, since the start.",
              "schema": {"type": "number", "exclusiveMinimum": 0, "maximum": 525600}, "example": 60}}
            """#
    )
}
