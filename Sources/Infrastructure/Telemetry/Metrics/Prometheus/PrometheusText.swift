import Application

/// Prometheus' text format 0.0.4.
///
/// Source: Prometheus' documentation, "Exposition formats".
struct PrometheusText {
    /// What it is called in `Content-Type`.
    private(set) var text = ""

    /// Begins a family.
    mutating func family(_ name: String, kind: Metric.Kind, help: String?) {
        if let help {
            self.text += "# HELP \(name) \(PrometheusText.escaped(help, quotes: false))\n"
        }
        self.text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a value; `labels` without braces, as ``labels(_:)`` gives them.
    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        self.text += labels.isEmpty ? name : "\(name){\(labels)}"
        self.text += " \(PrometheusText.number(value))\n"
    }

    /// A histogram's buckets, sum and count.
    ///
    /// `counts`: of each bucket alone, and at the end of what is above the last bound.
    mutating func histogram(_ name: String, _ labels: String, bounds: [Double], counts: [UInt64], sum: Double) {
        let before = labels.isEmpty ? "" : "\(labels),"
        var seen: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            seen += count
            self.text += "\(name)_bucket{\(before)le=\"\(PrometheusText.number(bound))\"} \(seen)\n"
        }
        self.sample("\(name)_sum", labels, sum)
        self.sample("\(name)_count", labels, Double(seen))
    }

    /// Labels as they stand between the braces.
    static func labels(_ labels: [(String, String)]) -> String {
        labels.map { "\($0.0)=\"\(self.escaped($0.1, quotes: true))\"" }.joined(separator: ",")
    }

    private static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.isNaN { return "NaN" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || ($0 == 0x22 && quotes) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
