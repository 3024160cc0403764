extension APIPart {
    /// What operators and probes ask.
    static let operations = APIPart(
        tag: "operations",
        text: "Health needs no key. The description of the API needs none on loopback, and an admin's elsewhere.",
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
