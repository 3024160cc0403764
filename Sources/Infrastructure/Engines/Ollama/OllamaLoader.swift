import Application
import Domain

/// Loads and unloads an Ollama's models: requests without a prompt, told apart by `keep_alive`.
///
/// Source: Ollama's API documentation, "Load a model" and "Unload a model".
struct OllamaLoader {
    /// How long an engine may go on listing a model after it has said that it is unloaded.
    private static let unloadPatience = Duration.seconds(30)
    /// The pauses between two looks at what is loaded: from the first, twice as long each time, to the second.
    private static let pauses = (first: Duration.milliseconds(10), last: Duration.milliseconds(500))
    /// The longest answer that is read, in bytes.
    private static let limit = 1_048_576

    let transport: EngineTransport

    func load(_ model: ModelLoad) async throws -> Duration? {
        let start = ContinuousClock.now
        try await self.post(model, keepAlive: model.keepAlive, isLoading: true)
        return ContinuousClock.now - start
    }

    func unload(_ model: ModelLoad) async throws {
        guard try await self.isListed(model.model) else { return }
        try await self.post(model, keepAlive: .seconds(0), isLoading: false)
        let start = ContinuousClock.now
        var pause = Self.pauses.first
        while try await self.isListed(model.model) {
            guard ContinuousClock.now - start < Self.unloadPatience else {
                throw ServiceError(
                    .engineTimeout,
                    "The engine still has the model \(Int(Self.unloadPatience.inSeconds)) s after it was told to unload it."
                )
            }
            // Ollama announces no end of an unload; it can only be asked again. By the machine's clock: what is waited for is
            // another process, and no test has it that a time passes here.
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauses.last)
        }
    }

    // MARK: Parts

    /// Sends a request without a prompt.
    private func post(_ model: ModelLoad, keepAlive: KeepAlive?, isLoading: Bool) async throws {
        let answer = try await self.ask(
            model.generates ? "/api/generate" : "/api/embed",
            body: self.body(model, keepAlive: keepAlive),
            within: isLoading
                ? self.transport.configuration.deadlines.load : self.transport.configuration.deadlines.probe,
            called: isLoading ? .load : .probe
        )
        guard answer.head.status == 200 else {
            let refusal = EngineRefusal(status: answer.head.status, body: answer.body)
            // The request asks for nothing but the model: whatever the words are, they are about loading it.
            let error =
                isLoading && refusal.status == 500
                ? EngineErrors.cannotLoad(refusal, model: model.model)
                : EngineErrors.error(for: refusal, model: model.model)
            // A caller who speaks Ollama's dialect is told as if it had asked for the model itself.
            throw error.with(
                EngineAnswer(status: answer.head.status, contentType: answer.head.contentType, body: answer.body)
            )
        }
    }

    private func body(_ model: ModelLoad, keepAlive: KeepAlive?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("model", model.model)
            if model.generates { writer.field("stream", false) }
            switch keepAlive {
            case .seconds(let seconds): writer.field("keep_alive", seconds)
            case .duration(let text): writer.field("keep_alive", text)
            case nil: break
            }
            guard let context = model.contextLength else { return }
            writer.key("options")
            writer.object { $0.field("num_ctx", context) }
        }
        return writer.bytes
    }

    private func isListed(_ model: String) async throws -> Bool {
        let name = try? ModelName(model)
        let answer = try await self.ask(
            "/api/ps",
            body: nil,
            within: self.transport.configuration.deadlines.probe,
            called: .probe
        )
        guard answer.head.status == 200,
            let rows = (try? JSONParser.parse(answer.body))?.object?["models"]?.array
        else {
            throw ServiceError(.engineError, "The engine does not answer /api/ps as Ollama does.")
        }
        return rows.contains { row in
            guard let listed = row.object?["name"]?.string else { return false }
            return listed == model || (name != nil && (try? ModelName(listed)) == name)
        }
    }

    private func ask(
        _ path: String,
        body: [UInt8]?,
        within deadline: Duration,
        called name: TransportFailure.Deadline
    ) async throws -> WholeResponse {
        do {
            return try await self.transport.get(path, body: body, within: deadline, called: name, limit: Self.limit)
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.transport.configuration.deadlines)
        }
    }
}
