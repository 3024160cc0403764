import ArgumentParser
import Domain

/// `shared-ollama models`: the models of a running service, and what is in memory.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the models of a running service; load, unload, pin and unpin them.",
        discussion: "Whoever changes what is in memory needs the role admin, where there are keys.",
        subcommands: [List.self, Load.self, Unload.self, Pin.self, Unpin.self]
    )

    /// Lists models.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List all models, those in memory first."
        )

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await self.client.withClient { service in
                let list = try await service.get("/api/v1/models")
                let loaded = try await service.get("/api/v1/models/ps")
                guard !self.client.json else {
                    var object = list.object ?? JSONObject()
                    object["loaded"] = loaded["models"]
                    return StandardOutput.write("\(JSONValue.object(object).text)\n")
                }
                StandardOutput.write(ModelRow.table(ModelRow.rows(list, loaded: loaded["models"]?.elements ?? [])))
            }
        }
    }

    /// Loads a model.
    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "load",
            abstract: "Load a model; waits in line as a request for it would."
        )

        @OptionGroup var order: ModelOrderOptions

        func run() async throws { try await self.order.run("load") }
    }

    /// Unloads a model.
    struct Unload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unload",
            abstract: "Unload a model that no request uses."
        )

        @OptionGroup var order: ModelOrderOptions

        func run() async throws { try await self.order.run("unload") }
    }

    /// Pins a model.
    struct Pin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pin",
            abstract: "Load a model and keep it in memory, also over restarts."
        )

        @OptionGroup var order: ModelOrderOptions

        func run() async throws { try await self.order.run("pin") }
    }

    /// Unpins a model.
    struct Unpin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unpin",
            abstract: "Let a pinned model be unloaded again like any other."
        )

        @OptionGroup var order: ModelOrderOptions

        func run() async throws { try await self.order.run("unpin") }
    }
}

/// What every command takes that changes what is in memory.
struct ModelOrderOptions: ParsableArguments {
    @Argument(help: "The model's name.")
    var model: String

    @Option(help: "The engine that is to do it; without it the service decides.")
    var engine: String?

    @OptionGroup var client: ClientOptions

    /// Has it done and tells what was done.
    func run(_ what: String) async throws {
        try await self.client.withClient { service in
            let query = self.engine.map { "?engine=\(ServiceClient.escaped($0))" } ?? ""
            let done = try await service.post("/api/v1/models/\(ServiceClient.escaped(self.model))/\(what)\(query)")
            StandardOutput.write(self.client.json ? "\(done.text)\n" : "\(Self.sentence(done))\n")
        }
    }

    /// `loaded smollm2:135m on local in 1.2 s`.
    static func sentence(_ done: JSONValue) -> String {
        let engines = done["engine"]?.string.map { [$0] } ?? done["engines"]?.elements.compactMap(\.string) ?? []
        var text = "\(done["status"]?.string ?? "done") \(done["model"]?.string ?? "?")"
        if !engines.isEmpty { text += " on \(engines.joined(separator: ", "))" }
        if let took = done["load_ms"]?.double { text += " in \(PlainWords.latency(milliseconds: took))" }
        return text
    }
}
