extension APIPart {
    /// What became of requests, in the native dialect.
    static let nativeReports = APIPart(
        tag: "native: reports",
        text:
            "What became of requests, from the usage ledger. A project sees its own, an admin all or those of one `project`.",
        operations: [
            APIOperation(
                method: "get",
                path: "/api/v1/performance/stats",
                id: "performanceStats",
                summary: "How fast answers came",
                details: "Of requests that came to their end.",
                parameters: ["QueryWindow", "QuerySince", "QueryProject", "QueryModel"],
                answers: [.json("PerformanceStats", "The figures.")],
                failures: [422]
            ),
            APIOperation(
                method: "get",
                path: "/api/v1/analytics",
                id: "analytics",
                summary: "What became of requests, by model, operation, project and hour",
                details: "Percentiles are exact to 0.1 ms. As `csv`, one line for each project.",
                parameters: ["QueryWindow", "QuerySince", "QueryProject", "QueryModel", "QueryFormat"],
                answers: [
                    .init(text: "The report.", content: [("application/json", "Analytics"), ("text/csv", nil)])
                ],
                failures: [422]
            ),
            APIOperation(
                method: "get",
                path: "/api/v1/usage",
                id: "usage",
                summary: "Requests and tokens by day, model or project",
                details: "Requests that were refused before their model was known are in no group by `model`.",
                parameters: ["QuerySince", "QueryUntil", "QueryGrouping", "QueryProject"],
                answers: [.json("Usage", "The groups, and all requests together.")],
                failures: [422]
            ),
        ],
        schemas: #"""
            {
              "SpeedFigures": {
                "type": "object", "required": [\#(speedNames), "request_count"],
                "properties": {\#(speedFigures), "request_count": {"type": "integer"}}
              },
              "PerformanceStats": {
                "type": "object", "required": [\#(speedNames), "total_requests", "by_model"],
                "properties": {\#(speedFigures), "total_requests": {"type": "integer"},
                  "by_model": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/SpeedFigures"}}}
              },
              "ProjectMetrics": {
                "type": "object",
                "required": ["project_name", \#(countNames), "total_latency_ms", "requests_by_model", "requests_by_operation"],
                "properties": {
                  "project_name": {"type": "string"}, \#(countFigures), "total_latency_ms": {"type": "number"},
                  "requests_by_model": {"$ref": "#/components/schemas/Counts"}, "requests_by_operation": {"$ref": "#/components/schemas/Counts"}
                }
              },
              "HourlyMetrics": {
                "type": "object",
                "required": ["timestamp", "requests_count", "successful_count", "failed_count", "average_latency_ms", "requests_by_model"],
                "properties": {
                  "timestamp": {"description": "When the hour began.", "type": "string", "format": "date-time"},
                  "requests_count": {"type": "integer"}, "successful_count": {"type": "integer"}, "failed_count": {"type": "integer"},
                  "average_latency_ms": {"type": "number"}, "requests_by_model": {"$ref": "#/components/schemas/Counts"}
                }
              },
              "Analytics": {
                "type": "object",
                "required": [\#(countNames), "success_rate", "requests_by_model", "requests_by_operation", "requests_by_project", "p50_latency_ms",
                  "p95_latency_ms", "p99_latency_ms", "errors_by_type", "project_metrics", "hourly_metrics", "start_time", "end_time"],
                "properties": {
                  \#(countFigures),
                  "success_rate": {"type": "number", "minimum": 0, "maximum": 1},
                  "requests_by_model": {"$ref": "#/components/schemas/Counts"}, "requests_by_operation": {"$ref": "#/components/schemas/Counts"},
                  "requests_by_project": {"$ref": "#/components/schemas/Counts"},
                  "p50_latency_ms": {"type": "number"}, "p95_latency_ms": {"type": "number"}, "p99_latency_ms": {"type": "number"},
                  "errors_by_type": {"$ref": "#/components/schemas/Counts"},
                  "project_metrics": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/ProjectMetrics"}},
                  "hourly_metrics": {"description": "The latest 1000 hours that had requests, oldest first.", "type": "array",
                    "items": {"$ref": "#/components/schemas/HourlyMetrics"}},
                  "start_time": {"type": "string", "format": "date-time"}, "end_time": {"type": "string", "format": "date-time"}
                }
              },
              "UsageTotals": {"type": "object", "required": [\#(usageNames)], "properties": {\#(usageFigures)}},
              "Usage": {
                "type": "object", "required": ["by", "project", "since", "until", "usage", "total"],
                "properties": {
                  "by": {"type": "string", "enum": ["day", "model", "project"]}, "project": {"type": ["string", "null"]},
                  "since": {"type": ["string", "null"], "format": "date-time"}, "until": {"type": ["string", "null"], "format": "date-time"},
                  "usage": {"description": "At most 1000: of days the latest, else those with the most requests.", "type": "array",
                    "items": {"type": "object", "required": [\#(usageNames)],
                      "properties": {"day": {"type": "string", "format": "date"}, "model": {"type": "string"}, "project": {"type": "string"}, \#(usageFigures)}}},
                  "total": {"$ref": "#/components/schemas/UsageTotals"}
                }
              }
            }
            """#,
        parameters: #"""
            {
              "QueryWindow": {"name": "window_minutes", "in": "query", "description": "How long ago requests arrived at most; without it and without `since`, since the service started. Not beside `since`.",
                "schema": {"type": "number", "exclusiveMinimum": 0, "maximum": 525600}, "example": 60},
              "QueryProject": {"name": "project", "in": "query", "description": "Whose requests.", "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}},
              "QueryModel": {"name": "model", "in": "query", "description": "The model whose requests count.", "schema": {"type": "string"}, "example": "smollm2:135m"},
              "QueryFormat": {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json", "csv"], "default": "json"}},
              "QuerySince": {"name": "since", "in": "query", "description": "The first instant that counts: RFC 3339, or a day (UTC).", "schema": {"type": "string"}, "example": "2026-01-31"},
              "QueryUntil": {"name": "until", "in": "query", "description": "The instant from which on nothing counts.", "schema": {"type": "string"}},
              "QueryGrouping": {"name": "by", "in": "query", "schema": {"type": "string", "enum": ["day", "model", "project"], "default": "day"}}
            }
            """#
    )

    private static let speedNames = #"""
        "avg_tokens_per_second", "avg_load_time_ms", "avg_generation_time_ms", "warm_start_rate"
        """#

    private static let speedFigures = #"""
        "avg_tokens_per_second": {"type": "number", "minimum": 0}, "avg_load_time_ms": {"type": "number", "minimum": 0},
        "avg_generation_time_ms": {"type": "number", "minimum": 0}, "warm_start_rate": {"type": "number", "minimum": 0, "maximum": 1}
        """#

    private static let countNames = #"""
        "total_requests", "successful_requests", "failed_requests", "average_latency_ms", "first_request_time", "last_request_time"
        """#

    private static let countFigures = #"""
        "total_requests": {"type": "integer"}, "successful_requests": {"type": "integer"}, "failed_requests": {"type": "integer"},
        "average_latency_ms": {"type": "number"},
        "first_request_time": {"type": ["string", "null"], "format": "date-time"}, "last_request_time": {"type": ["string", "null"], "format": "date-time"}
        """#

    private static let usageNames = #"""
        "requests", "completed", "failed", "cancelled", "prompt_tokens", "completion_tokens", "cached_tokens", "total_tokens"
        """#

    private static let usageFigures = #"""
        "requests": {"type": "integer"}, "completed": {"type": "integer"}, "failed": {"type": "integer"}, "cancelled": {"type": "integer"},
        "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"}, "cached_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}
        """#
}
