import Domain

/// Schemas that several parts of the document share: JSON text.
enum APISchemas {
    /// How a caller shows its key.
    static let security = #"""
        {
          "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `shared-ollama keys create`."},
          "basic": {"type": "http", "scheme": "basic", "description": "The key as password; the user's name may be anything."},
          "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"}
        }
        """#

    /// The errors of the dialects, and what requests have in common.
    static let shared = #"""
        {
          "Problem": {
            "description": "An error (RFC 9457) with members of ours.",
            "type": "object", "required": ["type", "title", "status", "detail", "code", "timestamp"],
            "properties": {
              "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
              "instance": {"type": "string"}, "code": {"type": "string", "description": "A stable word for what was wrong."},
              "request_id": {"type": "string"}, "timestamp": {"type": "string", "format": "date-time"},
              "errors": {"type": "array", "items": {"type": "object", "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string", "description": "A JSON pointer (RFC 6901)."}, "detail": {"type": "string"}}}},
              "retry_after_seconds": {"type": "integer", "minimum": 1}
            },
            "example": {"type": "about:blank", "title": "Invalid prompt", "status": 422, "detail": "/prompt: The prompt is blank.",
              "instance": "/api/v1/generate", "code": "invalid_prompt", "request_id": "01J9Z6", "timestamp": "2026-01-01T00:00:00Z",
              "errors": [{"pointer": "/prompt", "detail": "The prompt is blank."}]}
          },
          "OllamaError": {
            "description": "An error as Ollama tells it.",
            "type": "object", "required": ["error"], "properties": {"error": {"type": "string"}},
            "example": {"error": "model 'none' not found"}
          },
          "OpenAIError": {
            "description": "An error as OpenAI tells it.",
            "type": "object", "required": ["error"],
            "properties": {"error": {"type": "object", "required": ["message", "type", "param", "code"], "properties": {
              "message": {"type": "string"}, "type": {"type": "string"}, "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}}},
            "example": {"error": {"message": "model is required", "type": "invalid_request_error", "param": "model", "code": "invalid_request"}}
          },
          "AnthropicError": {
            "description": "An error as Anthropic tells it.",
            "type": "object", "required": ["type", "error"],
            "properties": {"type": {"const": "error"}, "request_id": {"type": "string"},
              "error": {"type": "object", "required": ["type", "message"], "properties": {"type": {"type": "string"}, "message": {"type": "string"}}}},
            "example": {"type": "error", "error": {"type": "not_found_error", "message": "No engine has the model."}, "request_id": "01J9Z6"}
          },
          "ModelName": {"description": "`[[host/]namespace/]model[:tag]`.", "type": "string", "maxLength": 600, "example": "smollm2:135m"},
          "KeepAlive": {"description": "How long the model stays loaded: seconds, or a duration such as `5m` or `1h30m`; negative is for ever.",
            "type": ["number", "string"], "pattern": "^[-+]?(0|([0-9.]+(ns|us|µs|μs|ms|s|m|h))+)$"},
          "Think": {"description": "Whether, or how hard, the model thinks first.",
            "anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["low", "medium", "high", "max"]}]},
          "Stop": {"description": "Where the answer ends.",
            "anyOf": [{"type": "string"}, {"type": "array", "maxItems": \#(GenerationOptions.maximumStops), "items": {"type": "string"}}]},
          "Texts": {"description": "One text, or several.",
            "anyOf": [{"type": "string"}, {"type": "array", "maxItems": \#(EmbeddingRequest.maximumInputs), "items": {"type": "string"}}]},
          "Tool": {
            "description": "A function that the model may ask to have called.",
            "type": "object", "required": ["function"], "additionalProperties": false,
            "properties": {
              "type": {"const": "function"},
              "function": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}, "description": {"type": "string"},
                "parameters": {"description": "A JSON schema whose type is `object`.", "type": "object", "properties": {"type": {"const": "object"}}},
                "strict": {"type": "boolean"}}}
            }
          },
          "ToolChoice": {
            "description": "Whether the model may, must or must not call tools.",
            "anyOf": [
              {"type": "string", "enum": ["auto", "none", "required"]},
              {"type": "object", "required": ["function"], "properties": {"type": {"const": "function"},
                "function": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}]
          },
          "ToolCall": {
            "description": "A model's wish to have a tool called.",
            "type": "object", "required": ["function"],
            "properties": {
              "id": {"type": "string"}, "type": {"const": "function"}, "index": {"type": "integer"},
              "function": {"type": "object", "required": ["name", "arguments"], "properties": {
                "name": {"type": "string"}, "index": {"type": "integer"},
                "arguments": {"description": "A string that holds a JSON object, or the object itself.", "type": ["string", "object"]}}}
            }
          },
          "ResponseFormat": {
            "description": "What the answer must look like: free text, any JSON object, or JSON that follows a schema.",
            "type": "object", "required": ["type"],
            "properties": {
              "type": {"type": "string", "enum": ["text", "json_object", "json_schema"]},
              "json_schema": {"type": "object", "required": ["schema"], "properties": {"name": {"type": "string"}, "strict": {"type": "boolean"}, "schema": {"type": "object"}}}
            }
          },
          "Format": {
            "description": "Ollama's form of the same: `\"json\"`, or a JSON schema.",
            "anyOf": [{"type": "string", "enum": ["json", ""]}, {"type": "object"}]
          },
          "TokenProbability": {
            "type": "object", "required": ["token", "logprob"],
            "properties": {"token": {"type": "string"}, "logprob": {"type": "number"}, "bytes": {"type": ["array", "null"], "items": {"type": "integer"}},
              "top_logprobs": {"type": ["array", "null"], "items": {"type": "object", "properties": {"token": {"type": "string"}, "logprob": {"type": "number"}}}}}
          }
        }
        """#
}
