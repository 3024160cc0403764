import ArgumentParser
import Domain

/// `shared-ollama batch`: stored batches of a running service.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Submit, watch and steer batches, and read their results.",
        subcommands: [
            BatchSubmit.self, BatchList.self, BatchWatch.self, BatchCancel.self, BatchPause.self, BatchResume.self,
            BatchResults.self,
        ]
    )
}

/// `shared-ollama batch list`.
struct BatchList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List batches, the newest first.")

    @Option(help: "How many, 1 to 100.")
    var limit = 20

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (1...100).contains(self.limit) else { throw ValidationError("--limit is 1 to 100.") }
    }

    func run() async throws {
        try await self.client.withClient { service in
            let answer = try await service.get("/v1/batches?limit=\(self.limit)")
            let batches = answer.object?["data"]?.array ?? []
            guard !self.client.json else {
                for batch in batches { StandardOutput.write("\(batch.text)\n") }
                return
            }
            var table = TextTable(["ID", "STATUS", "ENDPOINT", "DONE", "FAILED", "LEFT"])
            for batch in batches.map(BatchReport.init) {
                table.add([
                    batch.id, batch.isPaused ? "\(batch.status) (paused)" : batch.status, batch.endpoint,
                    "\(batch.done)/\(batch.total)", "\(batch.failed)", batch.timeLeft ?? "-",
                ])
            }
            StandardOutput.write(table.text)
        }
    }
}

/// `shared-ollama batch cancel`.
struct BatchCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a batch; what is done stays readable."
    )

    @Argument(help: "The batch's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    func run() async throws { try await self.client.steer(self.id, "cancel") }
}

/// `shared-ollama batch pause`.
struct BatchPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Let nothing of a batch run until it is resumed; its window goes on."
    )

    @Argument(help: "The batch's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    func run() async throws { try await self.client.steer(self.id, "pause") }
}

/// `shared-ollama batch resume`.
struct BatchResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a paused batch go on.")

    @Argument(help: "The batch's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    func run() async throws { try await self.client.steer(self.id, "resume") }
}

extension ClientOptions {
    /// Has something done with a batch, and prints how it stands then.
    fileprivate func steer(_ id: String, _ what: String) async throws {
        try await self.withClient { service in
            let batch = try await service.post("/v1/batches/\(ServiceClient.escaped(id))/\(what)")
            let text = self.json ? batch.text : BatchReport(batch).summary
            StandardOutput.write("\(text)\n")
        }
    }
}
