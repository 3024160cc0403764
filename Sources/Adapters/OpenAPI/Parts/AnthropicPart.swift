import Domain

extension APIPart {
    /// Anthropic's dialect.
    static let anthropic = APIPart(
        tag: "Anthropic",
        text: """
            Anthropic's Messages API. Unknown fields are ignored; what would change the answer and cannot be honoured is refused. \
            The request's id is in `request-id` as well.
            """,
        operations: [
            APIOperation(
                method: "post",
                path: "/v1/messages",
                id: "createMessage",
                summary: "Answer a conversation",
                body: .init(
                    schema: "CreateMessageRequest",
                    examples: [
                        (
                            "plain",
                            #"{"model": "smollm2:135m", "max_tokens": 40, "messages": [{"role": "user", "content": "Hello!"}]}"#
                        ),
                        (
                            "tools",
                            #"""
                            {"model": "smollm2:135m", "max_tokens": 40, "stream": true, "system": "Be brief.",
                             "tools": [{"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}],
                             "tool_choice": {"type": "auto"},
                             "messages": [
                               {"role": "user", "content": [{"type": "text", "text": "What is the weather in Rome?"}]},
                               {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome"}}]},
                               {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}]}]}
                            """#
                        ),
                    ]
                ),
                answers: [
                    .json(
                        "AnthropicMessage",
                        orStream: "text/event-stream",
                        of: "AnthropicEvent",
                        "The message; with `stream` as named events."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/v1/messages/count_tokens",
                id: "countTokens",
                summary: "Count the tokens of a conversation",
                body: .init(
                    schema: "CountTokensRequest",
                    examples: [
                        ("plain", #"{"model": "smollm2:135m", "messages": [{"role": "user", "content": "Hello!"}]}"#)
                    ]
                ),
                answers: [.json("TokenCount", "The count; `estimated` where the engine has no tokenizer to ask.")],
                failures: [404, 501, 502, 503, 504]
            ),
        ],
        schemas: #"""
            {
              "CreateMessageRequest": {
                "type": "object", "required": ["model", "max_tokens", "messages"],
                "properties": {"max_tokens": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)}, "stream": {"type": "boolean", "default": false}, \#(anthropicFields)}
              },
              "CountTokensRequest": {"type": "object", "required": ["model", "messages"], "properties": {\#(anthropicFields)}},
              "AnthropicTexts": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object", "required": ["type", "text"],
                "properties": {"type": {"const": "text"}, "text": {"type": "string"}}}}]},
              "AnthropicInputMessage": {
                "type": "object", "required": ["role", "content"],
                "properties": {
                  "role": {"type": "string", "enum": ["user", "assistant", "system"]},
                  "content": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/AnthropicBlock"}}]}
                }
              },
              "AnthropicBlock": {
                "description": "Which fields it has its `type` says; a user has no `tool_use` and no thoughts, an assistant nothing but those and text.",
                "type": "object", "required": ["type"],
                "properties": {
                  "type": {"type": "string", "enum": ["text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"]},
                  "text": {"type": "string"}, "thinking": {"type": "string"},
                  "source": {"description": "A picture's is `base64`, a document's `text`.", "type": "object", "required": ["type"], "properties": {
                    "type": {"type": "string", "enum": ["base64", "text"]}, "media_type": {"type": "string"}, "data": {"type": "string"}}},
                  "title": {"type": "string"}, "context": {"type": "string"},
                  "id": {"type": "string"}, "name": {"type": "string"}, "input": {"type": "object"},
                  "tool_use_id": {"type": "string"}, "is_error": {"type": "boolean"},
                  "content": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}
                }
              },
              "AnthropicTool": {
                "type": "object", "required": ["name", "input_schema"],
                "properties": {"type": {"const": "custom"}, "name": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}, "description": {"type": "string"},
                  "input_schema": {"type": "object", "properties": {"type": {"const": "object"}}}}
              },
              "AnthropicFormat": {"type": "object", "required": ["type", "schema"], "properties": {"type": {"const": "json_schema"}, "schema": {"type": "object"}}},
              "AnthropicUsage": {
                "type": "object", "required": ["input_tokens", "output_tokens"],
                "properties": {"input_tokens": {"type": "integer"}, "output_tokens": {"type": "integer"}, "cache_read_input_tokens": {"type": "integer"},
                  "output_tokens_details": {"type": "object", "properties": {"thinking_tokens": {"type": "integer"}}}}
              },
              "AnthropicMessage": {
                "type": "object", "required": ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"],
                "properties": {
                  "id": {"type": "string"}, "type": {"const": "message"}, "role": {"const": "assistant"}, "model": {"type": "string"},
                  "content": {"type": "array", "items": {"type": "object", "required": ["type"], "properties": {
                    "type": {"type": "string", "enum": ["text", "thinking", "tool_use"]}, "text": {"type": "string"}, "thinking": {"type": "string"},
                    "signature": {"type": "string"}, "id": {"type": "string"}, "name": {"type": "string"}, "input": {"type": "object"}}}},
                  "stop_reason": {"type": ["string", "null"], "enum": ["end_turn", "max_tokens", "tool_use", null]}, "stop_sequence": {"type": ["string", "null"]},
                  "usage": {"$ref": "#/components/schemas/AnthropicUsage"}
                }
              },
              "AnthropicEvent": {
                "description": "The data of an event; `type` is its name.",
                "type": "object", "required": ["type"],
                "properties": {"type": {"type": "string", "enum": ["message_start", "content_block_start", "content_block_delta", "content_block_stop",
                  "message_delta", "message_stop", "error"]}}
              },
              "TokenCount": {"type": "object", "required": ["input_tokens"], "properties": {"input_tokens": {"type": "integer"}, "estimated": {"const": true}}}
            }
            """#
    )

    private static let anthropicFields = #"""
        "model": {"$ref": "#/components/schemas/ModelName"},
        "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/AnthropicInputMessage"}},
        "system": {"$ref": "#/components/schemas/AnthropicTexts"},
        "temperature": {"type": "number", "minimum": 0, "maximum": 1}, "top_p": {"type": "number", "minimum": 0, "maximum": 1},
        "top_k": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)}, "stop_sequences": {"$ref": "#/components/schemas/Stop"},
        "tools": {"type": "array", "items": {"$ref": "#/components/schemas/AnthropicTool"}},
        "tool_choice": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["auto", "any", "tool", "none"]},
          "name": {"type": "string"}, "disable_parallel_tool_use": {"type": "boolean"}}},
        "thinking": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["enabled", "disabled", "adaptive", "between_tools"]},
          "budget_tokens": {"type": "integer", "minimum": 1}, "display": {"type": "string", "enum": ["summarized", "omitted"]}}},
        "output_config": {"type": "object", "properties": {"effort": {"type": "string", "enum": ["low", "medium", "high", "xhigh", "max"]},
          "format": {"$ref": "#/components/schemas/AnthropicFormat"}}},
        "metadata": {"type": "object"}, "service_tier": {"type": "string"}
        """#
}
