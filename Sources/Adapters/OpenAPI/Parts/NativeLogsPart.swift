extension APIPart {
    /// The logs, in the native dialect.
    static let nativeLogs = APIPart(
        tag: "native: logs",
        text: "The logs of the service and of the engines that it has started, for admins.",
        operations: [
            APIOperation(
                method: "get",
                path: "/api/v1/system/logs",
                id: "logs",
                summary: "The logs that there are",
                answers: [.json("Logs", "With their sizes.")]
            ),
            APIOperation(
                method: "get",
                path: "/api/v1/system/logs/{name}",
                id: "log",
                summary: "The last lines of a log, and with `follow` each new one",
                details:
                    "`requests` has one JSON object for each inference request, without prompts and answers. At most 16 MiB.",
                parameters: ["LogInPath", "QueryLines", "QueryContains", "QueryFollow"],
                answers: [
                    .init(
                        text: "The lines, oldest first.",
                        content: [("application/x-ndjson", nil), ("text/plain", nil)]
                    )
                ],
                failures: [404, 422]
            ),
        ],
        schemas: #"""
            {
              "Logs": {"type": "object", "required": ["logs"], "properties": {"logs": {"type": "array", "items": {
                "type": "object", "required": ["name", "bytes", "modified_at"], "properties": {
                  "name": {"type": "string", "enum": ["requests", "service", "ollama", "bundled-engine"]},
                  "bytes": {"description": "Without the files that were put aside.", "type": "integer"},
                  "modified_at": {"type": "string", "format": "date-time"}}}}}}
            }
            """#,
        parameters: #"""
            {
              "LogInPath": {"name": "name", "in": "path", "required": true, "schema": {"type": "string", "enum": ["requests", "service", "ollama", "bundled-engine"]}},
              "QueryLines": {"name": "lines", "in": "query", "description": "How many lines, the last.", "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}},
              "QueryContains": {"name": "contains", "in": "query", "description": "Only lines with this text in them, such as a request's id; at most 256 bytes.", "schema": {"type": "string", "maxLength": 256}},
              "QueryFollow": {"name": "follow", "in": "query", "description": "Go on with each new line.", "schema": {"type": "boolean", "default": false}}
            }
            """#
    )
}
