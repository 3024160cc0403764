/// Reads the bodies of `/api/generate` and `/api/chat`, with the errors of Go's decoder.
enum NativeRequests {
    /// The JSON of a body; an empty or broken one is an error of the client.
    static func json(_ body: [UInt8]) throws(EngineError) -> JSONValue {
        do {
            return try JSONParser.parse(body)
        } catch .empty {
            throw EngineError(400, "missing request body", isEarly: true)
        } catch {
            throw EngineError(400, error.goMessage, isEarly: true)
        }
    }

    static func generate(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        for field in ["model", "prompt", "suffix", "system", "template"] {
            try check(body[field], "GenerateRequest.\(field)", is: "string")
        }
        var request = try common(body)
        request.isChat = false
        request.isRaw = body["raw"]?.flag ?? false
        request.prompt = body["prompt"]?.text ?? ""
        request.system = body["system"]?.text
        request.hasSuffix = !(body["suffix"]?.text ?? "").isEmpty
        request.images = try images(body["images"])
        request.isEmpty = request.prompt.isEmpty && request.images.isEmpty
        return request
    }

    static func chat(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        try check(body["model"], "ChatRequest.model", is: "string")
        var request = try common(body)
        let messages = body["messages"]?.elements ?? []
        request.isEmpty = messages.isEmpty
        for message in messages {
            try check(message["content"], "ChatRequest.messages.content", is: "string")
            let text = message["content"]?.text ?? ""
            if message["role"]?.text == "system" {
                request.system = text
            } else {
                request.prompt += request.prompt.isEmpty ? text : "\n" + text
            }
            request.images += try images(message["images"])
        }
        for tool in body["tools"]?.elements ?? [] {
            guard let function = tool["function"], let name = function["name"]?.text else { continue }
            request.tools.append(.init(name: name, parameters: function["parameters"] ?? [:]))
        }
        return request
    }

    private static func common(_ body: JSONValue) throws(EngineError) -> InferenceRequest {
        var request = InferenceRequest()
        request.modelName = body["model"]?.text ?? ""
        request.isStream = body["stream"]?.flag ?? true
        request.options = body["options"]
        request.format = body["format"]
        request.logprobs = body["logprobs"]?.flag ?? false
        request.topLogprobs = body["top_logprobs"]?.int ?? 0
        request.truncate = body["truncate"]?.flag ?? true
        request.shift = body["shift"]?.flag
        request.keepAlive = try KeepAlive.read(body["keep_alive"])
        request.think = try think(body["think"])
        request.rendersOnly = body["_debug_render_only"]?.flag ?? false
        return request
    }

    private static func think(_ value: JSONValue?) throws(EngineError) -> InferenceRequest.Think {
        switch value {
        case nil, .null?: return .unset
        case .bool(let flag)?: return flag ? .on : .off
        case .string(let level)? where ["high", "medium", "low", "max"].contains(level): return .on
        case let other?:
            let shown = other.encoded()
            let allowed = "must be \"high\", \"medium\", \"low\", \"max\", true, or false"
            throw EngineError(400, "invalid think value: \(shown) (\(allowed))", isEarly: true)
        }
    }

    private static func images(_ value: JSONValue?) throws(EngineError) -> [[UInt8]] {
        var images: [[UInt8]] = []
        for image in value?.elements ?? [] {
            do {
                images.append(try Base64.decode(image.text ?? ""))
            } catch {
                throw EngineError(400, error.message, isEarly: true)
            }
        }
        return images
    }

    static func check(_ value: JSONValue?, _ field: String, is kind: String) throws(EngineError) {
        guard let value, !value.isNull, value.goKind != kind else { return }
        let message = "json: cannot unmarshal \(value.goKind) into Go struct field \(field) of type \(kind)"
        throw EngineError(400, message, isEarly: true)
    }

    /// The types that the known options must have, found out when the runner is chosen.
    static func checkOptions(_ options: JSONValue?) throws(EngineError) {
        for member in options?.members ?? [] where !member.value.isNull {
            if floats.contains(member.key), member.value.double == nil {
                throw EngineError(500, "option \"\(member.key)\" must be of type float32")
            }
            if integers.contains(member.key), member.value.int == nil {
                throw EngineError(500, "option \"\(member.key)\" must be of type integer")
            }
            if member.key == "stop", member.value.elements == nil, member.value.text == nil {
                throw EngineError(500, "option \"stop\" must be of type array")
            }
        }
    }

    private static let floats: Set<String> = [
        "temperature", "top_p", "min_p", "typical_p", "repeat_penalty", "presence_penalty", "frequency_penalty",
    ]
    private static let integers: Set<String> = [
        "num_predict", "num_ctx", "num_keep", "seed", "top_k", "num_batch", "num_gpu", "main_gpu", "num_thread",
        "repeat_last_n",
    ]
}
