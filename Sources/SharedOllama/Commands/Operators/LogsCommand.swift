import Application
import ArgumentParser
import Domain
import Infrastructure
import NIOHTTP1

/// `shared-ollama logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show the last lines of a log, and follow it.",
        discussion: """
            Logs are requests (one line for each inference request), ollama and bundled-engine (what engines wrote that the \
            service has started), service (its own log, where that goes to a file), and exchanges (whole exchanges, where \
            they are captured; only with --data-dir). Over HTTP they are for admins. With --json lines are printed as they \
            stand in the file.
            """
    )

    @Argument(
        help: "The log: requests (if not given), exchanges, service, ollama or bundled-engine.",
        transform: LogsCommand.name
    )
    var log = LogName.requests

    @Option(name: [.customShort("n"), .long], help: "How many lines, 1 to 10000.")
    var lines = 50

    @Option(help: "Only lines with this text in them, such as a request's id.")
    var match = ""

    @Flag(name: .shortAndLong, help: "Go on with each new line, until the command is stopped.")
    var follow = false

    @Option(help: "Read the files in this data directory, without the service.")
    var dataDir: String?

    @OptionGroup var client: ClientOptions

    private static func name(_ text: String) throws -> LogName {
        guard let name = LogName(rawValue: text) else {
            let names = LogName.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no log '\(text)'; there are \(names).")
        }
        return name
    }

    func validate() throws {
        guard (1...LogQuery.lineLimit).contains(self.lines) else {
            throw ValidationError("--lines is 1 to \(LogQuery.lineLimit).")
        }
        guard self.match.utf8.count <= 256, !self.match.contains(where: \.isNewline) else {
            throw ValidationError("--match is one line of at most 256 bytes.")
        }
        guard self.log != .exchanges || self.dataDir != nil else {
            throw ValidationError("exchanges hold what callers say; they are read where they lie, with --data-dir.")
        }
    }

    func run() async throws {
        if let dataDir { return try await self.read(in: dataDir) }
        try await self.client.withClient { service in
            var path = "/api/v1/system/logs/\(self.log.rawValue)?lines=\(self.lines)&follow=\(self.follow)"
            if !self.match.isEmpty { path += "&contains=\(ServiceClient.escaped(self.match))" }
            try await service.textLines(ServiceCall(.GET, path)) { line in
                self.show(line)
                return true
            }
        }
    }

    /// Reads the files themselves.
    private func read(in directory: String) async throws {
        let query = LogQuery(lines: self.lines, containing: self.match)
        let archive = LogFiles(directory: "\(directory)/logs", serviceLog: nil)
        let logs = ReadLogsUseCase(archive: archive, clock: SystemClock())
        do {
            var piece = try await logs.tail(self.log, query)
            self.show(piece.bytes)
            while self.follow {
                piece = try await logs.next(self.log, query, after: piece.position)
                self.show(piece.bytes)
            }
        } catch {
            StandardError.write("shared-ollama: \(error)\n")
            throw ExitCode(ExitStatus.failed)
        }
    }

    private func show(_ bytes: [UInt8]) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) { self.show(String(decoding: line, as: UTF8.self)) }
    }

    private func show(_ line: String) {
        guard !self.client.json else { return StandardOutput.write("\(line)\n") }
        let text = self.log == .requests ? RequestLine.text(of: line) : nil
        StandardOutput.write("\(text ?? Printable.text(line))\n")
    }
}

/// A line of the request log, for a person.
enum RequestLine {
    /// The time, how it ended, how long it took, who, what, where, tokens, and the id by which all else is found.
    ///
    /// - Returns: nil for a line that is none of a request.
    static func text(of line: String) -> String? {
        guard let value = try? JSONParser.parse(Array(line.utf8)), let id = value["request_id"]?.string,
            let time = value["time"]?.string
        else { return nil }
        func text(_ key: String) -> String { value[key]?.string ?? "-" }
        func latency(_ key: String) -> String? { value[key]?.double.map(PlainWords.latency) }
        var parts = [
            String(time.prefix(19)), "\(value["status"]?.integer ?? 0)", text("ended"), latency("total_ms") ?? "-",
            text("project"), text("operation"), text("model"), text("engine"),
        ]
        if let code = value["error_code"]?.string ?? value["cancelled_phase"]?.string { parts.append(code) }
        if let wait = latency("queue_wait_ms"), value["queue_wait_ms"]?.double ?? 0 >= 1 {
            parts.append("waited \(wait)")
        }
        if let load = latency("load_ms"), value["warm"] == .bool(false) { parts.append("loaded in \(load)") }
        if let prompt = value["prompt_tokens"]?.integer {
            parts.append("\(prompt)+\(value["completion_tokens"]?.integer ?? 0) tokens")
        }
        return (parts + [id]).map(Printable.text).joined(separator: "  ")
    }
}
