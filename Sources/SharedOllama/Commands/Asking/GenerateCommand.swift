import ArgumentParser
import Domain

/// `shared-ollama generate`.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Have a model continue a prompt, and print the answer as it comes.",
        discussion: "Without a prompt, or with '-', standard input is the prompt."
    )

    @Argument(help: "The prompt.")
    var prompt: [String] = []

    @OptionGroup var options: AnswerOptions

    func run() async throws {
        try await self.options.client.withClient { service in
            guard let prompt = try PromptInput.text(self.prompt) else {
                throw ClientFailure.usage("give a prompt, such as: shared-ollama generate 'Why is the sky blue?'")
            }
            var body = self.options.fields
            body["prompt"] = .string(prompt)
            body["system"] = self.options.system.map(JSONValue.string)
            _ = try await AnswerPrinter(service: service, options: self.options).answer("/api/v1/generate", body)
        }
    }
}
