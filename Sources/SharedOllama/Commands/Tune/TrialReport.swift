import Application
import Domain

/// What a series of trials has shown, for people and for programs.
struct TrialReport {
    private let results: TrialResults

    init(_ results: TrialResults) {
        self.results = results
    }

    /// All numbers of requests at once that were measured.
    private var levels: [Int] {
        let most = self.results.settings.map(\.parallel).max() ?? 1
        return (1...most).filter { level in
            self.results.settings.contains { setting in
                self.results.models.contains { self.results.spread(of: $0, at: setting) { $0.rates[level] } != nil }
            }
        }
    }

    /// A table, and what is best.
    var text: String {
        let levels = self.levels
        var table = TextTable(
            ["setting", "model", "load s", "first token ms"] + levels.map { "tok/s at \($0)" } + ["memory"]
        )
        for setting in self.results.settings {
            if let failure = self.results.failures[setting] {
                table.add([setting.label, "failed: \(failure)"])
                continue
            }
            for model in self.results.models {
                func cell(_ reading: (TrialMeasurement) -> Double?, _ digits: Int) -> String {
                    self.results.spread(of: model, at: setting, reading).map { Self.words($0, digits) } ?? "-"
                }
                let memory = self.results.spread(of: model, at: setting) { $0.memoryBytes.map(Double.init) }
                table.add(
                    [
                        setting == self.results.best ? "* \(setting.label)" : setting.label, model.spelling,
                        cell({ $0.load / .seconds(1) }, 2), cell({ $0.firstToken / .milliseconds(1) }, 0),
                    ] + levels.map { level in cell({ $0.rates[level] }, 1) }
                        + [memory.map { PlainWords.bytes(Int($0.median)) } ?? "-"]
                )
            }
        }
        return table.text + "\nMedians, with the least and the most of all rounds.\n" + self.verdict + "\n"
    }

    private var verdict: String {
        let best = self.results.best
        guard best != self.results.settings[0] else {
            return "Nothing is better than the present setting beyond the noise."
        }
        let percent = Int(((self.results.gain - 1) * 100).rounded())
        return "Best: \(best.label), \(percent) % more tokens a second in all than as it is."
    }

    private static func words(_ spread: TrialResults.Spread, _ digits: Int) -> String {
        let (median, least, most) = (spread.median, spread.least, spread.most)
        return "\(median.fixed(digits)) (\(least.fixed(digits))–\(most.fixed(digits)))"
    }

    /// The same as one object.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("best", self.results.best.label)
            writer.field("gain", self.results.gain)
            writer.key("settings")
            writer.array(self.results.settings) { writer, setting in
                writer.object { self.write(setting, to: &$0) }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private func write(_ setting: TrialSetting, to writer: inout JSONWriter) {
        writer.field("setting", setting.label)
        writer.field("parallel", setting.parallel)
        writer.key("variables")
        writer.object { writer in
            for (name, value) in setting.changes.sorted(by: { $0.key < $1.key }) { writer.field(name, value) }
        }
        writer.field("failure", self.results.failures[setting])
        writer.key("models")
        writer.array(self.results.models) { writer, model in
            writer.object { writer in
                writer.field("model", model.spelling)
                func spread(_ name: String, _ reading: (TrialMeasurement) -> Double?) {
                    guard let spread = self.results.spread(of: model, at: setting, reading) else { return }
                    writer.key(name)
                    writer.object {
                        $0.field("median", spread.median)
                        $0.field("least", spread.least)
                        $0.field("most", spread.most)
                    }
                }
                spread("load_ms") { $0.load / .milliseconds(1) }
                spread("first_token_ms") { $0.firstToken / .milliseconds(1) }
                spread("memory_bytes") { $0.memoryBytes.map(Double.init) }
                for level in self.levels { spread("tokens_per_second_at_\(level)") { $0.rates[level] } }
            }
        }
    }
}

extension Double {
    /// With so many digits behind the point.
    fileprivate func fixed(_ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((self * Double(scale)).rounded())
        guard digits > 0 else { return String(whole) }
        let rest = String(whole % scale)
        return "\(whole / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
