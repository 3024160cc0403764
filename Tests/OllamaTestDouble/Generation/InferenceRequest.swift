/// What a generation depends on, whatever the dialect of the request.
struct InferenceRequest {
    enum Think: Equatable {
        case unset
        case off
        case on
    }

    struct Tool {
        var name: String
        var parameters: JSONValue
    }

    /// The name as the request spells it; answers repeat it.
    var modelName = ""
    /// All texts of the prompt, for the count of tokens.
    var prompt = ""
    var system: String?
    var isRaw = false
    var isChat = true
    var isStream = true
    /// No prompt at all: the request only loads or unloads the model.
    var isEmpty = false
    var options: JSONValue?
    var format: JSONValue?
    var tools: [Tool] = []
    var think = Think.unset
    /// The decoded pictures.
    var images: [[UInt8]] = []
    var logprobs = false
    var topLogprobs = 0
    var truncate = true
    var shift: Bool?
    var keepAlive: KeepAlive?
    var hasSuffix = false
    var rendersOnly = false

    var tokenLimit: Int? {
        guard let limit = options?["num_predict"]?.int, limit > 0 else { return nil }
        return limit
    }

    var stops: [String] {
        switch options?["stop"] {
        case .string(let stop): [stop]
        case .array(let stops): stops.compactMap(\.text)
        default: []
        }
    }
}
