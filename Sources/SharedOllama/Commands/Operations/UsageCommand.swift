import ArgumentParser
import Domain

/// `shared-ollama usage`: tokens and requests from the ledger of a running service.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Tell how many requests and tokens there were, by day, model or project."
    )

    /// By what they are added up.
    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case day, model, project
    }

    /// How it is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json
    }

    @Option(help: "The project; all that the key may see if not given.")
    var project: String?

    @Option(help: "From when on: a day such as 2026-11-01, or a time of RFC 3339.")
    var since: String?

    @Option(help: "Until when.")
    var until: String?

    @Option(help: "By what they are added up: day, model or project.")
    var by = Grouping.project

    @Option(help: "table, csv (RFC 4180) or json.")
    var format = Format.table

    @OptionGroup var client: ClientOptions

    private static let columns = [
        "requests", "completed", "failed", "cancelled", "prompt_tokens", "completion_tokens", "cached_tokens",
        "total_tokens",
    ]

    func run() async throws {
        try await self.client.withClient { service in
            let wishes = [("project", self.project), ("since", self.since), ("until", self.until)]
            let query = wishes.compactMap { name, value in value.map { "&\(name)=\(ServiceClient.escaped($0))" } }
            let answer = try await service.get("/api/v1/usage?by=\(self.by.rawValue)\(query.joined())")
            switch self.client.json ? .json : self.format {
            case .json: StandardOutput.write("\(answer.text)\n")
            case .csv: StandardOutput.write(self.rows(of: answer).map(Self.csv).joined())
            case .table:
                let rows = self.rows(of: answer)
                var table = TextTable(rows[0].map { $0.uppercased().replacing("_", with: " ") })
                for row in rows.dropFirst() { table.add(row) }
                StandardOutput.write(table.text)
            }
        }
    }

    /// The titles, then a row for each group.
    private func rows(of answer: JSONValue) -> [[String]] {
        let name = self.by.rawValue
        let groups = AnswerFields(answer).rows("usage")
        return [[name] + Self.columns]
            + groups.map { group in [group.text(name) ?? "-"] + Self.columns.map { String(group.count($0) ?? 0) } }
    }

    private static func csv(_ row: [String]) -> String {
        row.map { cell in
            guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
            return "\"\(cell.replacing("\"", with: "\"\""))\""
        }.joined(separator: ",") + "\r\n"
    }
}
