/// Translates requests of OpenAI's dialect, as Ollama's middleware does.
enum OpenAIRequests {
    /// The JSON of a body.
    static func json(_ body: [UInt8]) throws(EngineError) -> JSONValue { try NativeRequests.json(body) }

    static func chat(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        let messages = body["messages"]?.elements ?? []
        if messages.isEmpty { throw EngineError(400, "[] is too short - 'messages'", isEarly: true) }
        var request = common(body)
        for message in messages {
            let content = try read(message["content"])
            if message["role"]?.text == "system" {
                request.system = content.text
            } else {
                request.prompt += request.prompt.isEmpty ? content.text : "\n" + content.text
            }
            request.images += content.images
        }
        switch body["response_format"]?["type"]?.text {
        case "json_object": request.format = "json"
        case "json_schema": request.format = body["response_format"]?["json_schema"]?["schema"]
        default: break
        }
        for tool in body["tools"]?.elements ?? [] {
            guard let function = tool["function"], let name = function["name"]?.text else { continue }
            request.tools.append(.init(name: name, parameters: function["parameters"] ?? [:]))
        }
        request.think = try think(body["reasoning_effort"] ?? body["reasoning"]?["effort"])
        request.options = options(body, limit: body["max_tokens"])
        return request
    }

    static func completion(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        var request = common(body)
        request.isChat = false
        request.prompt = body["prompt"]?.text ?? body["prompt"]?.elements?.first?.text ?? ""
        request.options = options(body, limit: body["max_tokens"])
        return request
    }

    static func common(_ body: JSONValue) -> InferenceRequest {
        var request = InferenceRequest()
        request.modelName = body["model"]?.text ?? ""
        request.isStream = body["stream"]?.flag ?? false
        request.logprobs = body["logprobs"]?.flag ?? false
        request.topLogprobs = body["top_logprobs"]?.int ?? 0
        return request
    }

    static func options(_ body: JSONValue, limit: JSONValue?) -> JSONValue {
        var options: JSONValue = [:]
        for (key, value) in [("num_predict", limit), ("seed", body["seed"]), ("stop", body["stop"])] {
            if let value, !value.isNull { options = options.adding(key, value) }
        }
        return options
    }

    static func think(_ effort: JSONValue?) throws(EngineError) -> InferenceRequest.Think {
        switch effort?.text {
        case nil: .unset
        case "none": .off
        default: .on
        }
    }

    /// A content that is a text, a list of parts, or nothing.
    static func read(_ content: JSONValue?) throws(EngineError) -> (text: String, images: [[UInt8]]) {
        if let text = content?.text { return (text, []) }
        var texts: [String] = []
        var images: [[UInt8]] = []
        for part in content?.elements ?? [] {
            switch part["type"]?.text {
            case "image_url":
                images.append(try image(part["image_url"]?["url"]?.text ?? part["image_url"]?.text ?? ""))
            case "input_image": images.append(try image(part["image_url"]?.text ?? ""))
            default: texts.append(part["text"]?.text ?? "")
            }
        }
        return (texts.joined(separator: "\n"), images)
    }

    private static func image(_ url: String) throws(EngineError) -> [UInt8] {
        if url.hasPrefix("http://") || url.hasPrefix("https://") {
            let message = "image URLs are not currently supported, please use base64 encoded data instead"
            throw EngineError(400, message, isEarly: true)
        }
        for type in ["image/jpeg", "image/jpg", "image/png", "image/webp", ""]
        where url.hasPrefix("data:\(type);base64,") {
            let data = url.dropFirst("data:\(type);base64,".count)
            if let bytes = try? Base64.decode(String(data)) { return bytes }
        }
        throw EngineError(400, "invalid image input", isEarly: true)
    }
}
