import Domain

extension APIPart {
    /// Files and durable batches, in OpenAI's dialect.
    static let openAIBatches = APIPart(
        tag: "OpenAI: files and batches",
        text: """
            OpenAI's Files and Batch API. Both belong to the project that made them; another one gets 404, an admin sees all. \
            `completion_window` may also be any number of hours or days, such as `7d`; `pause` and `resume` are ours.
            """,
        operations: BatchOperations.files + BatchOperations.batches,
        schemas: BatchOperations.schemas,
        parameters: BatchOperations.parameters
    )
}

private enum BatchOperations {
    static let files: [APIOperation] = [
        APIOperation(
            method: "post",
            path: "/v1/files",
            id: "createFile",
            summary: "Upload a file",
            details:
                "Streamed to the disk, and refused while it is read where it is longer than `batches.max_file_bytes`.",
            body: .init(type: "multipart/form-data", schema: "CreateFileForm", examples: []),
            answers: [.json("File", "The file.")],
            failures: [503, 507]
        ),
        APIOperation(
            method: "get",
            path: "/v1/files",
            id: "listFiles",
            summary: "List files",
            parameters: ["FileLimit", "FileAfter", "ListOrder", "FilePurpose"],
            answers: [.json("FileList", "A page of files.")],
            failures: [503]
        ),
        APIOperation(
            method: "get",
            path: "/v1/files/{id}",
            id: "getFile",
            summary: "Look at a file",
            parameters: ["PathFileID"],
            answers: [.json("File", "The file.")],
            failures: [404, 503]
        ),
        APIOperation(
            method: "delete",
            path: "/v1/files/{id}",
            id: "deleteFile",
            summary: "Delete a file",
            details: "A batch that was made of it goes on. A file that a batch still writes is 409 `conflict`.",
            parameters: ["PathFileID"],
            answers: [.json("DeletedFile", "It is gone.")],
            failures: [404, 409, 503]
        ),
        APIOperation(
            method: "get",
            path: "/v1/files/{id}/content",
            id: "getFileContent",
            summary: "Download a file",
            details: "What a batch writes can be read while it runs: the lines that are there.",
            parameters: ["PathFileID"],
            answers: [
                .init(
                    text: "The bytes as they came, or the lines of a batch.",
                    content: [("application/jsonl", nil), ("application/octet-stream", nil)]
                )
            ],
            failures: [404, 503]
        ),
    ]

    static let batches: [APIOperation] = [
        APIOperation(
            method: "post",
            path: "/v1/batches",
            id: "createBatch",
            summary: "Make a batch of a file",
            details: "It is read and run in the background. With `Idempotency-Key` it is made once.",
            parameters: ["IdempotencyKey"],
            body: .init(
                schema: "CreateBatchRequest",
                examples: [
                    (
                        "plain",
                        #"{"input_file_id": "file-0123456789abcdef0123456789abcdef", "endpoint": "/v1/chat/completions", "completion_window": "24h", "metadata": {"job": "nightly"}}"#
                    )
                ]
            ),
            answers: [.json("Batch", "The batch, in `validating`.")],
            failures: [409, 422, 503]
        ),
        APIOperation(
            method: "get",
            path: "/v1/batches",
            id: "listBatches",
            summary: "List batches",
            parameters: ["BatchLimit", "BatchAfter", "ListOrder"],
            answers: [.json("BatchList", "A page of batches.")],
            failures: [503]
        ),
        APIOperation(
            method: "get",
            path: "/v1/batches/{id}",
            id: "getBatch",
            summary: "Look at a batch",
            parameters: ["PathBatchID"],
            answers: [.json("Batch", "The batch.")],
            failures: [404, 503]
        ),
        BatchOperations.move(
            "cancel",
            "Cancel a batch",
            "What runs comes to its end; what waits is listed in the error file."
        ),
        BatchOperations.move("pause", "Let nothing of a batch start", "Its window goes on. Ours."),
        BatchOperations.move("resume", "Let a paused batch go on", "Ours."),
    ]

    private static func move(_ word: String, _ summary: String, _ details: String) -> APIOperation {
        APIOperation(
            method: "post",
            path: "/v1/batches/{id}/\(word)",
            id: "\(word)Batch",
            summary: summary,
            details: details,
            parameters: ["PathBatchID"],
            answers: [.json("Batch", "The batch.")],
            failures: [404, 409, 503]
        )
    }

    static let parameters = #"""
        {
          "PathFileID": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^file-[A-Za-z0-9_-]{1,59}$"}, "example": "file-0123456789abcdef0123456789abcdef"},
          "PathBatchID": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^batch_[A-Za-z0-9_-]{1,58}$"}, "example": "batch_0123456789abcdef0123456789abcdef"},
          "FileLimit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10000}},
          "BatchLimit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}},
          "FileAfter": {"name": "after", "in": "query", "description": "The last id of the page before.", "schema": {"type": "string", "pattern": "^file-[A-Za-z0-9_-]{1,59}$"}},
          "BatchAfter": {"name": "after", "in": "query", "description": "The last id of the page before.", "schema": {"type": "string", "pattern": "^batch_[A-Za-z0-9_-]{1,58}$"}},
          "ListOrder": {"name": "order", "in": "query", "description": "By time of creation.", "schema": {"type": "string", "enum": ["asc", "desc"], "default": "desc"}},
          "FilePurpose": {"name": "purpose", "in": "query", "description": "Only those of it.", "schema": {"type": "string"}}
        }
        """#

    private static let time = #"{"description": "Seconds since 1970.", "type": ["integer", "null"]}"#

    static let schemas = #"""
        {
          "CreateFileForm": {
            "type": "object", "required": ["file", "purpose"],
            "properties": {
              "file": {"type": "string", "contentMediaType": "application/octet-stream"},
              "purpose": {"description": "Only `batch` does anything here.", "type": "string", "enum": ["batch", "assistants", "fine-tune", "vision", "user_data", "evals"]},
              "expires_after[anchor]": {"const": "created_at"}, "expires_after[seconds]": {"type": "integer", "minimum": 3600, "maximum": 2592000}
            }
          },
          "File": {
            "type": "object", "required": ["id", "object", "bytes", "created_at", "expires_at", "filename", "purpose", "status", "status_details"],
            "properties": {
              "id": {"type": "string"}, "object": {"const": "file"}, "bytes": {"type": "integer", "minimum": 0}, "created_at": {"type": "integer"},
              "expires_at": \#(time), "filename": {"type": "string"}, "purpose": {"type": "string"}, "status": {"const": "processed"}, "status_details": {"type": "null"}
            }
          },
          "FileList": {
            "type": "object", "required": ["object", "data", "first_id", "last_id", "has_more"],
            "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
              "first_id": {"type": ["string", "null"]}, "last_id": {"type": ["string", "null"]}, "has_more": {"type": "boolean"}}
          },
          "DeletedFile": {"type": "object", "required": ["id", "object", "deleted"],
            "properties": {"id": {"type": "string"}, "object": {"const": "file"}, "deleted": {"const": true}}},
          "CreateBatchRequest": {
            "type": "object", "required": ["input_file_id", "endpoint", "completion_window"],
            "properties": {
              "input_file_id": {"description": "A file with the purpose `batch`.", "type": "string", "pattern": "^file-[A-Za-z0-9_-]{1,59}$"},
              "endpoint": {"type": "string", "enum": ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/api/v1/chat", "/api/v1/vlm"]},
              "completion_window": {"description": "Hours or days, up to `batches.max_window_days`.", "type": "string", "pattern": "^([1-9][0-9]?h|[1-9]d)$", "example": "24h"},
              "metadata": {"type": "object", "maxProperties": 16, "additionalProperties": {"type": "string", "maxLength": 512}},
              "output_expires_after": {"type": "object", "required": ["anchor", "seconds"],
                "properties": {"anchor": {"const": "created_at"}, "seconds": {"type": "integer", "minimum": 3600, "maximum": 2592000}}}
            }
          },
          "BatchProblem": {"type": "object", "required": ["code", "message", "param", "line"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "param": {"type": ["string", "null"]}, "line": {"type": ["integer", "null"]}}},
          "Batch": {
            "type": "object",
            "required": ["id", "object", "endpoint", "errors", "input_file_id", "completion_window", "status", "output_file_id", "error_file_id", "created_at", "request_counts", "usage", "metadata"],
            "properties": {
              "id": {"type": "string"}, "object": {"const": "batch"}, "endpoint": {"type": "string"},
              "errors": {"description": "What is wrong with the file, the first hundred problems.", "type": ["object", "null"], "required": ["object", "data"],
                "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/BatchProblem"}}}},
              "input_file_id": {"type": "string"}, "completion_window": {"type": "string"},
              "status": {"type": "string", "enum": ["validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"]},
              "output_file_id": {"type": ["string", "null"]}, "error_file_id": {"type": ["string", "null"]},
              "created_at": {"type": "integer"}, "in_progress_at": \#(time), "expires_at": \#(time), "finalizing_at": \#(time), "completed_at": \#(time),
              "failed_at": \#(time), "expired_at": \#(time), "cancelling_at": \#(time), "cancelled_at": \#(time),
              "paused_at": \#(time), "estimated_completion_at": \#(time),
              "request_counts": {"type": "object", "required": ["total", "completed", "failed", "running"], "properties": {
                "total": {"type": "integer"}, "completed": {"type": "integer"}, "failed": {"type": "integer"}, "running": {"description": "Ours.", "type": "integer"}}},
              "usage": {"type": "object", "required": ["input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens"],
                "properties": {"input_tokens": {"type": "integer"}, "output_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"},
                  "input_tokens_details": {"type": "object", "properties": {"cached_tokens": {"type": "integer"}}},
                  "output_tokens_details": {"type": "object", "properties": {"reasoning_tokens": {"type": "integer"}}}}},
              "metadata": {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
            }
          },
          "BatchList": {
            "type": "object", "required": ["object", "data", "first_id", "last_id", "has_more"],
            "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/Batch"}},
              "first_id": {"type": ["string", "null"]}, "last_id": {"type": ["string", "null"]}, "has_more": {"type": "boolean"}}
          }
        }
        """#
}
