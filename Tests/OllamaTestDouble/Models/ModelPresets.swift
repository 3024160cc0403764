extension ModelDescription {
    /// A model of 135 million parameters that writes text.
    public static let smollm2 = ModelDescription("smollm2", weights: "smollm2").with {
        $0.digest = "2f1e6ff1ea76e969a2d0325835704b5e67e469e774c456cc8a9457004699fbfd"
        $0.weights = "941f309b54caaad6747569ba43712bcde44a2be3bae16c3282ff499c37c54af5"
    }

    /// The weights of `smollm2` with a template for functions.
    public static let smollm2Tools = smollm2.with {
        $0.name = "smollm2-tools:latest"
        $0.digest = "25bc49b50b7003b97e542cb9570cc7d901c38c9b29e07890afe4306afa5eda55"
        $0.capabilities = [.completion, .tools]
        $0.parent = "smollm2:latest"
        $0.size = 98_363_866
        $0.template = chatTemplate + "{{- range .Tools }}\n{{ json .Function }}\n{{- end }}"
    }

    /// The weights of `smollm2` with a template for thinking.
    public static let smollm2Think = smollm2.with {
        $0.name = "smollm2-think:latest"
        $0.digest = "df7d081b0b794fb9602714a99cc4e2f8735de8c2f0660d7c3a29deabe670f246"
        $0.capabilities = [.completion, .thinking]
        $0.parent = "smollm2:latest"
        $0.size = 98_363_813
        $0.template = "{{ if .Thinking }}<think>\n{{ .Thinking }}\n</think>\n{{ end }}" + chatTemplate
        $0.hasExampleMessages = true
        $0.modified += 22
    }

    /// The weights of `smollm2` with a projector for pictures; the projector makes it a runner of its own.
    public static let smollm2Vision = smollm2.with {
        $0.name = "smollm2-vision:latest"
        $0.digest = "6d751834036208c2db8b5c5b2ae3237a3a3a7a5ae5875579388a7c379a1dc1b2"
        $0.weights = "cd09c70a899c35486753734c8dea6f8c9372417daaf0ddd23d3622c28299beb4"
        $0.capabilities = [.completion, .vision]
        $0.memory = 209_589_369
        $0.system = ""
        $0.parameters = [
            Parameter("stop", "<|im_start|>"), Parameter("stop", "<|im_end|>"), Parameter("num_thread", "1"),
        ]
        $0.modified += 712
    }

    /// A model that gives vectors of 384 numbers.
    public static let allMiniLM = ModelDescription("all-minilm").with {
        $0.digest = "c6649e3ef582ab83f139827619ef958daf3d855580d032abc2bab976f30e44dc"
        $0.weights = "325661534ecdd6d9c60c6db85f7f041282e0aef9cde9f4d363148c47e7c6d777"
        $0.capabilities = [.embedding]
        $0.size = 46_223_781
        $0.memory = 51_757_710
        $0.family = "bert"
        $0.parameterSize = "22.57M"
        $0.quantization = "F16"
        $0.contextLength = 512
        $0.embeddingLength = 384
        $0.system = ""
        $0.template = "{{ .Prompt }}"
        $0.parameters = [Parameter("num_thread", "1")]
        $0.modified += 291
    }

    /// A second text model with weights of its own.
    public static let gemma3 = ModelDescription("gemma3-270m").with {
        $0.digest = "59bc3e2841e05ba8215f0be376ec783a130659569f00ac9fc94e2beaf3d96d86"
        $0.weights = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
        $0.size = 253_113_197
        $0.memory = 372_000_000
        $0.family = "gemma3"
        $0.parameterSize = "268.10M"
        $0.quantization = "Q4_K_M"
        $0.contextLength = 32_768
        $0.embeddingLength = 640
        $0.system = ""
        $0.template = "{{ .Prompt }}"
        $0.parameters = [Parameter("num_thread", "1")]
        $0.modified += 293
    }

    /// All presets.
    public static let presets = [smollm2, smollm2Tools, smollm2Think, smollm2Vision, allMiniLM, gemma3]

    /// A copy with changes.
    public func with(_ change: (inout ModelDescription) -> Void) -> ModelDescription {
        var copy = self
        change(&copy)
        return copy
    }
}
