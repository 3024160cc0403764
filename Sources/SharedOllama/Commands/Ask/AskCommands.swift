import ArgumentParser
import Domain
import NIOHTTP1

/// `shared-ollama chat`: one question, for a quick try.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Ask a model something, and print its answer as it is written.",
        discussion: "Without a question it is read from standard input."
    )

    @Argument(help: "The question.")
    var question: String?

    @Option(help: "What the model is told first.")
    var system: String?

    @OptionGroup var ask: AskOptions

    func run() async throws {
        var messages: [JSONValue] = []
        func say(_ role: String, _ text: String) {
            messages.append(.object(["role": .string(role), "content": .string(text)]))
        }
        if let system { say("system", system) }
        say("user", try AskOptions.text(self.question))
        try await self.ask.run("/api/chat", ["messages": .array(messages)]) { $0.fields("message").text("content") }
    }
}

/// `shared-ollama generate`: one prompt, for a quick try.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Have a model continue a prompt, and print what it writes as it is written.",
        discussion: "Without a prompt it is read from standard input."
    )

    @Argument(help: "The prompt.")
    var prompt: String?

    @OptionGroup var ask: AskOptions

    func run() async throws {
        try await self.ask.run("/api/generate", ["prompt": .string(try AskOptions.text(self.prompt))]) {
            $0.text("response")
        }
    }
}

/// What both take.
struct AskOptions: ParsableArguments {
    @Option(help: "The model; the service's default one if not given.")
    var model: String?

    @Option(help: "The longest answer, in tokens.")
    var maxTokens: Int?

    @Option(help: "How much chance has a part in it, 0 to 2.")
    var temperature: Double?

    @Option(help: "The project that asks.")
    var project: String?

    @OptionGroup var client: ClientOptions

    /// What was given, else what standard input has.
    static func text(_ given: String?) throws -> String {
        let text = given ?? sequence(state: ()) { _ in readLine(strippingNewline: false) }.joined()
        guard text.contains(where: { !$0.isWhitespace }) else { throw ValidationError("There is nothing to ask.") }
        return text
    }

    /// Asks in Ollama's dialect and prints the pieces as they come; with --json the lines as they are.
    func run(
        _ path: String,
        _ body: JSONObject,
        _ piece: @escaping @Sendable (AnswerFields) -> String?
    ) async throws {
        try await self.client.withClient { service in
            var body = body
            body["model"] = .string(try await self.modelOrDefault(service))
            var options = JSONObject()
            if let maxTokens { options["num_predict"] = .number(JSONNumber(maxTokens)) }
            if let temperature { options["temperature"] = .number(JSONNumber(temperature)) }
            body["options"] = .object(options)
            let headers = self.project.map { ["X-Project-Name": $0] } ?? [:]
            try await service.lines(ServiceCall(.POST, path, body: body, headers: headers)) { line in
                let fields = AnswerFields(line)
                if self.client.json {
                    StandardOutput.write("\(line.text)\n")
                } else if let text = piece(fields) {
                    StandardOutput.write(text)
                }
                if let error = fields.text("error") { throw ClientFailure.failed(error) }
            }
            if !self.client.json { StandardOutput.write("\n") }
        }
    }

    /// Ollama's dialect knows no default model; the service does, or there is only one.
    private func modelOrDefault(_ service: ServiceClient) async throws -> String {
        if let model { return model }
        let profile = AnswerFields(try await service.get("/api/v1/system/model-profile"))
        let models = AnswerFields(try await service.get("/api/v1/models")).rows("models")
        let names = models.compactMap { $0.text("name") }
        if let name = profile.text("default_text_model"), names.contains(name) { return name }
        let chats = models.filter {
            $0.texts("capabilities").isEmpty || $0.texts("capabilities").contains("completion")
        }
        guard let name = chats.first?.text("name") else {
            throw ClientFailure.failed("the service has no model to ask")
        }
        return name
    }
}
