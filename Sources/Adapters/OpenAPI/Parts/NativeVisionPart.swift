extension APIPart {
    /// Conversations about images, in the native dialect and in OpenAI's.
    static let nativeVision = APIPart(
        tag: "native: vision",
        text: """
            Images go through the same preparation on every route: checked, turned upright, made smaller where that is wanted \
            and helps, and kept for whoever sends them again. See docs/images.md.
            """,
        operations: [
            APIOperation(
                method: "post",
                path: "/api/v1/vlm",
                id: "vlm",
                summary: "Answer a conversation about images",
                details: """
                    As `/api/v1/chat`; `images` belong to the last message of a user. An image is a data URL, an `http` or `https` URL \
                    (`images.urls`) or bare Base64.
                    """,
                body: .init(
                    schema: "VLMRequest",
                    examples: [
                        (
                            "one",
                            #"""
                            {"messages": [{"role": "user", "content": "What is in this picture?"}], "max_tokens": 40,
                             "images": ["data:image/png;base64,\#(VisionExamples.png)"], "max_dimension": 1024}
                            """#
                        )
                    ]
                ),
                answers: [
                    .json(
                        "VLMAnswer",
                        orStream: "text/event-stream",
                        of: "GenerationFrame",
                        "The answer; with `stream` as frames, of which the last tells of the images as well."
                    )
                ]
            ),
            APIOperation(
                method: "post",
                path: "/api/v1/vlm/openai",
                id: "vlmOpenAI",
                summary: "The same in OpenAI's dialect",
                details: "As `/v1/chat/completions`, with fields that say in which form images are sent on.",
                body: .init(
                    schema: "VLMOpenAIRequest",
                    examples: [
                        (
                            "one",
                            #"""
                            {"model": "qwen2.5vl:3b", "compression_format": "png", "messages": [{"role": "user", "content": [
                              {"type": "text", "text": "What is in this picture?"},
                              {"type": "image_url", "image_url": {"url": "data:image/png;base64,\#(VisionExamples.png)"}}]}]}
                            """#
                        )
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
            ),
        ],
        schemas: VisionExamples.schemas
    )
}

private enum VisionExamples {
    /// A picture of 32 by 32 pixels.
    static let png =
        "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKElEQVR4nO3NsQ0AAAzCMP5/un0CNkuZ41wybXsHAAAAAAAAAAAAxR4yw/wuPL6QkAAAAABJRU5ErkJggg=="

    /// The fields that say in which form images are sent on.
    static let wish = #"""
        "images": {"$ref": "#/components/schemas/Images"},
        "image_compression": {"description": "`false`: images stay as they are, but for what only says how they came about.", "type": "boolean", "default": true},
        "max_dimension": {"description": "The longest side in pixels; absent, `images.max_dimension` holds.", "type": "integer", "minimum": 256, "maximum": 2667},
        "compression_format": {"description": "The format of images that are written anew.", "type": "string", "enum": ["jpeg", "png", "webp"], "default": "jpeg"}
        """#

    static let schemas = #"""
        {
          "Images": {"description": "Data URLs, `http` or `https` URLs, or bare Base64.", "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
          "VLMRequest": {
            "type": "object", "required": ["messages"], "additionalProperties": false,
            "properties": {
              "messages": {"description": "One of a user at least.", "type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ChatMessage"}},
              \#(wish),
              "tools": {"type": "array", "items": {"$ref": "#/components/schemas/Tool"}},
              "tool_choice": {"$ref": "#/components/schemas/ToolChoice"},
              \#(NativeSchemas.options)
            }
          },
          "VLMAnswer": {
            "allOf": [{"$ref": "#/components/schemas/ChatAnswer"}, {
              "type": "object", "required": ["images_processed", "compression_savings_bytes", "image_tokens_estimate"],
              "properties": {
                "images_processed": {"type": "integer", "minimum": 0},
                "compression_savings_bytes": {"description": "Null where images were not to be made smaller.", "type": ["integer", "null"]},
                "image_tokens_estimate": {"description": "About how many tokens the images cost the model; the engine's own count is in `usage`.", "type": ["integer", "null"]}
              }
            }]
          },
          "VLMOpenAIRequest": {
            "allOf": [{"$ref": "#/components/schemas/CreateChatCompletionRequest"}, {"type": "object", "properties": {\#(wish)}}]
          }
        }
        """#
}
