import Domain

/// Reports as aligned text.
public enum SimulationTables {
    /// One table a policy, and one line a comparison.
    public static func text(_ reports: [SimulationReport]) -> String {
        reports.map(self.text).joined(separator: "\n")
    }

    private static func text(_ report: SimulationReport) -> String {
        let head = ["", "class", "weight", "came", "started", "refused", "expired", "p50 s", "p95 s", "max s", "share"]
        var rows: [[String]] = [head + ["of class", "promised"]]
        for row in report.classes { rows.append(self.cells(row, isClass: true)) }
        for row in report.projects { rows.append(self.cells(row, isClass: false)) }
        let summary =
            "\(report.policy): \(report.served) served, \(report.loads) loads, \(report.swaps) swaps, "
            + "slots used \(self.percent(report.utilisation))"
        return ([summary] + self.align(rows)).joined(separator: "\n") + "\n"
    }

    private static func cells(_ row: SimulationReport.Row, isClass: Bool) -> [String] {
        [
            isClass ? "all \(row.name)" : row.name,
            isClass ? "" : row.requestClass.rawValue,
            isClass ? "" : self.decimal(row.weight),
            String(row.arrived),
            String(row.waits.count),
            String(row.refused),
            String(row.expired),
            self.decimal(row.waits.p50),
            self.decimal(row.waits.p95),
            self.decimal(row.waits.max),
            self.percent(row.share),
            isClass ? "" : self.percent(row.shareOfClass),
            isClass ? "" : self.percent(row.promised),
        ]
    }

    /// Names to the left, numbers to the right.
    private static func align(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += column < 2 ? cell + space : space + cell
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static func percent(_ part: Double) -> String {
        "\(self.decimal(part * 100)) %"
    }

    /// One digit after the point.
    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths) % 10)"
    }
}
