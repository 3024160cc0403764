extension ModelFootprint.Shape {
    /// Reads the shape out of the metadata of a model, as `model_info` of `/api/show` has it.
    ///
    /// The keys begin with the name of the architecture. Where there is no `key_length`, a head is the embedding divided by
    /// the heads; where there is no `head_count_kv`, there are as many as heads.
    ///
    /// Source: the GGUF specification, "Standardized key-value pairs" (ggml-org/ggml, `docs/gguf.md`).
    ///
    /// It is nil where the metadata does not say enough: Ollama leaves lists out, and so what differs from layer to layer.
    ///
    /// - Parameter information: the metadata.
    public init?(modelInfo information: JSONObject) {
        guard let architecture = information["general.architecture"]?.string else { return nil }
        func whole(_ key: String) -> Int? {
            guard case .number(let number)? = information["\(architecture).\(key)"] else { return nil }
            return number.integer.flatMap { $0 > 0 ? $0 : nil }
        }
        guard let layers = whole("block_count"), layers <= 4096 else { return nil }
        let keyValueHeads: Int
        switch information["\(architecture).attention.head_count_kv"] {
        case .array(let perLayer)?:
            let counts = perLayer.compactMap { value -> Int? in
                guard case .number(let number) = value else { return nil }
                return number.integer
            }
            guard counts.count == perLayer.count, counts.count == layers else { return nil }
            keyValueHeads = counts.reduce(0, +)
        case .number?:
            guard let heads = whole("attention.head_count_kv") else { return nil }
            keyValueHeads = heads * layers
        case nil:
            guard let heads = whole("attention.head_count") else { return nil }
            keyValueHeads = heads * layers
        default: return nil
        }
        let head = whole("attention.head_count").flatMap { heads in
            whole("embedding_length").map { $0 / heads }
        }
        guard let keyLength = whole("attention.key_length") ?? head,
            let valueLength = whole("attention.value_length") ?? head
        else { return nil }
        self.init(layers: layers, keyValueHeads: keyValueHeads, keyLength: keyLength, valueLength: valueLength)
    }

    /// The longest context that a model was trained for, as its metadata has it.
    public static func trainedContext(modelInfo information: JSONObject) -> Int? {
        guard let architecture = information["general.architecture"]?.string,
            case .number(let number)? = information["\(architecture).context_length"]
        else { return nil }
        return number.integer.flatMap { $0 > 0 ? $0 : nil }
    }
}
