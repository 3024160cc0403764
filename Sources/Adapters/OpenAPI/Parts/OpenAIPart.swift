import Domain

extension APIPart {
    /// Inference in OpenAI's dialect.
    static let openAI = APIPart(
        tag: "OpenAI",
        text: """
            OpenAI's API. Unknown fields are ignored; a known one that would change the answer and cannot be honoured is 400 \
            `unsupported_field`, and one that only tunes or labels is named in `X-Ignored-Fields`. Streams end in `data: [DONE]`.
            """,
        operations: [
            OpenAIOperations.chat("/v1/chat/completions", id: "createChatCompletion"),
            OpenAIOperations.chat("/api/v1/chat/completions", id: "nativeCreateChatCompletion"),
            APIOperation(
                method: "post",
                path: "/v1/completions",
                id: "createCompletion",
                summary: "Continue a prompt",
                details: "The model's template is applied to the prompt.",
                body: .init(
                    schema: "CreateCompletionRequest",
                    examples: [("plain", #"{"model": "smollm2:135m", "prompt": "Once upon a time", "max_tokens": 40}"#)]
                ),
                answers: [
                    .json(
                        "Completion",
                        orStream: "text/event-stream",
                        of: "Completion",
                        "The answer; with `stream` as events."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/v1/embeddings",
                id: "createEmbedding",
                summary: "Turn texts into vectors",
                body: .init(
                    schema: "CreateEmbeddingRequest",
                    examples: [
                        (
                            "several",
                            #"{"model": "all-minilm", "input": ["A text.", "Another."], "encoding_format": "float"}"#
                        )
                    ]
                ),
                answers: [.json("EmbeddingList", "The vectors.")]
            ),
        ],
        schemas: OpenAIOperations.schemas
    )
}

private enum OpenAIOperations {
    static func chat(_ path: String, id: String) -> APIOperation {
        APIOperation(
            method: "post",
            path: path,
            id: id,
            summary: "Answer a conversation",
            body: .init(
                schema: "CreateChatCompletionRequest",
                examples: [
                    (
                        "plain",
                        #"{"model": "smollm2:135m", "messages": [{"role": "user", "content": "Hello!"}], "max_completion_tokens": 40}"#
                    ),
                    (
                        "stream",
                        #"""
                        {"model": "smollm2:135m", "stream": true, "stream_options": {"include_usage": true}, "temperature": 0, "seed": 1,
                         "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hello!"}]}]}
                        """#
                    ),
                ]
            ),
            answers: [
                .json(
                    "ChatCompletion",
                    orStream: "text/event-stream",
                    of: "ChatCompletionChunk",
                    "The answer; with `stream` as events."
                )
            ]
        )
    }

    /// The options that chat completions and completions share.
    static let options = #"""
        "model": {"$ref": "#/components/schemas/ModelName"},
        "stream": {"type": "boolean", "default": false},
        "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2}, "top_p": {"type": "number", "minimum": 0, "maximum": 1},
        "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2}, "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
        "seed": {"type": "integer", "minimum": \#(Int.min), "maximum": \#(Int.max)}, "stop": {"$ref": "#/components/schemas/Stop"},
        "n": {"description": "How many answers.", "type": "integer", "minimum": 1, "maximum": \#(GenerationOptions.maximumChoices)},
        "max_tokens": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)},
        "logit_bias": {"description": "Nothing but an empty object can be honoured.", "type": "object", "maxProperties": 0},
        "user": {"type": "string"}, "metadata": {"type": "object"}, "store": {"type": "boolean"}, "service_tier": {"type": "string"},
        "top_k": {"description": "Ours, as the next five.", "type": "integer", "minimum": 1, "maximum": \#(Int.max)},
        "min_p": {"type": "number", "minimum": 0, "maximum": 1}, "repeat_penalty": {"type": "number", "minimum": 0, "maximum": 2},
        "num_ctx": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)}, "keep_alive": {"$ref": "#/components/schemas/KeepAlive"},
        "truncate": {"type": "boolean"}
        """#

    static let schemas = #"""
        {
          "CreateChatCompletionRequest": {
            "type": "object", "required": ["model", "messages"],
            "properties": {
              "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/OpenAIMessage"}},
              \#(options),
              "max_completion_tokens": {"type": "integer", "minimum": 1, "maximum": \#(Int.max)},
              "reasoning_effort": {"type": "string", "enum": ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]},
              "logprobs": {"type": "boolean"},
              "top_logprobs": {"description": "Only where `logprobs` is true.", "type": "integer", "minimum": 0, "maximum": 20},
              "response_format": {"$ref": "#/components/schemas/ResponseFormat"},
              "tools": {"type": "array", "items": {"$ref": "#/components/schemas/Tool"}},
              "tool_choice": {"$ref": "#/components/schemas/ToolChoice"},
              "parallel_tool_calls": {"type": "boolean"}
            }
          },
          "OpenAIMessage": {
            "type": "object", "required": ["role"],
            "properties": {
              "role": {"type": "string", "enum": ["system", "developer", "user", "assistant", "tool", "function"]},
              "content": {"description": "May be null in an assistant's message only.", "anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"$ref": "#/components/schemas/OpenAIContentPart"}}]},
              "reasoning": {"type": "string"}, "reasoning_content": {"type": "string"}, "name": {"type": "string"},
              "tool_calls": {"description": "An assistant's only.", "type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}},
              "tool_call_id": {"description": "A tool's.", "type": "string"}
            }
          },
          "OpenAIContentPart": {
            "anyOf": [
              {"type": "object", "required": ["type", "text"], "properties": {"type": {"const": "text"}, "text": {"type": "string"}}},
              {"type": "object", "required": ["type", "image_url"], "properties": {"type": {"const": "image_url"},
                "image_url": {"type": "object", "required": ["url"], "properties": {"url": {"description": "A data URL such as `data:image/png;base64,…`, or where the image is: `https://…`.", "type": "string"}}}}},
              {"type": "object", "required": ["type", "refusal"], "properties": {"type": {"const": "refusal"}, "refusal": {"type": "string"}}}
            ]
          },
          "OpenAIUsage": {
            "type": "object", "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
            "properties": {
              "prompt_tokens": {"type": "integer"}, "completion_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
              "prompt_tokens_details": {"type": "object", "properties": {"cached_tokens": {"type": "integer"}}},
              "completion_tokens_details": {"type": "object", "properties": {"reasoning_tokens": {"type": "integer"}}}
            }
          },
          "ChatCompletion": {
            "type": "object", "required": ["id", "object", "created", "model", "choices", "usage"],
            "properties": {
              "id": {"type": "string"}, "object": {"const": "chat.completion"}, "created": {"type": "integer"}, "model": {"type": "string"},
              "choices": {"type": "array", "items": {"type": "object", "required": ["index", "message", "logprobs", "finish_reason"], "properties": {
                "index": {"type": "integer"}, "message": {"type": "object", "required": ["role", "content", "refusal"], "properties": {
                  "role": {"const": "assistant"}, "content": {"type": ["string", "null"]}, "refusal": {"type": ["string", "null"]}, "reasoning": {"type": "string"},
                  "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}}}},
                "logprobs": {"type": ["object", "null"], "properties": {"content": {"type": "array", "items": {"$ref": "#/components/schemas/TokenProbability"}}}},
                "finish_reason": {"type": "string", "enum": ["stop", "length", "tool_calls"]}}}},
              "usage": {"$ref": "#/components/schemas/OpenAIUsage"}
            }
          },
          "ChatCompletionChunk": {
            "description": "One `data:` of a stream; a failure is an `OpenAIError` in its place.",
            "type": "object", "required": ["id", "object", "created", "model", "choices"],
            "properties": {
              "id": {"type": "string"}, "object": {"const": "chat.completion.chunk"}, "created": {"type": "integer"}, "model": {"type": "string"},
              "choices": {"type": "array", "items": {"type": "object", "required": ["index", "delta", "finish_reason"], "properties": {
                "index": {"type": "integer"}, "delta": {"type": "object"}, "logprobs": {"type": ["object", "null"]},
                "finish_reason": {"type": ["string", "null"]}}}},
              "usage": {"$ref": "#/components/schemas/OpenAIUsage"}
            }
          },
          "CreateCompletionRequest": {
            "type": "object", "required": ["model", "prompt"],
            "properties": {
              "prompt": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": \#(Prompt.maximumLength)}, {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "string"}}]},
              \#(options),
              "logprobs": {"type": "integer", "minimum": 0, "maximum": 20}, "echo": {"type": "boolean"},
              "suffix": {"description": "Only the empty text can be honoured.", "type": "string", "maxLength": 0}, "best_of": {"description": "At most `n`.", "type": "integer", "minimum": 1}
            }
          },
          "Completion": {
            "type": "object", "required": ["id", "object", "created", "model", "choices"],
            "properties": {
              "id": {"type": "string"}, "object": {"const": "text_completion"}, "created": {"type": "integer"}, "model": {"type": "string"},
              "choices": {"type": "array", "items": {"type": "object", "required": ["index", "text", "logprobs", "finish_reason"], "properties": {
                "index": {"type": "integer"}, "text": {"type": "string"},
                "logprobs": {"type": ["object", "null"], "required": ["tokens", "token_logprobs", "top_logprobs", "text_offset"], "properties": {
                  "tokens": {"type": "array", "items": {"type": "string"}}, "token_logprobs": {"type": "array", "items": {"type": ["number", "null"]}},
                  "top_logprobs": {"type": "array", "items": {"type": ["object", "null"]}}, "text_offset": {"type": "array", "items": {"type": "integer"}}}},
                "finish_reason": {"type": ["string", "null"]}}}},
              "usage": {"$ref": "#/components/schemas/OpenAIUsage"}
            }
          },
          "CreateEmbeddingRequest": {
            "type": "object", "required": ["model", "input"],
            "properties": {
              "model": {"$ref": "#/components/schemas/ModelName"}, "input": {"$ref": "#/components/schemas/Texts"},
              "encoding_format": {"description": "`base64`: little-endian 32-bit floats.", "type": "string", "enum": ["float", "base64"]},
              "dimensions": {"type": "integer", "minimum": 1, "maximum": 65536}, "user": {"type": "string"},
              "truncate": {"type": "boolean"}, "keep_alive": {"$ref": "#/components/schemas/KeepAlive"}
            }
          },
          "EmbeddingList": {
            "type": "object", "required": ["object", "data", "model", "usage"],
            "properties": {
              "object": {"const": "list"}, "model": {"type": "string"},
              "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "embedding"], "properties": {
                "object": {"const": "embedding"}, "index": {"type": "integer"},
                "embedding": {"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "string"}]}}}},
              "usage": {"type": "object", "required": ["prompt_tokens", "total_tokens"], "properties": {"prompt_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}}}
            }
          }
        }
        """#
}
