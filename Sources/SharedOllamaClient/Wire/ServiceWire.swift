/// The service's own API, `/api/v1`: it has codes, warnings and the place in line.
struct ServiceWire: Wire {
    let key: String?
    let project: String?

    let framing = StreamFraming.events
    let modelsPath = "/api/v1/models"
    let readinessPath = "/readyz"

    func chat(_ request: ChatRequest, isStreamed: Bool) throws(SharedOllamaError) -> WireCall {
        var members: [(String, JSONValue?)] = [
            ("model", request.model.map(JSONValue.string)),
            ("messages", .array(request.messages.map(WireParts.message))),
            ("tools", WireParts.tools(request.tools)),
        ]
        switch request.toolChoice {
        case .auto: break
        case .none: members.append(("tool_choice", "none"))
        case .required: members.append(("tool_choice", "required"))
        case .named(let name):
            members.append(("tool_choice", ["type": "function", "function": ["name": .string(name)]]))
        }
        return ServiceWire.call("/api/v1/chat", members, request.options, isStreamed)
    }

    func generate(_ request: GenerateRequest, isStreamed: Bool) throws(SharedOllamaError) -> WireCall {
        let members: [(String, JSONValue?)] = [
            ("model", request.model.map(JSONValue.string)),
            ("prompt", .string(request.prompt)),
            ("system", request.system.map(JSONValue.string)),
        ]
        return ServiceWire.call("/api/v1/generate", members, request.options, isStreamed)
    }

    func embed(_ request: EmbedRequest) throws(SharedOllamaError) -> WireCall {
        let body = JSONValue(members: [
            ("model", request.model.map(JSONValue.string)),
            ("input", .array(request.inputs.map(JSONValue.string))),
            ("dimensions", request.dimensions.map(JSONValue.integer)),
            ("truncate", request.truncate.map(JSONValue.bool)),
            ("keep_alive", request.keepAlive.map(WireParts.keepAlive)),
        ])
        return WireCall(path: "/api/v1/embeddings", body: body)
    }

    private static func call(
        _ path: String,
        _ members: [(String, JSONValue?)],
        _ options: GenerationOptions,
        _ isStreamed: Bool
    ) -> WireCall {
        let all =
            members + WireParts.fields(options) + WireParts.sampling(options, maxTokens: "max_tokens")
            + [("stream", .bool(isStreamed))]
        return WireCall(path: path, body: JSONValue(members: all))
    }

    func headers(_ settings: CallSettings, deadline: Duration?) -> [(name: String, value: String)] {
        let milliseconds = deadline.map { String(max(1, Int(($0.inSeconds * 1000).rounded(.up)))) }
        let fields = [
            ("Authorization", self.key.map { "Bearer \($0)" }), ("X-Project-Name", self.project),
            ("X-Priority", settings.priority?.rawValue), ("X-Deadline-Ms", milliseconds),
            ("Idempotency-Key", settings.idempotencyKey),
        ]
        return fields.compactMap { name, value in value.map { (name, $0) } }
    }

    // MARK: Answers

    func frame(_ value: JSONValue) throws(SharedOllamaError) -> WireFrame {
        if let message = value["error"]?.string {
            let code = SharedOllamaError.Code(rawValue: value["code"]?.string ?? "engine_error")
            throw SharedOllamaError(code, message)
        }
        // A whole answer has its text as 'text' or in 'message', a piece as 'chunk'.
        let message = value["message"]
        var frame = WireFrame(
            events: try WireParts.events(
                text: value["chunk"] ?? value["text"] ?? message?["content"],
                thinking: value["thinking"] ?? message?["thinking"],
                calls: value["tool_calls"] ?? message?["tool_calls"]
            )
        )
        guard value["done"]?.bool ?? true else { return frame }
        guard let reason = value["done_reason"]?.string, let usage = value["usage"] else {
            throw .unreadable("no 'done_reason' or 'usage'")
        }
        frame.end = AnswerFigures(
            model: value["model"]?.string ?? "",
            doneReason: reason,
            usage: TokenUsage(
                promptTokens: usage["prompt_tokens"]?.int ?? 0,
                completionTokens: usage["completion_tokens"]?.int ?? 0,
                cachedTokens: usage["cached_tokens"]?.int
            ),
            timings: AnswerTimings(
                queueWait: value["queue_wait_ms"]?.double.map { .milliseconds($0) },
                load: value["model_load_ms"]?.double.map { .milliseconds($0) },
                total: value["total_duration_ms"]?.double.map { .milliseconds($0) }
            ),
            warnings: (value["warnings"]?.array ?? []).compactMap(\.string)
        )
        return frame
    }

    func embeddings(_ value: JSONValue, requestID: String) throws(SharedOllamaError) -> ModelEmbeddings {
        ModelEmbeddings(
            vectors: try WireParts.vectors(value["embeddings"]),
            model: value["model"]?.string ?? "",
            promptTokens: value["prompt_eval_count"]?.int ?? 0,
            requestID: requestID
        )
    }

    func models(_ value: JSONValue) throws(SharedOllamaError) -> [ListedModel] { try WireParts.models(value) }

    /// Problem details (RFC 9457) with the service's extensions, or on its OpenAI routes their form of an error.
    func failure(status: Int, body: JSONValue?) -> SharedOllamaError {
        if let error = body?["error"], let message = error["message"]?.string {
            let code = error["code"]?.string.map(SharedOllamaError.Code.init) ?? .of(status: status)
            return SharedOllamaError(code, message, status: status, field: error["param"]?.string)
        }
        guard let body, let code = body["code"]?.string else {
            let reasons = (body?["reasons"]?.array ?? []).compactMap { $0["reason"]?.string }
            let message = reasons.isEmpty ? "the answer has status \(status)" : reasons.joined(separator: ", ")
            return SharedOllamaError(.of(status: status), message, status: status)
        }
        return SharedOllamaError(
            SharedOllamaError.Code(rawValue: code),
            body["detail"]?.string ?? body["title"]?.string ?? code,
            status: status,
            field: body["errors"]?.array?.first?["pointer"]?.string,
            requestID: body["request_id"]?.string,
            retryAfter: body["retry_after_seconds"]?.double.map { .seconds($0) }
        )
    }
}
