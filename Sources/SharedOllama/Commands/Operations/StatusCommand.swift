import ArgumentParser
import Domain

/// `shared-ollama status`: how a running service is, on one screen.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show engines, models in memory, queues and who waits.",
        discussion: "Exit status 1 if no engine answers."
    )

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await self.client.withClient { service in
            let health = try await service.get("/health")
            let engines = try await service.get("/api/v1/system/engines")
            let queues = try await service.get("/api/v1/queue/stats")
            let requests = try await service.get("/api/v1/queue/requests")
            if self.client.json {
                let all: JSONObject = ["health": health, "engines": engines, "queues": queues, "requests": requests]
                StandardOutput.write("\(JSONValue.object(all).text)\n")
            } else {
                let report = StatusReport(health: health, engines: engines, queues: queues, requests: requests)
                StandardOutput.write(report.text)
            }
            if AnswerFields(health).text("status") == "unhealthy" { throw ExitCode(ExitStatus.failed) }
        }
    }
}

/// What `status` shows.
struct StatusReport {
    let health: JSONValue
    let engines: JSONValue
    let queues: JSONValue
    let requests: JSONValue

    /// How many requests are told one by one.
    private static let longest = 20

    var text: String {
        let health = AnswerFields(self.health)
        let head = "Shared Ollama \(health.text("version") ?? "?"): \(health.text("status") ?? "?")"
        return [head + "\n", self.engineTable, self.advice, self.queueTable, self.requestTable]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var rows: [AnswerFields] { (self.engines.array ?? []).map { AnswerFields($0) } }

    private var engineTable: String {
        var table = TextTable(["ENGINE", "STATE", "RUNNING", "CPU", "MEMORY", "MODELS IN MEMORY"])
        for engine in self.rows {
            let state = engine.text("state") ?? "?"
            let models = engine.rows("models").map { model in
                (model.text("name") ?? "?") + (model.isTrue("pinned") ? " (pinned)" : "")
            }
            table.add([
                engine.text("name") ?? "?", engine.text("reason").map { "\(state): \($0)" } ?? state,
                "\(engine.count("running") ?? 0)/\(engine.count("slots").map(String.init) ?? "?")",
                engine.number("cpu_percent").map { "\(Int($0.rounded())) %" } ?? "-",
                engine.count("memory_mb").map { PlainWords.bytes($0 * 1_000_000) } ?? "-",
                models.isEmpty ? "-" : models.joined(separator: ", "),
            ])
        }
        return table.text
    }

    /// What engines' logs tell, and what to do.
    private var advice: String {
        self.rows.flatMap { engine in
            engine.rows("events").map { event in
                "! \(engine.text("name") ?? "?"): \(event.text("code") ?? "?") (\(event.count("count") ?? 1)×, last "
                    + "\(event.text("at") ?? "?")). \(event.text("advice") ?? "")\n"
            }
        }.joined()
    }

    private var queueTable: String {
        var table = TextTable(["QUEUE", "WAITING", "RUNNING", "COMPLETED", "FAILED", "REFUSED", "WAIT P50", "WAIT P95"])
        for name in ["chat", "vlm"] {
            let queue = AnswerFields(self.queues).fields(name)
            let refused = (queue.count("rejected") ?? 0) + (queue.count("timeout") ?? 0)
            table.add([
                name, "\(queue.count("queued") ?? 0)", "\(queue.count("in_progress") ?? 0)",
                "\(queue.count("completed") ?? 0)", "\(queue.count("failed") ?? 0)", "\(refused)",
                PlainWords.milliseconds(queue.number("p50_wait_time_ms") ?? 0),
                PlainWords.milliseconds(queue.number("p95_wait_time_ms") ?? 0),
            ])
        }
        return table.text
    }

    private var requestTable: String {
        let requests = AnswerFields(self.requests).rows("requests")
        guard !requests.isEmpty else { return "" }
        var table = TextTable(["PLACE", "PROJECT", "CLASS", "MODEL", "PHASE", "WAITED", "EXPECTED", "REQUEST"])
        for request in requests.prefix(Self.longest) {
            table.add([
                request.count("position").map(String.init) ?? "-", request.text("project") ?? "?",
                request.text("class") ?? "?", request.text("model") ?? "-", request.text("phase") ?? "?",
                PlainWords.milliseconds(request.number("waited_ms") ?? 0),
                request.number("estimated_wait_ms").map(PlainWords.milliseconds) ?? "-",
                request.text("request_id") ?? "?",
            ])
        }
        let more = requests.count - Self.longest
        return table.text + (more > 0 ? "and \(more) more\n" : "")
    }
}

/// `shared-ollama top`: the same, live.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show what 'status' shows again and again, until it is stopped."
    )

    @Option(help: "The seconds between two looks, 0.2 to 3600.")
    var interval = 2.0

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (0.2...3600).contains(self.interval) else { throw ValidationError("--interval is 0.2 to 3600.") }
    }

    func run() async throws {
        try await self.client.withClient { service in
            while true {
                let report = StatusReport(
                    health: try await service.get("/health"),
                    engines: try await service.get("/api/v1/system/engines"),
                    queues: try await service.get("/api/v1/queue/stats"),
                    requests: try await service.get("/api/v1/queue/requests")
                )
                // At a terminal the screen is begun anew; elsewhere one look follows the other.
                StandardOutput.write((Terminal.showsOutput ? "\u{1B}[H\u{1B}[2J" : "") + report.text)
                // A command line has no clock to be told by; it asks again.
                try await Task.sleep(for: .seconds(self.interval))
            }
        }
    }
}
