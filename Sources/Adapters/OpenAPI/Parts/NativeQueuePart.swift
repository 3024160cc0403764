extension APIPart {
    /// Requests on their way and the queues, in the native dialect.
    static let nativeQueue = APIPart(
        tag: "native: queue",
        text: "Requests that are on their way. A project sees its own, an admin all.",
        operations: [
            APIOperation(
                method: "get",
                path: "/api/v1/queue/requests",
                id: "listRequests",
                summary: "List the requests that are on their way",
                answers: [.json("OpenRequests", "The requests.")]
            ),
            APIOperation(
                method: "get",
                path: "/api/v1/queue/requests/{id}",
                id: "getRequest",
                summary: "Look at one of them",
                parameters: ["PathRequestID"],
                answers: [.json("OpenRequest", "The request.")],
                failures: [404]
            ),
            APIOperation(
                method: "delete",
                path: "/api/v1/requests/{id}",
                id: "cancelRequest",
                summary: "End a request",
                details: "Its caller gets 409 `cancelled`.",
                parameters: ["PathRequestID"],
                answers: [.json("Cancelling", status: 202, "It is being ended.")],
                failures: [404]
            ),
            APIOperation(
                method: "get",
                path: "/api/v1/queue/stats",
                id: "queueStats",
                summary: "How the queues are, and have been since the start",
                details: "The chat queue at the top level and under `chat`; requests with pictures under `vlm`.",
                answers: [.json("QueueStats", "The figures.")]
            ),
        ],
        schemas: #"""
            {
              "OpenRequest": {
                "type": "object",
                "required": ["request_id", "project", "queue", "class", "model", "engine", "phase", "position", "estimated_wait_ms", "waited_ms", "cause"],
                "properties": {
                  "request_id": {"type": "string"}, "project": {"type": "string"}, "queue": {"type": "string", "enum": ["chat", "vlm"]},
                  "class": {"type": "string", "enum": ["interactive", "normal", "batch"]}, "model": {"type": "string"}, "engine": {"type": ["string", "null"]},
                  "phase": {"type": "string", "enum": ["queued", "loading", "prefill", "decoding"]}, "position": {"type": ["integer", "null"], "minimum": 1},
                  "estimated_wait_ms": {"type": ["number", "null"]}, "waited_ms": {"type": "number"},
                  "cause": {"description": "Why the position grew.", "enum": ["higher_class_arrived", "project_below_share", "engine_gone", "model_swap", null]}
                }
              },
              "OpenRequests": {"type": "object", "required": ["requests"], "properties": {"requests": {"type": "array", "items": {"$ref": "#/components/schemas/OpenRequest"}}}},
              "Cancelling": {"type": "object", "required": ["request_id", "status"], "properties": {"request_id": {"type": "string"}, "status": {"const": "cancelling"}}},
              "QueueFigures": {
                "type": "object",
                "required": [\#(queueNames)],
                "properties": {\#(queueFigures)}
              },
              "QueueStats": {
                "type": "object", "required": [\#(queueNames), "chat", "vlm", "estimate_error_ms"],
                "properties": {
                  \#(queueFigures),
                  "chat": {"$ref": "#/components/schemas/QueueFigures"}, "vlm": {"$ref": "#/components/schemas/QueueFigures"},
                  "estimate_error_ms": {"description": "How far the waiting times that callers were told were from the truth.",
                    "type": "object", "required": ["p50", "p90", "count"],
                    "properties": {"p50": {"type": ["number", "null"]}, "p90": {"type": ["number", "null"]}, "count": {"type": "integer"}}}
                }
              }
            }
            """#,
        parameters: #"""
            {"PathRequestID": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"}, "example": "01J9Z6"}}
            """#
    )

    private static let queueNames = #"""
        "queued", "in_progress", "completed", "failed", "rejected", "timeout", "total_wait_time_ms", "max_wait_time_ms", "avg_wait_time_ms",
        "p50_wait_time_ms", "p95_wait_time_ms", "max_concurrent", "max_queue_size", "default_timeout"
        """#

    private static let queueFigures = #"""
        "queued": {"type": "integer", "minimum": 0}, "in_progress": {"type": "integer", "minimum": 0},
        "completed": {"type": "integer", "minimum": 0}, "failed": {"type": "integer", "minimum": 0},
        "rejected": {"type": "integer", "minimum": 0}, "timeout": {"type": "integer", "minimum": 0},
        "total_wait_time_ms": {"type": "number"}, "max_wait_time_ms": {"type": "number"}, "avg_wait_time_ms": {"type": "number"},
        "p50_wait_time_ms": {"type": "number"}, "p95_wait_time_ms": {"type": "number"},
        "max_concurrent": {"type": "integer"}, "max_queue_size": {"type": "integer"},
        "default_timeout": {"description": "Seconds.", "type": "number"}
        """#
}
