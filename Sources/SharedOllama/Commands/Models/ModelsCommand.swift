import ArgumentParser
import Domain

/// `shared-ollama models`: the models of a running service.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List models, and say which are in memory.",
        subcommands: [
            ModelsList.self, ModelsLoad.self, ModelsUnload.self, ModelsPin.self, ModelsUnpin.self,
        ]
    )
}

/// `shared-ollama models list`.
struct ModelsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all models, what they can do, and where they are in memory."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await self.client.withClient { service in
            let models = try await service.get("/api/v1/models")
            guard !self.client.json else { return StandardOutput.write("\(models.text)\n") }
            let loaded = AnswerFields(try await service.get("/api/v1/models/ps")).rows("models")
            var table = TextTable(["MODEL", "SIZE", "ENGINES", "CAN", "IN MEMORY"])
            for model in AnswerFields(models).rows("models") {
                let name = model.text("name") ?? "?"
                let places = loaded.filter { $0.text("name") == name }.map(Self.place)
                table.add([
                    name, model.count("size").map(PlainWords.bytes) ?? "-",
                    model.texts("engines").joined(separator: ","),
                    model.texts("capabilities").joined(separator: ","),
                    places.isEmpty ? "-" : places.joined(separator: ","),
                ])
            }
            StandardOutput.write(table.text)
        }
    }

    private static func place(_ row: AnswerFields) -> String {
        (row.text("engine") ?? "?") + (row.isTrue("pinned") ? " (pinned)" : "")
    }
}

/// `shared-ollama models load`.
struct ModelsLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load a model into memory; waits in line as a request for it does."
    )

    @OptionGroup var target: ModelTarget

    func run() async throws { try await self.target.order("load") }
}

/// `shared-ollama models unload`.
struct ModelsUnload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unload",
        abstract: "Take a model out of memory, unless somebody uses it."
    )

    @OptionGroup var target: ModelTarget

    func run() async throws { try await self.target.order("unload") }
}

/// `shared-ollama models pin`.
struct ModelsPin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Load a model and keep it in memory, also over restarts."
    )

    @OptionGroup var target: ModelTarget

    func run() async throws { try await self.target.order("pin") }
}

/// `shared-ollama models unpin`.
struct ModelsUnpin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin",
        abstract: "No longer keep a model in memory; it stays as long as any other."
    )

    @OptionGroup var target: ModelTarget

    func run() async throws { try await self.target.order("unpin") }
}

/// A model, and the engine that is meant.
struct ModelTarget: ParsableArguments {
    @Argument(help: "The model.")
    var model: String

    @Option(help: "The engine that is to do it; the service chooses if not given.")
    var engine: String?

    @OptionGroup var client: ClientOptions

    /// Has something done with the model, and prints what was done.
    func order(_ what: String) async throws {
        try await self.client.withClient { service in
            let query = self.engine.map { "?engine=\(ServiceClient.escaped($0))" } ?? ""
            let answer = try await service.post("/api/v1/models/\(ServiceClient.escaped(self.model))/\(what)\(query)")
            guard !self.client.json else { return StandardOutput.write("\(answer.text)\n") }
            let fields = AnswerFields(answer)
            let engines = fields.text("engine").map { [$0] } ?? fields.texts("engines")
            var line = "\(fields.text("model") ?? self.model)  \(fields.text("status") ?? "?")"
            if !engines.isEmpty { line += "  on \(engines.joined(separator: ", "))" }
            if let time = fields.number("load_ms") { line += "  in \(PlainWords.milliseconds(time))" }
            StandardOutput.write("\(line)\n")
        }
    }
}
