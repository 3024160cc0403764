extension APIPart {
    /// Several requests in one call, in the native dialect.
    static let nativeBatches = APIPart(
        tag: "native: several requests in one call",
        text: """
            Each request goes through the scheduler by itself, in class batch unless `X-Priority` names another; one that fails \
            does not touch the others. With `Accept: application/x-ndjson` each result is a line, as it comes, and the last line \
            has the figures.
            """,
        operations: [
            APIOperation(
                method: "post",
                path: "/api/v1/batch/chat",
                id: "batchChat",
                summary: "Answer several conversations",
                body: .init(
                    schema: "BatchChatRequest",
                    examples: [
                        (
                            "plain",
                            #"""
                            {"requests": [{"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 40},
                              {"messages": [{"role": "user", "content": "Name a colour."}], "temperature": 0}]}
                            """#
                        )
                    ]
                ),
                answers: [NativeBatchSchemas.answer]
            ),
            APIOperation(
                method: "post",
                path: "/api/v1/batch/chat/completions",
                id: "batchChatCompletions",
                summary: "Answer several conversations, each as OpenAI does",
                details: "The requests and their results are those of `/v1/chat/completions`.",
                body: .init(
                    schema: "BatchChatCompletionsRequest",
                    examples: [
                        (
                            "plain",
                            #"{"requests": [{"model": "smollm2:135m", "messages": [{"role": "user", "content": "Hello!"}]}]}"#
                        )
                    ]
                ),
                answers: [NativeBatchSchemas.answer]
            ),
            APIOperation(
                method: "post",
                path: "/api/v1/batch/vlm",
                id: "batchVLM",
                summary: "Answer several conversations about images",
                body: .init(
                    schema: "BatchVLMRequest",
                    examples: [
                        (
                            "plain",
                            #"""
                            {"requests": [{"messages": [{"role": "user", "content": "What is in this picture?"}],
                              "images": ["data:image/png;base64,\#(NativeBatchSchemas.png)"]}]}
                            """#
                        )
                    ]
                ),
                answers: [NativeBatchSchemas.answer]
            ),
            APIOperation(
                method: "post",
                path: "/api/v1/batch/vlm/completions",
                id: "batchVLMCompletions",
                summary: "Answer several conversations about images, each as OpenAI does",
                details: "The requests and their results are those of `/api/v1/vlm/openai`.",
                body: .init(
                    schema: "BatchVLMCompletionsRequest",
                    examples: [
                        (
                            "plain",
                            #"""
                            {"requests": [{"model": "qwen2.5vl:3b", "messages": [{"role": "user", "content": [
                              {"type": "text", "text": "What is in this picture?"},
                              {"type": "image_url", "image_url": {"url": "data:image/png;base64,\#(NativeBatchSchemas.png)"}}]}]}]}
                            """#
                        )
                    ]
                ),
                answers: [NativeBatchSchemas.answer]
            ),
        ],
        schemas: NativeBatchSchemas.all
    )
}

/// The schemas of several requests in one call: JSON text.
private enum NativeBatchSchemas {
    static let answer = APIOperation.Answer.json(
        "BatchAnswer",
        orStream: "application/x-ndjson",
        of: "BatchLine",
        "The results in the order of the requests; as lines in the order in which they come."
    )

    /// A picture of 32 by 32 pixels.
    static let png =
        "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKElEQVR4nO3NsQ0AAAzCMP5/un0CNkuZ41wybXsHAAAAAAAAAAAAxR4yw/wuPL6QkAAAAABJRU5ErkJggg=="

    private static let figures = #"""
        "batch_id": {"type": "string"},
        "total_requests": {"type": "integer", "minimum": 1},
        "successful": {"type": "integer", "minimum": 0},
        "failed": {"type": "integer", "minimum": 0},
        "total_time_ms": {"type": "number", "minimum": 0}
        """#

    static let all = #"""
        {
          "BatchChatRequest": {
            "type": "object",
            "required": ["requests"],
            "properties": {"requests": {"description": "At most `batches.chat_max_requests`.", "type": "array", "minItems": 1,
              "items": {"$ref": "#/components/schemas/ChatRequest"}}},
            "additionalProperties": false
          },
          "BatchChatCompletionsRequest": {
            "type": "object",
            "required": ["requests"],
            "properties": {"requests": {"description": "At most `batches.chat_max_requests`.", "type": "array", "minItems": 1,
              "items": {"$ref": "#/components/schemas/CreateChatCompletionRequest"}}},
            "additionalProperties": false
          },
          "BatchVLMRequest": {
            "type": "object",
            "required": ["requests"],
            "properties": {"requests": {"description": "At most `batches.vlm_max_requests`.", "type": "array", "minItems": 1,
              "items": {"$ref": "#/components/schemas/VLMRequest"}}},
            "additionalProperties": false
          },
          "BatchVLMCompletionsRequest": {
            "type": "object",
            "required": ["requests"],
            "properties": {"requests": {"description": "At most `batches.vlm_max_requests`.", "type": "array", "minItems": 1,
              "items": {"$ref": "#/components/schemas/VLMOpenAIRequest"}}},
            "additionalProperties": false
          },
          "BatchResult": {
            "type": "object",
            "required": ["index", "success"],
            "properties": {
              "index": {"description": "The place of the request among all, from 0.", "type": "integer", "minimum": 0},
              "success": {"type": "boolean"},
              "result": {"description": "The answer, in the dialect of the request.", "type": "object"},
              "error": {"description": "What was wrong.", "type": "string"},
              "error_type": {"description": "The error's code.", "type": "string"},
              "status": {"description": "The status that the request would have got by itself.", "type": "integer"},
              "request_id": {"description": "The name of a request that failed, in the log.", "type": "string"}
            }
          },
          "BatchFigures": {
            "type": "object",
            "required": ["batch_id", "total_requests", "successful", "failed", "total_time_ms"],
            "properties": {\#(figures)}
          },
          "BatchAnswer": {
            "type": "object",
            "required": ["batch_id", "total_requests", "successful", "failed", "total_time_ms", "results"],
            "properties": {\#(figures), "results": {"type": "array", "items": {"$ref": "#/components/schemas/BatchResult"}}}
          },
          "BatchLine": {"anyOf": [{"$ref": "#/components/schemas/BatchResult"}, {"$ref": "#/components/schemas/BatchFigures"}]}
        }
        """#
}
