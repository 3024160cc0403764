extension APIPart {
    /// Models and engines in the native dialect.
    static let nativeModels = APIPart(
        tag: "native: models and engines",
        text:
            "The models of all engines, and the engines themselves. What changes a model is for admins; a name may hold slashes.",
        operations: NativeModelOperations.reading + NativeModelOperations.changing,
        schemas: NativeModelOperations.schemas,
        parameters: #"""
            {
              "EngineInPath": {"name": "name", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 64}, "example": "local"},
              "ModelInPath": {"name": "name", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 600}, "example": "smollm2:135m"},
              "Engine": {"name": "engine", "in": "query", "description": "The engine that is to do it.", "schema": {"type": "string"}},
              "Verbose": {"name": "verbose", "in": "query", "schema": {"type": "boolean"}}
            }
            """#
    )
}

private enum NativeModelOperations {
    static let reading: [APIOperation] = [
        APIOperation(
            method: "get",
            path: "/api/v1/models",
            id: "listModels",
            summary: "List the models of all engines",
            details: "Of those, the ones that the project may use.",
            answers: [.json("Models", "The models.")],
            failures: [503]
        ),
        APIOperation(
            method: "get",
            path: "/api/v1/models/ps",
            id: "listLoadedModels",
            summary: "List the models that are in memory",
            answers: [.json("LoadedModels", "The models, each with its engine.")],
            asksEngine: true
        ),
        APIOperation(
            method: "get",
            path: "/api/v1/models/{name}/show",
            id: "showModel",
            summary: "Describe a model",
            parameters: ["ModelInPath", "Verbose", "Engine"],
            answers: [.json("ModelDescription", "What Ollama's `/api/show` tells.")],
            asksEngine: true
        ),
        APIOperation(
            method: "get",
            path: "/api/v1/system/engines",
            id: "listEngines",
            summary: "How the engines are",
            details: "`last_error`, `url` and the `line` of an event are for admins.",
            answers: [.json("Engines", "The engines.")]
        ),
        APIOperation(
            method: "get",
            path: "/api/v1/system/model-profile",
            id: "showModelProfile",
            summary: "The profile of this machine",
            details: "The models and settings for its size, and why they were chosen.",
            answers: [.json("ModelProfile", "The profile.")]
        ),
    ]

    static let changing: [APIOperation] = [
        APIOperation(
            method: "post",
            path: "/api/v1/system/engines/{name}/restart",
            id: "restartEngine",
            summary: "Restart an engine that the service has started",
            details:
                "It gets nothing new, finishes what it runs (at most `server.drain_seconds`), and is started anew.",
            parameters: ["EngineInPath"],
            answers: [.json("EngineRestart", "It is being started.")],
            failures: [404, 409, 501]
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/pull",
            id: "pullModel",
            summary: "Fetch a model",
            parameters: ["Engine"],
            body: .init(schema: "PullRequest", examples: [("plain", #"{"model": "smollm2:135m", "stream": true}"#)]),
            answers: [
                .json(
                    "ModelDone",
                    orStream: "text/event-stream",
                    of: "ModelProgress",
                    "Done; with `stream` its progress."
                )
            ],
            asksEngine: true
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/create",
            id: "createModel",
            summary: "Make a model of another, or of files",
            parameters: ["Engine"],
            body: .init(
                schema: "CreateModelRequest",
                examples: [("brief", #"{"model": "brief", "from": "smollm2:135m", "system": "Be brief."}"#)]
            ),
            answers: [
                .json(
                    "ModelDone",
                    orStream: "text/event-stream",
                    of: "ModelProgress",
                    "Done; with `stream` its progress."
                )
            ],
            asksEngine: true
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/{name}/copy",
            id: "copyModel",
            summary: "Give a model a second name",
            parameters: ["ModelInPath", "Engine"],
            body: .init(schema: "CopyRequest", examples: [("plain", #"{"destination": "mine"}"#)]),
            answers: [.json("ModelDone", "Done.")],
            asksEngine: true
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/{name}/load",
            id: "loadModel",
            summary: "Load a model into memory",
            parameters: ["ModelInPath", "Engine"],
            answers: [.json("ModelDone", "It is loaded.")],
            asksEngine: true
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/{name}/unload",
            id: "unloadModel",
            summary: "Take a model out of memory",
            details: "409 while a request uses it, or while it is pinned.",
            parameters: ["ModelInPath", "Engine"],
            answers: [.json("ModelDone", "It is not loaded any more.")],
            asksEngine: true
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/{name}/pin",
            id: "pinModel",
            summary: "Load a model and keep it in memory",
            details: "It is never unloaded for another, and comes back with its engine and the service. "
                + "409 where every place is pinned already.",
            parameters: ["ModelInPath", "Engine"],
            answers: [.json("ModelDone", "It is loaded, and stays.")],
            asksEngine: true
        ),
        APIOperation(
            method: "delete",
            path: "/api/v1/models/{name}/pin",
            id: "unpinModel",
            summary: "Let a pinned model go",
            details: "It stays in memory as long as any other that nobody uses.",
            parameters: ["ModelInPath", "Engine"],
            answers: [.json("ModelDone", "It is pinned no longer.")],
            asksEngine: true
        ),
        APIOperation(
            method: "post",
            path: "/api/v1/models/{name}/unpin",
            id: "unpinModelByPost",
            summary: "Let a pinned model go",
            details: "The same as `DELETE …/pin`.",
            parameters: ["ModelInPath", "Engine"],
            answers: [.json("ModelDone", "It is pinned no longer.")],
            asksEngine: true
        ),
        APIOperation(
            method: "delete",
            path: "/api/v1/models/{name}",
            id: "deleteModel",
            summary: "Remove a model",
            parameters: ["ModelInPath", "Engine"],
            answers: [.json("ModelDone", "It is gone.")],
            asksEngine: true
        ),
    ]

    static let schemas = #"""
        {
          "Models": {"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "items": {
            "type": "object", "required": ["name", "size", "modified_at", "digest", "capabilities", "engines"],
            "properties": {
              "name": {"type": "string"}, "size": {"description": "Bytes.", "type": ["integer", "null"]}, "modified_at": {"type": ["string", "null"]},
              "digest": {"type": ["string", "null"]}, "capabilities": {"type": "array", "items": {"type": "string"}},
              "engines": {"type": "array", "items": {"type": "string"}}}}}}},
          "LoadedModels": {"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "items": {
            "type": "object", "required": ["name", "engine", "pinned"], "properties": {"name": {"type": "string"}, "engine": {"type": "string"},
              "pinned": {"type": "boolean"}, "size": {"type": "integer"},
              "size_vram": {"type": "integer"}, "expires_at": {"type": "string"}, "context_length": {"type": "integer"}}}}}},
          "ModelDescription": {"type": "object", "properties": {
            "modelfile": {"type": "string"}, "parameters": {"type": "string"}, "template": {"type": "string"}, "details": {"type": "object"},
            "model_info": {"type": "object"}, "capabilities": {"type": "array", "items": {"type": "string"}}}},
          "PullRequest": {
            "type": "object", "additionalProperties": false, "anyOf": [{"required": ["model"]}, {"required": ["name"]}],
            "properties": {"model": {"$ref": "#/components/schemas/ModelName"}, "name": {"description": "The old word for `model`.", "type": "string"},
              "insecure": {"type": "boolean"}, "stream": {"type": "boolean", "default": false}}
          },
          "CreateModelRequest": {
            "type": "object", "required": ["model"], "additionalProperties": false, "anyOf": [{"required": ["from"]}, {"required": ["files"]}],
            "properties": {
              "model": {"$ref": "#/components/schemas/ModelName"}, "stream": {"type": "boolean", "default": false},
              "from": {"type": "string"}, "files": {"type": "object"}, "adapters": {"type": "object"}, "template": {"type": "string"},
              "license": {"$ref": "#/components/schemas/Texts"}, "system": {"type": "string"}, "parameters": {"type": "object"},
              "messages": {"type": "array", "items": {"type": "object"}}, "quantize": {"type": "string"}, "renderer": {"type": "string"}, "parser": {"type": "string"}}
          },
          "CopyRequest": {"type": "object", "required": ["destination"], "additionalProperties": false,
            "properties": {"destination": {"$ref": "#/components/schemas/ModelName"}}},
          "ModelDone": {
            "type": "object", "required": ["status"],
            "properties": {"status": {"type": "string", "enum": ["success", "loaded", "unloaded", "pinned", "unpinned"]}, "model": {"type": "string"}, "source": {"type": "string"},
              "destination": {"type": "string"}, "engine": {"type": "string"}, "engines": {"type": "array", "items": {"type": "string"}}, "load_ms": {"type": ["number", "null"]}}
          },
          "ModelProgress": {
            "description": "One `data:` of a stream; the last has `done: true`.",
            "type": "object", "required": ["status", "done", "request_id"],
            "properties": {"status": {"type": "string"}, "digest": {"type": "string"}, "total": {"type": "integer"}, "completed": {"type": "integer"},
              "done": {"type": "boolean"}, "request_id": {"type": "string"}, "model": {"type": "string"}, "engine": {"type": "string"},
              "error": {"type": "string"}, "code": {"type": "string"}, "error_type": {"type": "string"}}
          },
          "ModelProfile": {
            "type": "object", "required": ["profile", "selection_method", "reasons", "architecture", "detected_ram_gb", "effective_ram_gb"],
            "properties": {
              "profile": {"type": ["string", "null"]}, "selection_method": {"type": "string", "enum": ["auto", "forced_profile", "forced_ram"]},
              "reasons": {"type": "array", "items": {"type": "string"}}, "architecture": {"type": "string"},
              "detected_ram_gb": {"type": "number"}, "effective_ram_gb": {"type": "number"}, "forced_profile": {"type": ["string", "null"]},
              "forced_ram_gb": {"type": ["number", "null"]}, "min_ram_gb": {"type": ["number", "null"]}, "max_ram_gb": {"type": ["number", "null"]},
              "default_text_model": {"type": ["string", "null"]}, "default_vlm_model": {"type": ["string", "null"]},
              "default_embedding_model": {"type": ["string", "null"]}, "required_models": {"type": "array", "items": {"type": "string"}},
              "warmup_models": {"type": "array", "items": {"type": "string"}}, "allowed_models": {"type": "array", "items": {"type": "string"}},
              "warm_up": {"description": "How far the models are that are loaded in the background.", "type": "array", "items": {"type": "object", "required": ["model", "phase"],
                "properties": {"model": {"type": "string"}, "phase": {"type": "string", "enum": ["waiting", "pulling", "loading", "loaded", "missing", "failed"]},
                  "completed": {"type": "integer"}, "total": {"type": "integer"}, "message": {"type": "string"}}}},
              "memory_hints": {"description": "GB by model.", "type": "object", "additionalProperties": {"type": "number"}},
              "largest_model_gb": {"type": ["number", "null"]}, "inference_buffer_gb": {"type": ["number", "null"]}, "service_overhead_gb": {"type": "number"}}
          },
          "Engines": {"type": "array", "items": {
            "type": "object", "required": ["name", "kind", "state", "breaker", "slots", "running", "models"],
            "properties": {
              "name": {"type": "string"}, "kind": {"type": "string", "enum": ["ollama", "openai"]}, "state": {"type": "string"}, "reason": {"type": "string"},
              "breaker": {"type": "string"}, "version": {"type": "string"}, "slots": {"type": "integer"}, "running": {"type": "integer"},
              "models": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"},
                "bytes": {"type": "integer"}, "vram_bytes": {"type": "integer"}, "expires_at": {"type": "string"}, "context": {"type": "integer"},
                "pinned": {"type": "boolean"}}}},
              "pid": {"type": "integer"}, "started_at": {"type": "string"}, "restarts": {"type": "integer"},
              "cpu_percent": {"description": "100 is one core.", "type": "number"}, "memory_mb": {"type": "integer"},
              "last_error": {"type": "string"}, "url": {"type": "string"},
              "events": {"description": "What the engine's log tells.", "type": "array", "items": {"type": "object", "required": ["code", "at", "count", "advice"],
                "properties": {"code": {"type": "string", "enum": ["out_of_memory", "gpu_lost", "load_failed"]}, "at": {"type": "string"},
                  "count": {"type": "integer"}, "advice": {"type": "string"}, "line": {"type": "string"}}}}}}},
          "EngineRestart": {"type": "object", "required": ["status", "engine", "drained", "waited_ms"],
            "properties": {"status": {"type": "string"}, "engine": {"type": "string"}, "drained": {"type": "boolean"}, "waited_ms": {"type": "number"}}}
        }
        """#
}
