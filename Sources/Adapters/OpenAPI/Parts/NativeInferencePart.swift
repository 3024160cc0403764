import Domain

extension APIPart {
    /// Inference in the native dialect.
    static let nativeInference = APIPart(
        tag: "native: inference",
        text: "JSON in, JSON out. A field that does not exist is refused, with the nearest one that does.",
        operations: [
            APIOperation(
                method: "post",
                path: "/api/v1/generate",
                id: "generate",
                summary: "Continue a prompt",
                body: .init(
                    schema: "GenerateRequest",
                    examples: [
                        ("plain", #"{"prompt": "Say hello.", "max_tokens": 40}"#),
                        (
                            "exact",
                            #"{"model": "smollm2:135m", "prompt": "Name a colour.", "temperature": 0, "seed": 1, "stop": ["\n"], "stream": true}"#
                        ),
                    ]
                ),
                answers: [
                    .json(
                        "GenerateAnswer",
                        orStream: "text/event-stream",
                        of: "GenerationFrame",
                        "The answer; with `stream` as frames."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/api/v1/chat",
                id: "chat",
                summary: "Answer a conversation",
                body: .init(
                    schema: "ChatRequest",
                    examples: [
                        ("plain", #"{"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 40}"#),
                        (
                            "tools",
                            #"""
                            {"messages": [
                               {"role": "user", "content": "What is the weather in Rome?"},
                               {"role": "assistant", "content": null, "tool_calls": [
                                 {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}}]},
                               {"role": "tool", "tool_call_id": "call_1", "tool_name": "weather", "content": "sunny"}],
                             "tools": [{"type": "function", "function": {"name": "weather", "description": "The weather of a city.",
                               "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]}
                            """#
                        ),
                    ]
                ),
                answers: [
                    .json(
                        "ChatAnswer",
                        orStream: "text/event-stream",
                        of: "GenerationFrame",
                        "The answer; with `stream` as frames."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/api/v1/embeddings",
                id: "embeddings",
                summary: "Turn texts into vectors",
                details: "One of `input` and `prompt` has to be given.",
                body: .init(
                    schema: "EmbeddingsRequest",
                    examples: [
                        ("one", #"{"prompt": "A text."}"#),
                        ("several", #"{"model": "all-minilm", "input": ["A text.", "Another."], "truncate": true}"#),
                    ]
                ),
                answers: [.json("EmbeddingsAnswer", "The vectors.")]
            ),
        ],
        schemas: NativeSchemas.inference
    )
}

/// The schemas of native inference: JSON text.
enum NativeSchemas {
    /// The options that `generate` and `chat` share.
    static let options = #"""
        "model": {"$ref": "#/components/schemas/ModelName"},
        "stream": {"type": "boolean", "default": false},
        "temperature": {"description": "0 means 0.", "type": "number", "minimum": 0, "maximum": 2},
        "top_p": {"type": "number", "minimum": 0, "maximum": 1},
        "top_k": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)},
        "min_p": {"type": "number", "minimum": 0, "maximum": 1},
        "max_tokens": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)},
        "seed": {"description": "0 means 0.", "type": "integer", "minimum": \#(Int.min), "maximum": \#(Int.max)},
        "stop": {"$ref": "#/components/schemas/Stop"},
        "repeat_penalty": {"type": "number", "minimum": 0, "maximum": 2},
        "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2},
        "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
        "num_ctx": {"description": "The context in tokens; a larger one that is loaded will do.", "type": "integer", "minimum": 1, "maximum": \#(Int.max)},
        "truncate": {"description": "`false`: a prompt that does not fit is refused.", "type": "boolean"},
        "keep_alive": {"$ref": "#/components/schemas/KeepAlive"},
        "think": {"$ref": "#/components/schemas/Think"},
        "format": {"$ref": "#/components/schemas/Format"},
        "response_format": {"$ref": "#/components/schemas/ResponseFormat"},
        "logprobs": {"type": "boolean"},
        "top_logprobs": {"type": "integer", "minimum": 0, "maximum": 20}
        """#

    /// What whole answers and last frames tell beside the text.
    static let figures = #"""
        "model": {"description": "As the caller spelt it.", "type": "string"},
        "request_id": {"type": "string"},
        "latency_ms": {"type": "number", "minimum": 0},
        "model_load_ms": {"type": ["number", "null"]},
        "model_warm_start": {"type": "boolean"},
        "prompt_eval_count": {"type": "integer"},
        "generation_eval_count": {"type": "integer"},
        "total_duration_ms": {"type": ["number", "null"]},
        "queue_wait_ms": {"type": "number", "minimum": 0},
        "overhead_ms": {"type": "number"},
        "done_reason": {"type": "string", "examples": ["stop", "length", "tool_calls"]},
        "usage": {"type": "object", "required": ["prompt_tokens", "completion_tokens"], "properties": {
          "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"},
          "cached_tokens": {"type": ["integer", "null"]}, "reasoning_tokens": {"type": ["integer", "null"]}}},
        "logprobs": {"type": "array", "items": {"$ref": "#/components/schemas/TokenProbability"}},
        "warnings": {"type": "array", "items": {"type": "string"}}
        """#

    static let figureNames = #"""
        "model", "request_id", "latency_ms", "model_load_ms", "model_warm_start", "prompt_eval_count", "generation_eval_count",
        "total_duration_ms", "queue_wait_ms", "overhead_ms", "done_reason", "usage", "warnings"
        """#

    static let inference = #"""
        {
          "GenerateRequest": {
            "type": "object", "required": ["prompt"], "additionalProperties": false,
            "properties": {
              "prompt": {"type": "string", "minLength": 1, "maxLength": \#(Prompt.maximumLength), "pattern": "\\S"},
              "system": {"description": "The empty text switches the model's own off.", "type": "string", "maxLength": \#(Prompt.maximumLength)},
              \#(options)
            }
          },
          "GenerateAnswer": {"type": "object", "required": ["text", \#(figureNames)], "properties": {"text": {"type": "string"}, \#(figures)}},
          "ChatRequest": {
            "type": "object", "required": ["messages"], "additionalProperties": false,
            "properties": {
              "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ChatMessage"}},
              "tools": {"type": "array", "items": {"$ref": "#/components/schemas/Tool"}},
              "tool_choice": {"$ref": "#/components/schemas/ToolChoice"},
              \#(options)
            }
          },
          "ChatMessage": {
            "type": "object", "required": ["role"], "additionalProperties": false,
            "properties": {
              "role": {"type": "string", "enum": ["system", "user", "assistant", "tool"]},
              "content": {"description": "May be null beside `tool_calls` only.", "type": ["string", "null"]},
              "images": {"$ref": "#/components/schemas/Images"},
              "thinking": {"type": ["string", "null"]},
              "tool_calls": {"description": "An assistant's only.", "type": ["array", "null"], "items": {"$ref": "#/components/schemas/ToolCall"}},
              "tool_call_id": {"description": "A tool's only.", "type": ["string", "null"]},
              "tool_name": {"type": ["string", "null"]}
            }
          },
          "ChatAnswer": {
            "type": "object", "required": ["message", \#(figureNames)],
            "properties": {"message": {"type": "object", "required": ["role", "content", "thinking", "tool_calls", "tool_call_id"], "properties": {
              "role": {"const": "assistant"}, "content": {"type": "string"}, "thinking": {"type": ["string", "null"]},
              "tool_calls": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/ToolCall"}}, "tool_call_id": {"type": "null"}}}, \#(figures)}
          },
          "GenerationFrame": {
            "description": "One `data:` of a stream: pieces with `done: false`, then one with `done: true` and all figures, or with `error`.",
            "type": "object", "required": ["chunk", "done", "request_id"],
            "properties": {
              "chunk": {"type": "string"}, "role": {"const": "assistant"}, "done": {"type": "boolean"},
              "thinking": {"type": "string"}, "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}},
              "error": {"type": "string"}, "code": {"type": "string"}, "error_type": {"type": "string"}, \#(figures)
            }
          },
          "EmbeddingsRequest": {
            "type": "object", "additionalProperties": false, "oneOf": [{"required": ["input"]}, {"required": ["prompt"]}],
            "properties": {
              "model": {"$ref": "#/components/schemas/ModelName"},
              "input": {"$ref": "#/components/schemas/Texts"}, "prompt": {"type": "string"},
              "dimensions": {"type": "integer", "minimum": 1, "maximum": 65536}, "truncate": {"type": "boolean"},
              "keep_alive": {"$ref": "#/components/schemas/KeepAlive"}, "num_ctx": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)}
            }
          },
          "EmbeddingsAnswer": {
            "type": "object", "required": ["embedding", "embeddings", "model", "prompt", "latency_ms", "prompt_eval_count", "request_id", "warnings"],
            "properties": {
              "embedding": {"description": "The first vector.", "type": "array", "items": {"type": "number"}},
              "embeddings": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
              "model": {"type": "string"}, "prompt": {"type": ["string", "null"]}, "latency_ms": {"type": "number"},
              "prompt_eval_count": {"type": "integer"}, "request_id": {"type": "string"}, "warnings": {"type": "array", "items": {"type": "string"}}
            }
          }
        }
        """#
}
