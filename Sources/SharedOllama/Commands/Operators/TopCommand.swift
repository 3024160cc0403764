import ArgumentParser
import Domain
import NIOHTTP1

/// `shared-ollama top`.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch what a running service does, once a second; Ctrl-C ends it.",
        discussion: """
            At a terminal the screen is drawn anew; where the output goes to a program, one state is printed, as with --once. \
            With --json each state is one line.
            """
    )

    @Flag(help: "Print one state and end.")
    var once = false

    @OptionGroup var client: ClientOptions

    /// How often in a row the service may be away: it may be restarted.
    private static let patience = 600

    func run() async throws {
        try await self.client.withClient { service in
            let isLive = !self.once && (self.client.json || Terminal.showsOutput)
            guard isLive else { return self.show(try await service.state(), service.address, isDrawn: false) }
            if !self.client.json { StandardOutput.write("\u{1B}[2J") }
            try await self.watch(service)
        }
    }

    /// Shows every state until the command is stopped; a service that was there may go for a while.
    private func watch(_ service: ServiceClient) async throws {
        var (wasThere, failures) = (false, 0)
        while true {
            do {
                try await service.events(ServiceCall(.GET, "/api/v1/events")) { event in
                    (wasThere, failures) = (true, 0)
                    self.show(event.data, service.address, isDrawn: true)
                    return true
                }
            } catch let failure as ClientFailure where failure.mayPass && wasThere && failures < Self.patience {
                failures += 1
            }
            if !self.client.json {
                Terminal.draw("the service at \(service.address) does not answer; waiting for it\n")
            }
            // A command line has no clock to be told by; it asks again.
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func show(_ state: JSONValue, _ address: ServiceAddress, isDrawn: Bool) {
        guard !self.client.json else { return StandardOutput.write("\(state.text)\n") }
        let report = StateReport(state)
        let room = isDrawn ? max(5, Terminal.screen.lines - 24) : 100
        let parts = [
            report.title(address) + report.lastMinute, report.engines, report.queues, report.requests(limit: room),
            report.projects, report.batches, report.failures(limit: 5),
        ]
        let text = parts.filter { !$0.isEmpty }.joined(separator: "\n")
        if isDrawn { Terminal.draw(text) } else { StandardOutput.write(text) }
    }
}
