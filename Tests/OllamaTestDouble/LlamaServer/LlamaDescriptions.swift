/// What a llama.cpp server tells about itself.
enum LlamaDescriptions {
    static func models(_ engine: LlamaEngine) -> JSONValue {
        let name = JSONValue.string(engine.name)
        var capabilities: [JSONValue] = ["completion"]
        if engine.configuration.vision { capabilities.append("multimodal") }
        let details: JSONValue = [
            "parent_model": "", "format": "gguf", "family": "", "families": [""], "parameter_size": "",
            "quantization_level": "",
        ]
        let row: JSONValue = [
            "name": name, "model": name, "modified_at": "", "size": "", "digest": "", "type": "model",
            "description": "", "tags": [""], "capabilities": .array(capabilities), "parameters": "",
            "details": details,
        ]
        let meta: JSONValue = [
            "vocab_type": 2, "n_vocab": 49_152, "n_ctx": .integer(engine.configuration.contextLength),
            "n_ctx_train": 8192, "n_embd": 576, "n_params": 134_515_008, "size": 96_576_768, "ftype": "Q4_1",
        ]
        let entry: JSONValue = [
            "id": name, "aliases": [name], "tags": [], "object": "model",
            "created": .integer(WallClock.now.seconds), "owned_by": "llamacpp", "meta": meta,
        ]
        return ["models": [row], "object": "list", "data": [entry]]
    }

    static func properties(_ engine: LlamaEngine) -> JSONValue {
        let configuration = engine.configuration
        let context = JSONValue.integer(configuration.contextLength)
        return [
            "default_generation_settings": ["params": parameters, "n_ctx": context],
            "total_slots": .integer(configuration.slots),
            "model_alias": .string(engine.name),
            "model_ftype": "Q4_1",
            "model_path": .string(configuration.modelPath),
            "modalities": ["vision": .bool(configuration.vision), "video": false, "audio": false],
            "media_marker": "<__media_xUOKKbysjIAitZfP2tysmwRshgPYZ7ny__>",
            "endpoint_slots": true,
            "endpoint_props": false,
            "endpoint_metrics": true,
            "ui": true,
            "ui_settings": [:],
            "chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}",
            "chat_template_caps": [
                "supports_object_arguments": false, "supports_parallel_tool_calls": false,
                "supports_preserve_reasoning": false, "supports_reasoning_effort": false,
                "supports_string_content": true, "supports_system_role": true, "supports_tool_calls": false,
                "supports_tools": false, "supports_typed_content": false,
            ],
            "bos_token": "<|im_start|>",
            "eos_token": "<|im_end|>",
            "build_info": "b10488-unknown",
            "is_sleeping": false,
            "cors_proxy_enabled": false,
        ]
    }

    static func slots(_ engine: LlamaEngine) -> JSONValue {
        let busy = engine.ledger.counts.generationsOpen
        return .array(
            (0..<engine.configuration.slots).map { index in
                [
                    "id": .integer(index),
                    "n_ctx": .integer(engine.configuration.contextLength),
                    "speculative": false,
                    "is_processing": .bool(index < busy),
                    "id_task": .integer(index),
                    "n_prompt_tokens": 0,
                    "n_prompt_tokens_processed": 0,
                    "n_prompt_tokens_cache": 0,
                    "params": parameters,
                    "next_token": [
                        ["has_next_token": false, "has_new_line": false, "n_remain": -1, "n_decoded": 0]
                    ],
                ]
            }
        )
    }

    static func metrics(_ counts: Counts) -> String {
        var text = ""
        for (name, help, kind) in series {
            let value =
                switch name {
                case "tokens_predicted_total": counts.tokensSent
                case "requests_processing": counts.generationsOpen
                default: 0
                }
            text += "# HELP llamacpp:\(name) \(help)\n# TYPE llamacpp:\(name) \(kind)\nllamacpp:\(name) \(value)\n"
        }
        return text
    }

    private static let series: [(name: String, help: String, kind: String)] = [
        ("prompt_tokens_total", "Number of prompt tokens processed, excluding cached tokens", "counter"),
        ("prompt_tokens_cached_total", "Number of prompt tokens reused from the cache", "counter"),
        ("prompt_seconds_total", "Total time spent processing prompts", "counter"),
        ("tokens_predicted_total", "Number of generation tokens processed", "counter"),
        ("tokens_predicted_seconds_total", "Total time spent generating tokens", "counter"),
        (
            "n_decode_total",
            "Total number of llama_decode() calls, excluding speculative decoding and multimodal decoding", "counter"
        ),
        ("n_tokens_max", "Largest observed sequence length (prompt + generation)", "counter"),
        ("spec_decode_num_draft_tokens_total", "Speculative: Total draft tokens generated", "counter"),
        (
            "spec_decode_num_accepted_tokens_total",
            "Speculative: Total draft tokens accepted by the target model", "counter"
        ),
        ("spec_decode_num_drafts_total", "Speculative: Total speculative decoding verification steps", "counter"),
        ("prompt_tokens_seconds", "Average prompt throughput in tokens/s", "gauge"),
        ("predicted_tokens_seconds", "Average generation throughput in tokens/s", "gauge"),
        ("requests_processing", "Number of requests processing", "gauge"),
        ("requests_deferred", "Number of requests deferred", "gauge"),
        ("n_busy_slots_per_decode", "Average number of busy slots per llama_decode() call", "gauge"),
    ]

    private static let parameters: JSONValue = [
        "seed": 4_294_967_295, "temperature": 0.8, "dynatemp_range": 0.0, "dynatemp_exponent": 1.0, "top_k": 40,
        "top_p": 0.95, "min_p": 0.05, "top_n_sigma": -1.0, "xtc_probability": 0.0, "xtc_threshold": 0.1,
        "typical_p": 1.0, "repeat_last_n": 64, "repeat_penalty": 1.0, "presence_penalty": 0.0,
        "frequency_penalty": 0.0, "dry_multiplier": 0.0, "dry_base": 1.75, "dry_allowed_length": 2,
        "dry_penalty_last_n": 64, "mirostat": 0, "mirostat_tau": 5.0, "mirostat_eta": 0.1, "adaptive_target": -1.0,
        "adaptive_decay": 0.9, "max_tokens": -1, "n_predict": -1, "n_keep": 0, "n_discard": 0, "ignore_eos": false,
        "stream": false, "n_probs": 0, "min_keep": 0, "chat_format": "Content-only", "reasoning_format": "none",
        "reasoning_in_content": false, "generation_prompt": "",
        "samplers": ["penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature"],
        "speculative.types": "none", "timings_per_token": false, "post_sampling_probs": false,
        "backend_sampling": false, "lora": [],
    ]
}
