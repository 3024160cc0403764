extension APIPart {
    /// What operators and probes ask.
    static let operations = APIPart(
        tag: "operations",
        text:
            "Health needs no key. Metrics and the description of the API need none on loopback, and an admin's elsewhere.",
        operations: [
            alive("/livez", "livez"),
            alive("/healthz", "healthz"),
            APIOperation(
                method: "get",
                path: "/readyz",
                id: "readyz",
                summary: "Whether a request could be served",
                answers: [.json("Readiness", "It could."), .json("Readiness", status: 503, "It could not: `reasons`.")]
            ),
            health("/health", "health"),
            health("/api/v1/health", "nativeHealth"),
            APIOperation(
                method: "get",
                path: "/metrics",
                id: "metrics",
                summary: "All that is measured, for Prometheus",
                details: "Text format 0.0.4. The names and labels are in `docs/operations.md`.",
                answers: [.init(text: "Families of series.", content: [("text/plain", nil)])]
            ),
            APIOperation(
                method: "get",
                path: "/openapi.json",
                id: "openAPI",
                summary: "This document",
                answers: [.json("OpenAPIDocument", "OpenAPI 3.1.")]
            ),
            APIOperation(
                method: "get",
                path: "/api/docs",
                id: "docs",
                summary: "This document as a page",
                answers: [.init(text: "A page that needs nothing from elsewhere.", content: [("text/html", nil)])]
            ),
            APIOperation(
                method: "get",
                path: "/dashboard",
                id: "dashboard",
                summary: "Queue, engines, requests and failures as a page that keeps itself up to date",
                answers: [.init(text: "A page that needs nothing from elsewhere.", content: [("text/html", nil)])]
            ),
            APIOperation(
                method: "get",
                path: "/api/v1/events",
                id: "events",
                summary: "The state of the service, once a second",
                details:
                    "Goes on until the watcher leaves or the service stops. A project sees its own requests, an admin all.",
                answers: [
                    .init(text: "Server-sent events named `state`.", content: [("text/event-stream", "ServiceState")])
                ]
            ),
        ],
        schemas: #"""
            {
              "Alive": {"type": "object", "required": ["status"], "properties": {"status": {"const": "alive"}}},
              "Readiness": {"type": "object", "required": ["status", "reasons"], "properties": {
                "status": {"type": "string", "enum": ["ready", "not_ready"]},
                "reasons": {"type": "array", "items": {"type": "object", "required": ["component", "reason"],
                  "properties": {"component": {"type": "string"}, "reason": {"description": "A code.", "type": "string"}}}}}},
              "Health": {
                "type": "object", "required": ["status", "ollama_service", "version", "timestamp", "services", "engines"],
                "properties": {
                  "status": {"description": "All, some, no engine answers.", "type": "string", "enum": ["healthy", "degraded", "unhealthy"]},
                  "ollama_service": {"description": "Whether an Ollama answers.", "type": "boolean"}, "version": {"type": "string"},
                  "timestamp": {"type": "string", "format": "date-time"}, "services": {"type": "object", "additionalProperties": {"type": "string"}},
                  "engines": {"type": "array", "items": {
                    "type": "object", "required": ["name", "kind", "state", "breaker", "managed", "bundled", "models_loaded"],
                    "properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["ollama", "openai"]}, "state": {"type": "string"},
                      "breaker": {"type": "string"}, "managed": {"type": "boolean"}, "bundled": {"type": "boolean"}, "note": {"type": "string"},
                      "version": {"type": "string"}, "models_loaded": {"type": "array", "items": {"type": "string"}}}}}
                }
              },
              "ServiceState": {
                "type": "object", "required": ["version", "status", "queues", "request_count", "requests", "engines", "batches", "last_minute"],
                "properties": {
                  "version": {"type": "string"}, "status": {"type": "string", "enum": ["healthy", "degraded", "unhealthy"]},
                  "queues": {"description": "As `/api/v1/queue/stats` tells them, by name.", "type": "object"},
                  "request_count": {"type": "integer"},
                  "requests": {"description": "The oldest, at most 100, as `/api/v1/queue/requests` tells them.", "type": "array", "items": {"type": "object"}},
                  "engines": {"description": "As `/api/v1/system/engines` tells them.", "type": "array", "items": {"type": "object"}},
                  "batches": {"description": "The newest, at most 20.", "type": "array", "items": {"type": "object",
                    "required": ["id", "project", "status", "is_paused", "total", "completed", "failed", "running"],
                    "properties": {"id": {"type": "string"}, "project": {"type": "string"}, "status": {"type": "string"}, "is_paused": {"type": "boolean"},
                      "total": {"type": "integer"}, "completed": {"type": "integer"}, "failed": {"type": "integer"}, "running": {"type": "integer"},
                      "estimated_rest_ms": {"type": "number"}}}},
                  "last_minute": {
                    "type": "object",
                    "required": ["requests", "failed", "tokens_per_second", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms", "projects", "errors"],
                    "properties": {
                      "requests": {"type": "integer"}, "failed": {"type": "integer"}, "tokens_per_second": {"type": "number"},
                      "p50_latency_ms": {"type": "number"}, "p95_latency_ms": {"type": "number"}, "p99_latency_ms": {"type": "number"},
                      "projects": {"type": "array", "items": {"type": "object", "properties": {"project": {"type": "string"},
                        "requests": {"type": "integer"}, "failed": {"type": "integer"}, "tokens": {"type": "integer"}}}},
                      "errors": {"description": "The latest 20, the newest first.", "type": "array", "items": {"type": "object", "properties": {
                        "request_id": {"type": "string"}, "code": {"type": "string"}, "project": {"type": "string"}, "model": {"type": "string"},
                        "operation": {"type": "string"}, "ago_ms": {"type": "number"}}}}}}}
              },
              "OpenAPIDocument": {"type": "object", "required": ["openapi", "info", "paths"], "properties": {"openapi": {"const": "3.1.0"}}}
            }
            """#
    )

    private static func alive(_ path: String, _ id: String) -> APIOperation {
        APIOperation(
            method: "get",
            path: path,
            id: id,
            summary: "Whether the process answers",
            details: "Never asks an engine.",
            answers: [.json("Alive", "It does.")]
        )
    }

    private static func health(_ path: String, _ id: String) -> APIOperation {
        APIOperation(
            method: "get",
            path: path,
            id: id,
            summary: "How the service and its engines are",
            answers: [
                .json("Health", "All or some engines answer."), .json("Health", status: 503, "No engine answers."),
            ]
        )
    }
}
