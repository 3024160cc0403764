extension APIPart {
    /// Models and the service itself in Ollama's dialect.
    static let ollamaModels = APIPart(
        tag: "Ollama: models",
        text:
            "What changes a model is for admins. Bodies go to an Ollama as they came, and its answers with their statuses come back.",
        operations: [
            APIOperation(
                method: "get",
                path: "/",
                id: "root",
                summary: "Whether it runs",
                details: "Ollama's words, unless `Accept` asks for a page or for JSON.",
                answers: [
                    .init(
                        text: "It does.",
                        content: [("text/plain", nil), ("text/html", nil), ("application/json", "Root")]
                    )
                ]
            ),
            APIOperation(
                method: "get",
                path: "/api/version",
                id: "ollamaVersion",
                summary: "The version of Ollama",
                answers: [.json("OllamaVersion", "An engine's, or the one whose API this is.")]
            ),
            APIOperation(
                method: "get",
                path: "/api/status",
                id: "ollamaStatus",
                summary: "Whether Ollama's cloud is used: it is not",
                answers: [.json("OllamaStatus", "Disabled.")]
            ),
            list("/api/tags", "ollamaTags", "List the models of all engines"),
            list("/api/ps", "ollamaPs", "List the models that are in memory"),
            order(
                "/api/show",
                "ollamaShow",
                "Describe a model",
                "OllamaModelRequest",
                #"{"model": "smollm2:135m"}"#,
                nil
            ),
            order("/api/pull", "ollamaPull", "Fetch a model", "OllamaModelRequest", #"{"model": "smollm2:135m"}"#),
            order(
                "/api/push",
                "ollamaPush",
                "Send a model to a registry",
                "OllamaModelRequest",
                #"{"model": "me/mine"}"#
            ),
            order(
                "/api/create",
                "ollamaCreate",
                "Make a model of another, or of files",
                "OllamaModelRequest",
                #"{"model": "brief", "from": "smollm2:135m", "system": "Be brief."}"#
            ),
            order(
                "/api/copy",
                "ollamaCopy",
                "Give a model a second name",
                "OllamaCopyRequest",
                #"{"source": "smollm2:135m", "destination": "mine"}"#,
                nil
            ),
            APIOperation(
                method: "delete",
                path: "/api/delete",
                id: "ollamaDelete",
                summary: "Remove a model",
                parameters: ["Engine"],
                body: .init(schema: "OllamaModelRequest", examples: [("plain", #"{"model": "mine"}"#)]),
                answers: [.init(text: "It is gone.")],
                asksEngine: true
            ),
            APIOperation(
                method: "head",
                path: "/api/blobs/{digest}",
                id: "ollamaFindBlob",
                summary: "Whether a file is there",
                parameters: ["Digest", "Engine"],
                answers: [.init(text: "It is.")],
                asksEngine: true
            ),
            APIOperation(
                method: "post",
                path: "/api/blobs/{digest}",
                id: "ollamaPutBlob",
                summary: "Send a file of which a model is to be made",
                details: "Of any length: it goes on to the engine as it arrives.",
                parameters: ["Digest", "Engine"],
                body: .init(type: "application/octet-stream", schema: "Blob", examples: []),
                answers: [.init(status: 201, text: "It is there."), .init(text: "It was there before.")],
                asksEngine: true
            ),
        ],
        schemas: #"""
            {
              "Root": {"type": "object", "required": ["name", "version", "links"], "properties": {"name": {"type": "string"}, "version": {"type": "string"},
                "links": {"type": "object", "additionalProperties": {"type": "string"}}}},
              "OllamaVersion": {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}},
              "OllamaStatus": {"type": "object", "required": ["cloud"], "properties": {"cloud": {"type": "object", "properties": {"disabled": {"type": "boolean"}, "source": {"type": "string"}}}}},
              "OllamaModelList": {"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "items": {
                "type": "object", "required": ["name", "model", "size", "digest", "details"],
                "properties": {"name": {"type": "string"}, "model": {"type": "string"}, "modified_at": {"type": "string"}, "size": {"type": "integer"},
                  "digest": {"type": "string"}, "details": {"type": "object"}, "capabilities": {"type": ["array", "null"], "items": {"type": "string"}},
                  "expires_at": {"type": "string"}, "size_vram": {"type": "integer"}, "context_length": {"type": "integer"}}}}}},
              "OllamaModelRequest": {
                "description": "All other fields are the engine's affair.",
                "type": "object", "required": ["model"],
                "properties": {"model": {"$ref": "#/components/schemas/ModelName"}, "stream": {"type": "boolean", "default": true}}
              },
              "OllamaCopyRequest": {"type": "object", "required": ["source", "destination"],
                "properties": {"source": {"$ref": "#/components/schemas/ModelName"}, "destination": {"$ref": "#/components/schemas/ModelName"}}},
              "OllamaProgress": {"description": "What an Ollama tells: of progress an object a line.", "type": "object"},
              "Blob": {"type": "string", "contentMediaType": "application/octet-stream"}
            }
            """#,
        parameters: #"""
            {"Digest": {"name": "digest", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^sha256[:-][0-9a-fA-F]{64}$"},
              "example": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}
            """#
    )

    private static func list(_ path: String, _ id: String, _ summary: String) -> APIOperation {
        APIOperation(
            method: "get",
            path: path,
            id: id,
            summary: summary,
            details: "Of those, the ones that the project may use.",
            answers: [.json("OllamaModelList", "The models.")],
            asksEngine: true
        )
    }

    private static func order(
        _ path: String,
        _ id: String,
        _ summary: String,
        _ schema: String,
        _ example: String,
        _ stream: String? = "application/x-ndjson"
    ) -> APIOperation {
        let content: [(String, String?)] = [("application/json", "OllamaProgress")]
        return APIOperation(
            method: "post",
            path: path,
            id: id,
            summary: summary,
            parameters: ["Engine"],
            body: .init(schema: schema, examples: [("plain", example)]),
            answers: [.init(text: "Done.", content: content + (stream.map { [($0, "OllamaProgress")] } ?? []))],
            asksEngine: true
        )
    }
}
