import Domain

extension APIPart {
    /// OpenAI's newer routes, and those about models.
    static let openAIResponses = APIPart(
        tag: "OpenAI: responses, models, recordings",
        text: "Nothing is kept from one response to the next: what refers to an earlier one is refused.",
        operations: [
            APIOperation(
                method: "post",
                path: "/v1/responses",
                id: "createResponse",
                summary: "Answer a conversation",
                body: .init(
                    schema: "CreateResponseRequest",
                    examples: [
                        ("plain", #"{"model": "smollm2:135m", "input": "Hello!", "max_output_tokens": 40}"#),
                        (
                            "tools",
                            #"""
                            {"model": "smollm2:135m", "instructions": "Be brief.", "stream": true,
                             "tools": [{"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}],
                             "input": [{"role": "user", "content": [{"type": "input_text", "text": "What is the weather in Rome?"}]},
                               {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{\"city\":\"Rome\"}"},
                               {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}]}
                            """#
                        ),
                    ]
                ),
                answers: [
                    .json(
                        "Response",
                        orStream: "text/event-stream",
                        of: "ResponseEvent",
                        "The response; with `stream` as named events."
                    )
                ]
            ),
            APIOperation(
                method: "get",
                path: "/v1/models",
                id: "openAIListModels",
                summary: "List the models",
                answers: [.json("OpenAIModelList", "The models that the project may use, newest first.")],
                failures: [503]
            ),
            APIOperation(
                method: "get",
                path: "/v1/models/{name}",
                id: "openAIGetModel",
                summary: "Look at a model",
                parameters: ["ModelInPath"],
                answers: [.json("OpenAIModel", "The model.")],
                failures: [404, 503]
            ),
            APIOperation(
                method: "post",
                path: "/v1/audio/transcriptions",
                id: "createTranscription",
                summary: "Write down a recording",
                details: "Handed on to an engine that can, the form and the answer byte for byte.",
                body: .init(type: "multipart/form-data", schema: "TranscriptionForm", examples: []),
                answers: [
                    .init(
                        text: "What was said, in the form that `response_format` asks for; with `stream` as events.",
                        content: [
                            ("application/json", "Transcription"), ("text/plain", nil), ("text/event-stream", nil),
                        ]
                    )
                ]
            ),
        ],
        schemas: #"""
            {
              "CreateResponseRequest": {
                "type": "object", "required": ["model", "input"],
                "properties": {
                  "model": {"$ref": "#/components/schemas/ModelName"}, "stream": {"type": "boolean", "default": false}, "instructions": {"type": "string"},
                  "input": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ResponseInputItem"}}]},
                  "tools": {"type": "array", "items": {"type": "object", "required": ["type", "name"], "properties": {
                    "type": {"const": "function"}, "name": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}, "description": {"type": "string"},
                    "parameters": {"type": "object", "properties": {"type": {"const": "object"}}}, "strict": {"type": "boolean"}}}},
                  "tool_choice": {"anyOf": [{"type": "string", "enum": ["auto", "none", "required"]},
                    {"type": "object", "required": ["name"], "properties": {"type": {"const": "function"}, "name": {"type": "string"}}}]},
                  "temperature": {"type": "number", "minimum": 0, "maximum": 2}, "top_p": {"type": "number", "minimum": 0, "maximum": 1},
                  "max_output_tokens": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)},
                  "top_logprobs": {"type": "integer", "minimum": 0, "maximum": 20},
                  "include": {"type": "array", "maxItems": 16, "items": {"type": "string"}},
                  "truncation": {"type": "string", "enum": ["auto", "disabled"]},
                  "reasoning": {"type": "object", "properties": {"effort": {"type": "string", "enum": ["none", "minimal", "low", "medium", "high", "xhigh"]}}},
                  "text": {"type": "object", "properties": {"format": {"type": "object", "required": ["type"], "properties": {
                    "type": {"type": "string", "enum": ["text", "json_object", "json_schema"]}, "name": {"type": "string"}, "schema": {"type": "object"}}}}},
                  "metadata": {"type": "object"}, "parallel_tool_calls": {"type": "boolean"}, "user": {"type": "string"}, "store": {"type": "boolean"}
                }
              },
              "ResponseInputItem": {
                "description": "A message, which may leave its type out; a call of a tool, its result; what the model thought.",
                "type": "object",
                "properties": {
                  "type": {"type": "string", "enum": ["message", "function_call", "function_call_output", "reasoning"]},
                  "role": {"type": "string", "enum": ["user", "assistant", "system", "developer"]},
                  "content": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]},
                  "call_id": {"type": "string"}, "name": {"type": "string"}, "arguments": {"type": ["string", "object"]},
                  "output": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]},
                  "summary": {"type": "array", "items": {"type": "object"}}
                }
              },
              "Response": {
                "type": "object", "required": ["id", "object", "created_at", "status", "model", "output", "usage"],
                "properties": {
                  "id": {"type": "string"}, "object": {"const": "response"}, "created_at": {"type": "integer"},
                  "status": {"type": "string", "enum": ["completed", "incomplete", "failed", "in_progress"]}, "incomplete_details": {"type": ["object", "null"]},
                  "model": {"type": "string"}, "output": {"type": "array", "items": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}},
                  "error": {"type": ["object", "null"]}, "usage": {"type": ["object", "null"], "properties": {
                    "input_tokens": {"type": "integer"}, "output_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}}}
                }
              },
              "ResponseEvent": {"description": "The data of an event; `type` is its name.", "type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}},
              "OpenAIModel": {"type": "object", "required": ["id", "object", "created", "owned_by"], "properties": {
                "id": {"type": "string"}, "object": {"const": "model"}, "created": {"type": "integer"}, "owned_by": {"type": "string"}}},
              "OpenAIModelList": {"type": "object", "required": ["object", "data"], "properties": {
                "object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/OpenAIModel"}}}},
              "TranscriptionForm": {
                "description": "All other fields are the engine's affair.",
                "type": "object", "required": ["file", "model"],
                "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}, "model": {"$ref": "#/components/schemas/ModelName"}, "stream": {"type": "boolean"},
                  "response_format": {"type": "string"}, "language": {"type": "string"}, "prompt": {"type": "string"}}
              },
              "Transcription": {"type": "object", "properties": {"text": {"type": "string"}}}
            }
            """#
    )
}
