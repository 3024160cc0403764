import ArgumentParser
import Domain

/// `shared-ollama batch watch`.
struct BatchWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch a batch to its end.",
        discussion: """
            At a terminal a bar is shown on standard error; with --json each change is one line on standard output. Ends with \
            status 0 when the batch is completed, with 1 when it failed, expired or was cancelled. Stopping the command does \
            nothing to the batch.
            """
    )

    @Argument(help: "The batch's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await self.client.withClient { try await self.client.watch(self.id, at: $0) }
    }
}

extension ClientOptions {
    /// The time between two looks.
    private static let interval = Duration.milliseconds(500)
    /// How often in a row the service may be away: it may be restarted, and the batch goes on after that.
    private static let patience = 120

    /// Watches a batch to its end.
    ///
    /// - Throws: ``ClientFailure`` unless it was completed.
    func watch(_ id: String, at service: ServiceClient) async throws {
        let path = "/v1/batches/\(ServiceClient.escaped(id))"
        let showsBar = Terminal.showsProgress && !self.json
        var (last, failures): (JSONValue?, Int) = (nil, 0)
        defer { if showsBar { Terminal.clear() } }
        while true {
            var report: BatchReport?
            do {
                let value = try await service.get(path)
                failures = 0
                if self.json, value != last { StandardOutput.write("\(value.text)\n") }
                last = value
                report = BatchReport(value)
            } catch let failure as ClientFailure where failure.mayPass && last != nil && failures < Self.patience {
                failures += 1
                if showsBar { Terminal.show("the service does not answer; waiting for it") }
            }
            if let report {
                if showsBar { Terminal.show(report.bar(width: Terminal.width)) }
                if report.isOver { return try self.tell(report, clearing: showsBar) }
            }
            // A command line has no clock to be told by; it asks again.
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Tells the end of a batch.
    private func tell(_ report: BatchReport, clearing: Bool) throws {
        if clearing { Terminal.clear() }
        if !self.json { StandardOutput.write("\(report.summary)\n") }
        guard report.status != "completed" else { return }
        let problems = report.problems.prefix(20).map { "\n  \($0)" }.joined()
        throw ClientFailure.failed("the batch is not completed but \(report.status)\(problems)")
    }
}
