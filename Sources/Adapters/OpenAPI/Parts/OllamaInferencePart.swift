import Domain

extension APIPart {
    /// Inference in Ollama's dialect.
    static let ollamaInference = APIPart(
        tag: "Ollama: inference",
        text: """
            Ollama's own API: set `OLLAMA_HOST` to this service. Bodies go to an Ollama as they came, and its answers pass \
            through with their statuses. Fields that are not told here are Ollama's affair; unknown ones are ignored. `stream` is \
            true unless it says otherwise.
            """,
        operations: [
            APIOperation(
                method: "post",
                path: "/api/generate",
                id: "ollamaGenerate",
                summary: "Continue a prompt",
                details: "An empty prompt loads the model; with `keep_alive: 0` it is unloaded.",
                body: .init(
                    schema: "OllamaGenerateRequest",
                    examples: [
                        (
                            "plain",
                            #"{"model": "smollm2:135m", "prompt": "Say hello.", "options": {"num_predict": 40}}"#
                        ),
                        ("load", #"{"model": "smollm2:135m", "keep_alive": "5m"}"#),
                    ]
                ),
                answers: [
                    .json(
                        "OllamaGenerateAnswer",
                        orStream: "application/x-ndjson",
                        of: "OllamaGenerateAnswer",
                        "The answer, in one object or piece by piece: an object a line."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/api/chat",
                id: "ollamaChat",
                summary: "Answer a conversation",
                details: "No messages load the model; with `keep_alive: 0` it is unloaded.",
                body: .init(
                    schema: "OllamaChatRequest",
                    examples: [
                        (
                            "plain",
                            #"{"model": "smollm2:135m", "messages": [{"role": "user", "content": "Hello!"}], "stream": false}"#
                        )
                    ]
                ),
                answers: [
                    .json(
                        "OllamaChatAnswer",
                        orStream: "application/x-ndjson",
                        of: "OllamaChatAnswer",
                        "The answer, in one object or piece by piece: an object a line."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/api/embed",
                id: "ollamaEmbed",
                summary: "Turn texts into vectors",
                body: .init(
                    schema: "OllamaEmbedRequest",
                    examples: [("several", #"{"model": "all-minilm", "input": ["A text.", "Another."]}"#)]
                ),
                answers: [.json("OllamaEmbedAnswer", "The vectors.")]
            ),
            APIOperation(
                method: "post",
                path: "/api/embeddings",
                id: "ollamaEmbeddings",
                summary: "Turn one text into a vector, the old way",
                body: .init(
                    schema: "OllamaEmbeddingsRequest",
                    examples: [("one", #"{"model": "all-minilm", "prompt": "A text."}"#)]
                ),
                answers: [.json("OllamaEmbeddingsAnswer", "The vector.")]
            ),
        ],
        schemas: #"""
            {
              "OllamaOptions": {
                "description": "Those that this service reads; all others reach the engine as well.",
                "type": "object",
                "properties": {
                  "num_predict": {"type": "integer"}, "num_ctx": {"type": "integer"}, "temperature": {"type": "number"}, "top_p": {"type": "number"},
                  "top_k": {"type": "integer"}, "min_p": {"type": "number"}, "seed": {"type": "integer"},
                  "stop": {"type": "array", "items": {"type": "string"}}, "repeat_penalty": {"type": "number"},
                  "presence_penalty": {"type": "number"}, "frequency_penalty": {"type": "number"}
                }
              },
              "OllamaImages": {"description": "Pictures in Base64.", "type": "array", "items": {"type": "string", "contentEncoding": "base64"}},
              "OllamaGenerateRequest": {
                "type": "object", "required": ["model"],
                "properties": {
                  \#(ollamaFields),
                  "prompt": {"type": "string"}, "suffix": {"type": "string"}, "system": {"type": "string"}, "template": {"type": "string"},
                  "images": {"$ref": "#/components/schemas/OllamaImages"}, "raw": {"type": "boolean"},
                  "context": {"type": "array", "items": {"type": "integer"}}
                }
              },
              "OllamaChatRequest": {
                "type": "object", "required": ["model"],
                "properties": {
                  \#(ollamaFields),
                  "messages": {"type": "array", "items": {"$ref": "#/components/schemas/OllamaMessage"}},
                  "tools": {"type": "array", "items": {"type": "object"}}
                }
              },
              "OllamaMessage": {
                "type": "object", "required": ["role"],
                "properties": {
                  "role": {"type": "string"}, "content": {"type": "string"}, "thinking": {"type": "string"},
                  "images": {"$ref": "#/components/schemas/OllamaImages"},
                  "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}}, "tool_name": {"type": "string"}, "tool_call_id": {"type": "string"}
                }
              },
              "OllamaGenerateAnswer": {"type": "object", "required": ["model"], "properties": {"response": {"type": "string"}, "thinking": {"type": "string"}, \#(ollamaFigures)}},
              "OllamaChatAnswer": {"type": "object", "required": ["model"], "properties": {"message": {"$ref": "#/components/schemas/OllamaMessage"}, \#(ollamaFigures)}},
              "OllamaEmbedRequest": {
                "type": "object", "required": ["model"],
                "properties": {
                  "model": {"$ref": "#/components/schemas/ModelName"}, "input": {"$ref": "#/components/schemas/Texts"}, "truncate": {"type": "boolean"},
                  "dimensions": {"type": "integer"}, "options": {"$ref": "#/components/schemas/OllamaOptions"}, "keep_alive": {"$ref": "#/components/schemas/KeepAlive"}
                }
              },
              "OllamaEmbedAnswer": {
                "type": "object", "required": ["model", "embeddings"],
                "properties": {"model": {"type": "string"}, "embeddings": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                  "total_duration": {"type": "integer"}, "load_duration": {"type": "integer"}, "prompt_eval_count": {"type": "integer"}}
              },
              "OllamaEmbeddingsRequest": {
                "type": "object", "required": ["model"],
                "properties": {"model": {"$ref": "#/components/schemas/ModelName"}, "prompt": {"type": "string"},
                  "options": {"$ref": "#/components/schemas/OllamaOptions"}, "keep_alive": {"$ref": "#/components/schemas/KeepAlive"}}
              },
              "OllamaEmbeddingsAnswer": {"type": "object", "required": ["embedding"], "properties": {"embedding": {"type": "array", "items": {"type": "number"}}}}
            }
            """#
    )

    private static let ollamaFields = #"""
        "model": {"$ref": "#/components/schemas/ModelName"}, "stream": {"type": "boolean", "default": true},
        "options": {"$ref": "#/components/schemas/OllamaOptions"}, "keep_alive": {"$ref": "#/components/schemas/KeepAlive"},
        "format": {"$ref": "#/components/schemas/Format"}, "think": {"$ref": "#/components/schemas/Think"}, "truncate": {"type": "boolean"},
        "logprobs": {"type": "boolean"}, "top_logprobs": {"type": "integer", "minimum": 0, "maximum": 20}
        """#

    private static let ollamaFigures = #"""
        "model": {"type": "string"}, "created_at": {"type": "string"}, "done": {"type": "boolean"},
        "done_reason": {"type": "string", "examples": ["stop", "length", "load", "unload"]},
        "total_duration": {"description": "Nanoseconds, as all durations.", "type": "integer"}, "load_duration": {"type": "integer"},
        "prompt_eval_count": {"type": "integer"}, "prompt_eval_duration": {"type": "integer"}, "eval_count": {"type": "integer"}, "eval_duration": {"type": "integer"},
        "context": {"type": "array", "items": {"type": "integer"}},
        "logprobs": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/TokenProbability"}},
        "error": {"description": "What ends a stream that failed.", "type": "string"}
        """#
}
