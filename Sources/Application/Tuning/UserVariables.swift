import Domain

/// What the user has told Ollama by the environment.
///
/// A value that Ollama would not understand counts as none, as it does there.
struct UserVariables {
    private let values: [String: String]

    init(_ environment: [String: String]) {
        self.values = environment
    }

    /// A variable as it was set, without the blanks and quotes around it that Ollama forgives; nil if it says nothing.
    subscript(variable: EngineVariable) -> String? {
        guard let value = self.values[variable.rawValue] else { return nil }
        let isDecoration: (Character) -> Bool = { $0 == "\"" || $0 == "'" || $0.isWhitespace }
        var text = value.drop(while: isDecoration)
        while let last = text.last, isDecoration(last) { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }

    /// A whole number above 0.
    func positive(_ variable: EngineVariable) -> Int? {
        guard let number = self[variable].flatMap({ Int($0) }), number > 0 else { return nil }
        return number
    }

    /// Whether flash attention is on; nil leaves it to Ollama.
    ///
    /// By the words of Go's `strconv.ParseBool`.
    var flashAttention: Bool? {
        switch self[.flashAttention]?.lowercased() {
        case "1", "t", "true": true
        case "0", "f", "false": false
        default: nil
        }
    }

    /// How keys and values are stored: a quantized cache without flash attention is none.
    var cacheType: KVCacheType? {
        guard let type = self[.kvCacheType].flatMap({ KVCacheType(rawValue: $0.lowercased()) }) else { return nil }
        return type.needsFlashAttention && self.flashAttention == false ? .f16 : type
    }
}
