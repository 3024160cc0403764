import OllamaTestDouble

/// The table that `ollama list` prints.
enum ListTable {
    static func print(_ models: [ModelDescription]) {
        var rows = [["NAME", "ID", "SIZE", "MODIFIED"]]
        rows += models.map { [$0.name, String($0.digest.prefix(12)), "\($0.size / 1_000_000) MB", "2 weeks ago"] }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            Swift.print(cells.joined(separator: "    "))
        }
    }
}
