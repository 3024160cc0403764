/// Reads the bodies that llama.cpp's server takes.
enum LlamaRequests {
    static func read(_ body: JSONValue, isChat: Bool) throws(EngineError) -> InferenceRequest {
        var request = InferenceRequest()
        request.modelName = body["model"]?.text ?? ""
        request.isChat = isChat
        request.isStream = body["stream"]?.flag ?? false
        request.options = options(body)
        switch body["response_format"]?["type"]?.text {
        case "json_object": request.format = "json"
        case "json_schema": request.format = body["response_format"]?["json_schema"]?["schema"]
        default: break
        }
        guard isChat else {
            guard let prompt = body["prompt"]?.text else { throw EngineError(400, "\"prompt\" is required") }
            request.prompt = prompt
            return request
        }
        guard let messages = body["messages"]?.elements else { throw EngineError(400, "'messages' is required") }
        request.prompt = messages.map { text(of: $0["content"]) }.joined(separator: "\n")
        for tool in body["tools"]?.elements ?? [] {
            guard let function = tool["function"], let name = function["name"]?.text else { continue }
            request.tools.append(.init(name: name, parameters: function["parameters"] ?? [:]))
        }
        return request
    }

    static func text(of content: JSONValue?) -> String {
        if let text = content?.text { return text }
        return (content?.elements ?? []).compactMap { $0["text"]?.text }.joined(separator: "\n")
    }

    private static func options(_ body: JSONValue) -> JSONValue {
        var options: JSONValue = [:]
        let limit = body["max_tokens"] ?? body["max_completion_tokens"] ?? body["n_predict"]
        for (key, value) in [("num_predict", limit), ("seed", body["seed"]), ("stop", body["stop"])] {
            if let value, !value.isNull { options = options.adding(key, value) }
        }
        return options
    }
}
