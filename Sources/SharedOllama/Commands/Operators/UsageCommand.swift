import ArgumentParser
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `shared-ollama usage`.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Tell what was used: requests and tokens by day, model or project.",
        discussion: "A project sees its own, an admin that of all or of one project."
    )

    @Option(help: "Whose; everybody's if not given, where the key is an admin's.")
    var project: String?

    @Option(help: "From when on: a day such as 2026-01-31 (UTC), a time of RFC 3339, or how long ago, such as 7d.")
    var since: String?

    @Option(help: "Until when, in the same forms.")
    var until: String?

    @Option(help: "What is added up: day, model or project.")
    var by = UsageGrouping.day

    @Option(help: "How it is printed: table, csv or json.")
    var format = UsageFormat.table

    @OptionGroup var client: ClientOptions

    func validate() throws {
        for (name, text) in [("--since", self.since), ("--until", self.until)] {
            guard let text, Moment.read(text) == nil else { continue }
            throw ValidationError(Moment.complaint(name, text))
        }
    }

    func run() async throws {
        try await self.client.withClient { service in
            var query = "by=\(self.by.rawValue)"
            if let project { query += "&project=\(ServiceClient.escaped(project))" }
            for (name, text) in [("since", self.since), ("until", self.until)] {
                guard let moment = text.flatMap({ Moment.read($0) }) else { continue }
                query += "&\(name)=\(Moment.query(moment))"
            }
            let usage = try await service.get("/api/v1/usage?\(query)")
            switch self.client.json ? .json : self.format {
            case .json: StandardOutput.write("\(usage.text)\n")
            case .csv: StandardOutput.write(UsageTable(usage).csv)
            case .table: StandardOutput.write(UsageTable(usage).text)
            }
        }
    }
}

/// What usage is added up by.
enum UsageGrouping: String, ExpressibleByArgument, CaseIterable, Sendable {
    case day
    case model
    case project
}

/// How usage is printed.
enum UsageFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table
    case csv
    case json
}

/// The answer of `GET /api/v1/usage` as rows.
struct UsageTable: Sendable {
    private let usage: JSONValue
    private static let figures = [
        "requests", "completed", "failed", "cancelled", "prompt_tokens", "completion_tokens", "cached_tokens",
        "total_tokens",
    ]

    init(_ usage: JSONValue) {
        self.usage = usage
    }

    private var key: String { self.usage["by"]?.string ?? "day" }

    private var rows: [[String]] {
        (self.usage["usage"]?.elements ?? []).map { [$0[self.key]?.string ?? "?"] + Self.cells($0) }
    }

    private static func cells(_ row: JSONValue?) -> [String] {
        self.figures.map { row?[$0]?.integer.map(String.init) ?? "0" }
    }

    /// Columns under titles, and the sum of all.
    var text: String {
        var table = TextTable(
            [self.key.uppercased()] + Self.figures.map { $0.replacing("_", with: " ").uppercased() }
        )
        for row in self.rows { table.add(row) }
        table.add(["total"] + Self.cells(self.usage["total"]))
        return table.text
    }

    /// Comma-separated values (RFC 4180): a line of names, then one for each group.
    var csv: String {
        ([[self.key] + Self.figures] + self.rows).map { row in
            row.map(Self.quoted).joined(separator: ",") + "\r\n"
        }.joined()
    }

    /// A cell; names of models may hold what separates cells.
    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"\(cell.replacing("\"", with: "\"\""))\""
    }
}
