/// Ollama's own API, `/api` (github.com/ollama/ollama, docs/api.md): for an Ollama that is called directly.
struct OllamaWire: Wire {
    let framing = StreamFraming.lines
    let modelsPath = "/api/tags"
    let readinessPath = "/api/version"

    func chat(_ request: ChatRequest, isStreamed: Bool) throws(SharedOllamaError) -> WireCall {
        var tools = request.tools
        switch request.toolChoice {
        case .auto: break
        case .none: tools = []
        case .required, .named:
            // Ollama would take the field and do as if it were not there.
            throw SharedOllamaError(.unsupportedField, "Ollama cannot be made to call a tool", field: "tool_choice")
        }
        let members: [(String, JSONValue?)] = [
            ("model", try OllamaWire.model(request.model)),
            ("messages", .array(request.messages.map(WireParts.message))),
            ("tools", WireParts.tools(tools)),
        ]
        return OllamaWire.call("/api/chat", members, request.options, isStreamed)
    }

    func generate(_ request: GenerateRequest, isStreamed: Bool) throws(SharedOllamaError) -> WireCall {
        let members: [(String, JSONValue?)] = [
            ("model", try OllamaWire.model(request.model)),
            ("prompt", .string(request.prompt)),
            ("system", request.system.map(JSONValue.string)),
        ]
        return OllamaWire.call("/api/generate", members, request.options, isStreamed)
    }

    func embed(_ request: EmbedRequest) throws(SharedOllamaError) -> WireCall {
        let body = JSONValue(members: [
            ("model", try OllamaWire.model(request.model)),
            ("input", .array(request.inputs.map(JSONValue.string))),
            ("dimensions", request.dimensions.map(JSONValue.integer)),
            ("truncate", request.truncate.map(JSONValue.bool)),
            ("keep_alive", request.keepAlive.map(WireParts.keepAlive)),
        ])
        return WireCall(path: "/api/embed", body: body)
    }

    private static func model(_ name: String?) throws(SharedOllamaError) -> JSONValue {
        guard let name, !name.isEmpty else {
            throw SharedOllamaError(.invalidRequest, "an Ollama that is called directly needs a model", field: "model")
        }
        return .string(name)
    }

    private static func call(
        _ path: String,
        _ members: [(String, JSONValue?)],
        _ options: GenerationOptions,
        _ isStreamed: Bool
    ) -> WireCall {
        let sampling = JSONValue(members: WireParts.sampling(options, maxTokens: "num_predict"))
        let all =
            members + WireParts.fields(options)
            + [("options", sampling == [:] ? nil : sampling), ("stream", .bool(isStreamed))]
        return WireCall(path: path, body: JSONValue(members: all))
    }

    func headers(_ settings: CallSettings, deadline: Duration?) -> [(name: String, value: String)] { [] }

    // MARK: Answers

    func frame(_ value: JSONValue) throws(SharedOllamaError) -> WireFrame {
        if let message = value["error"]?.string { throw OllamaWire.failure(status: nil, message) }
        let message = value["message"]
        var frame = WireFrame(
            events: try WireParts.events(
                text: message?["content"] ?? value["response"],
                thinking: message?["thinking"] ?? value["thinking"],
                calls: message?["tool_calls"] ?? value["tool_calls"]
            )
        )
        guard let isDone = value["done"]?.bool else { throw .unreadable("no 'done'") }
        guard isDone else { return frame }
        frame.end = AnswerFigures(
            model: value["model"]?.string ?? "",
            doneReason: value["done_reason"]?.string ?? "stop",
            usage: TokenUsage(
                promptTokens: value["prompt_eval_count"]?.int ?? 0,
                completionTokens: value["eval_count"]?.int ?? 0,
                cachedTokens: value["prompt_eval_cached_count"]?.int
            ),
            timings: AnswerTimings(
                queueWait: nil,
                load: value["load_duration"]?.int.map { .nanoseconds($0) },
                total: value["total_duration"]?.int.map { .nanoseconds($0) }
            ),
            warnings: []
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

    func failure(status: Int, body: JSONValue?) -> SharedOllamaError {
        OllamaWire.failure(status: status, body?["error"]?.string ?? "the answer has status \(status)")
    }

    /// Ollama has no codes: its status and its words are all there is.
    ///
    /// The words are those of Ollama 0.32.
    private static func failure(status: Int?, _ message: String) -> SharedOllamaError {
        let code: SharedOllamaError.Code =
            switch status {
            case 404? where message.contains("not found") && message.contains("model"): .modelNotFound
            case 400? where message.contains("does not support"): .unsupportedField
            case 400? where message.contains("exceed_context_size"): .promptTooLarge
            case 503? where message.contains("server busy"): .queueFull
            case let status?: .of(status: status)
            // A line of a stream: the model's runner died.
            case nil: .engineError
            }
        return SharedOllamaError(code, message, status: status)
    }
}
