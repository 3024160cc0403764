/// The metadata of a GGUF file that `/api/show` repeats, shortened to few tensors and tokens.
enum ModelInformation {
    static func information(of model: ModelDescription, isVerbose: Bool) -> JSONValue {
        let family = model.family
        var values: [String: JSONValue] = [
            "general.architecture": .string(family),
            "general.file_type": 3,
            "general.parameter_count": .integer(family == "bert" ? 22_565_376 : 134_515_008),
            "general.quantization_version": 2,
            "general.size_label": .string(model.parameterSize),
            "general.type": "model",
            "\(family).attention.head_count": 9,
            "\(family).block_count": 30,
            "\(family).context_length": .integer(model.contextLength),
            "\(family).embedding_length": .integer(model.embeddingLength),
            "\(family).feed_forward_length": 1536,
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.ggml.eos_token_id": 2,
            "tokenizer.ggml.add_bos_token": .bool(family != "llama"),
            "tokenizer.ggml.model": .string(family == "bert" ? "bert" : "gpt2"),
            "tokenizer.ggml.padding_token_id": 2,
            "tokenizer.ggml.pre": .string(family == "llama" ? "smollm" : "default"),
            "tokenizer.ggml.unknown_token_id": 0,
        ]
        values.merge(details(of: family)) { $1 }
        // Long lists are left out unless the request is verbose.
        let lists: [String: JSONValue] = [
            "tokenizer.ggml.tokens": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
            "tokenizer.ggml.token_type": [3, 3, 3],
        ]
        values.merge(lists) { $1 }
        if family == "llama" {
            values["general.languages"] = ["en"]
            values["tokenizer.ggml.merges"] = ["Ġ t", "Ġ a"]
        }
        if family == "gemma3" {
            values["general.tags"] = ["text-generation"]
            values["tokenizer.ggml.scores"] = [-1000.5, -1000.25]
        }
        let members = values.sorted { $0.key < $1.key }.map { key, value in
            JSONValue.Member(key: key, value: value.elements == nil || isVerbose ? value : .null)
        }
        return .object(members)
    }

    private static func details(of family: String) -> [String: JSONValue] {
        switch family {
        case "bert":
            [
                "bert.attention.causal": false,
                "bert.attention.layer_norm_epsilon": 1e-12,
                "bert.pooling_type": 1,
                "general.organization": "Nreimers",
                "tokenizer.ggml.add_eos_token": true,
                "tokenizer.ggml.add_sep_token": false,
                "tokenizer.ggml.mask_token_id": 103,
                "tokenizer.ggml.normalizer.lowercase": true,
                "tokenizer.ggml.seperator_token_id": 102,
                "tokenizer.ggml.token_type_count": 2,
            ]
        case "gemma3":
            [
                "gemma3.attention.head_count_kv": 1,
                "gemma3.attention.key_length": 256,
                "gemma3.attention.layer_norm_rms_epsilon": 1e-6,
                "gemma3.attention.sliding_window": 512,
                "gemma3.attention.value_length": 256,
                "gemma3.rope.freq_base": 1_000_000,
                "general.basename": "gemma-3",
                "general.license": "gemma",
                "tokenizer.ggml.add_eos_token": false,
                "tokenizer.ggml.add_sep_token": false,
                "tokenizer.ggml.add_space_prefix": false,
            ]
        default:
            [
                "\(family).attention.head_count_kv": 3,
                "\(family).attention.layer_norm_rms_epsilon": 1e-5,
                "\(family).rope.dimension_count": 64,
                "\(family).rope.freq_base": 100_000,
                "\(family).vocab_size": 49_152,
                "general.basename": "smollm2",
                "general.finetune": "8k-lc100k-mix1-ep2",
                "general.license": "apache-2.0",
                "general.organization": "HuggingFaceTB",
                "tokenizer.ggml.add_space_prefix": false,
            ]
        }
    }

    static let projector: JSONValue = [
        "clip.has_vision_encoder": true,
        "clip.projector_type": "mlp",
        "clip.use_gelu": true,
        "clip.vision.attention.head_count": 4,
        "clip.vision.attention.layer_norm_epsilon": 1e-5,
        "clip.vision.block_count": 2,
        "clip.vision.embedding_length": 64,
        "clip.vision.feed_forward_length": 128,
        "clip.vision.image_mean": .null,
        "clip.vision.image_size": 56,
        "clip.vision.image_std": .null,
        "clip.vision.patch_size": 14,
        "clip.vision.projection_dim": 576,
        "general.architecture": "clip",
        "general.file_type": 0,
        "general.name": "tiny-random-mmproj",
        "general.parameter_count": 475_776,
        "general.type": "mmproj",
    ]

    static func tensors(of model: ModelDescription) -> JSONValue {
        let width = JSONValue.integer(model.embeddingLength)
        var tensors: [JSONValue] = [["name": "output_norm.weight", "type": "F32", "shape": [width]]]
        for block in 0..<30 {
            tensors.append([
                "name": .string("blk.\(block).attn_q.weight"),
                "type": .string(model.quantization),
                "shape": [width, width],
            ])
        }
        return .array(tensors)
    }
}
